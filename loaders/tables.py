"""`Tables`, what loaders give, by the path that scripts of earlier versions import."""

from basketweave.graph.tables import Tables

__all__ = ["Tables"]
