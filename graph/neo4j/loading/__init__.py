"""From `Tables` to nodes and relationships: only what is new is written."""
