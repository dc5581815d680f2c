"""A first load as files for Neo4j's own importer."""
