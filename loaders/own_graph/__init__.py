"""From a graph of one's own in Neo4j: what its owner calls things, read in place."""

from basketweave.loaders.own_graph.adopt import adopt, is_adopted, read_new
from basketweave.loaders.own_graph.mapping import GraphMapping, read_graph_mapping

__all__ = ["GraphMapping", "adopt", "is_adopted", "read_graph_mapping", "read_new"]
