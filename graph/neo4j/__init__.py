"""`Neo4jStore`: the graph in Neo4j 5.26 or later, from Community to Aura."""

from basketweave.graph.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
