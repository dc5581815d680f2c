"""Neo4j's jars: resolved and downloaded once, then taken from a cache."""
