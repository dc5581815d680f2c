"""Readers of event data and catalogues; each gives one `Tables`."""

from basketweave.loaders.load import load_tables
from basketweave.loaders.sources import Source, sources
from basketweave.loaders.tables import Tables

__all__ = ["Source", "Tables", "load_tables", "sources"]
