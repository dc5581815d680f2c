"""From a graph of one's own in Neo4j: what its owner calls things, read in place."""

from basketweave.loaders.own_graph.adopt import adopt, read_new
from basketweave.loaders.own_graph.mapping import GraphMapping, read_graph_mapping

__all__ = ["GraphMapping", "adopt", "read_graph_mapping", "read_new"]
