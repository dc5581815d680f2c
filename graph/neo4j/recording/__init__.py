"""Events as they happen: into their relationships, in one transaction."""
