"""One file for each resource: which address it has, and which work answers it."""
