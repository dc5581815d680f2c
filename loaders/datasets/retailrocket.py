"""RetailRocket: clicks in a web shop, as sessions or as the events on Kaggle."""

from __future__ import annotations

import polars as pl

from basketweave.graph.schema import VIEWED
from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import assemble
from basketweave.loaders.datasets.retailrocket_shop import read_shop
from basketweave.loaders.datasets.sequences import (
    benchmark_folder,
    present,
    read_lists,
)


def read_retailrocket(where: str | None = None) -> Tables:
    """Sessions, or the whole shop where the folder has Kaggle's `events.csv`.

    126,168 sessions are users, with 685,984 views of 36,968 items in their order.
    Times are positions in the file, whose sessions stand (to a few hours) in the
    order of their start. It is the train part alone: see `retailrocket_test`.
    """
    folder = benchmark_folder("retailrocket", where)
    if (folder / "events.csv").is_file():
        return read_shop(folder)
    sessions = read_lists(present(folder / "train_sessions.txt.gz"))
    clicks = sessions.with_row_index("user", offset=1).explode("words")
    events = clicks.select(
        user=pl.col("user").cast(pl.String),
        item="words",
        time=pl.int_range(1, pl.len() + 1),
        kind=pl.lit(VIEWED),
        value=pl.lit(None, pl.Float64),
    )
    return assemble("retailrocket", events)


def retailrocket_test(where: str | None = None) -> pl.DataFrame:
    """The test part, never part of the graph: 15,132 rows `prefix`, `target`.

    `prefix` is a list of item ids, at least two, the newest one last; `target` is
    the item that came next, often one that the prefix holds.
    """
    folder = benchmark_folder("retailrocket", where)
    pairs = pl.read_csv(
        present(folder / "test_pairs.txt.gz"), separator="\t", has_header=False,
        new_columns=["prefix", "target"], infer_schema=False,
    )  # fmt: skip
    return pairs.with_columns(pl.col("prefix").str.split(" "))
