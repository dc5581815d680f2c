"""basketweave: a recommendation engine that lives in a graph database."""

__version__ = "0.1.0"
