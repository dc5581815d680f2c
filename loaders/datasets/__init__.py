"""Published data sets that can be loaded by name, each in its own format."""
