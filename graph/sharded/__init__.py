"""Events as Parquet parts of whole users, and what is derived from them out of core."""

from basketweave.graph.sharded.folder import PartsFolder
from basketweave.graph.sharded.tables import add_to_parts, read_parts, write_parts

__all__ = ["PartsFolder", "add_to_parts", "read_parts", "write_parts"]
