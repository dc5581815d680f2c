"""Events as Parquet parts of whole users, and what is derived from them out of core."""

from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.tables import read_parts, write_parts

__all__ = ["PartsFolder", "read_parts", "write_parts"]
