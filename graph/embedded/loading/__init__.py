"""From `Tables` to nodes and relationships, by what is not there yet."""
