"""Gowalla check-ins in the split that the LightGCN paper made."""

from __future__ import annotations

import polars as pl

from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import assemble
from basketweave.loaders.datasets.sequences import benchmark_folder, read_sequences


def read_gowalla(where: str | None = None) -> Tables:
    """The train part: 29,858 users, 40,981 places, 810,128 visits as PURCHASED.

    The order within a user is that of the file, which is not known to be time.
    """
    folder = benchmark_folder("gowalla", where)
    return assemble("gowalla", read_sequences(folder / "train.txt.gz"))


def gowalla_test(where: str | None = None) -> pl.DataFrame:
    """The test part, never part of the graph: `user`, `item`, 217,242 rows."""
    folder = benchmark_folder("gowalla", where)
    return read_sequences(folder / "test.txt.gz").select("user", "item")
