"""Readers of event data and catalogues; each gives one `Tables`."""

from basketweave.loaders.datasets.all_beauty import replica_test
from basketweave.loaders.datasets.gowalla import gowalla_test
from basketweave.loaders.datasets.retailrocket import retailrocket_test
from basketweave.loaders.load import load_tables
from basketweave.loaders.options import Options
from basketweave.loaders.quarantine import write_quarantine
from basketweave.loaders.sources import Source, sources

__all__ = [
    "Options",
    "Source",
    "gowalla_test",
    "load_tables",
    "replica_test",
    "retailrocket_test",
    "sources",
    "write_quarantine",
]
