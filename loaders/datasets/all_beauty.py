"""Amazon All Beauty (2018, 5-core): reviews with stars, as published."""

from __future__ import annotations

import gzip
import json
from html import unescape
from pathlib import Path
from typing import Literal

import polars as pl

from basketweave.graph.schema import RATED, VIEWED
from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import assemble, with_catalogue
from basketweave.loaders.datasets.sequences import benchmark_folder, present
from basketweave.loaders.files.mapping import EventsFile, Mapping, Time
from basketweave.loaders.files.read import read_mapped


def read_all_beauty(where: str | None = None) -> Tables:
    """5,269 reviews by 991 users of 85 items; a title and a brand for 20 of them.

    The data is degenerate: a fifth of the rows repeat others, and most users
    have one time for all they wrote. Use it to check loaders, not models. With
    `where` "replica" (or "replica:FOLDER"): see `read_replica`.
    """
    if where is not None and where.partition(":")[0] == "replica":
        return read_replica(where.partition(":")[2] or None)
    folder = benchmark_folder("all_beauty", where)
    events = EventsFile(
        file="All_Beauty_5.json.gz",
        user="reviewerID",
        item="asin",
        time=Time(column=("unixReviewTime",)),
        value="overall",
        kind=RATED,
        stars=(1, 5),
    )
    tables = read_mapped(Mapping(name="all_beauty", folder=folder, events=events))
    return with_catalogue(tables, _items(folder))


def read_replica(where: str | None = None) -> Tables:
    """The train part of a random prefix split that a Recall@10 of .9794 came from.

    Each of the 2,886 examples (a prefix of someone's reviews, and the next one) is
    a session of views of its own; positions are the times. 94.8 % of the test
    examples occur in train as well: it measures memory, and nothing else.
    """
    rows = _replica(where, "train").with_row_index("user")
    clicks = rows.with_columns(words=pl.concat_list("prefix", "target")).explode(
        "words"
    )
    events = clicks.select(
        user=pl.col("user").cast(pl.String),
        item="words",
        time=pl.int_range(1, pl.len() + 1),
        kind=pl.lit(VIEWED),
        value=pl.lit(None, pl.Float64),
    )
    return assemble("all_beauty_replica", events)


def replica_test(
    where: str | None = None, part: Literal["val", "test"] = "test"
) -> pl.DataFrame:
    """The examples of another part: `prefix` (lists of item ids), `target`."""
    return _replica(where, part)


def _replica(where: str | None, part: str) -> pl.DataFrame:
    folder = benchmark_folder("all_beauty", where)
    with gzip.open(present(folder / "fusion_split_replica.json.gz"), "rt") as file:
        rows = json.load(file)[part]
    return pl.DataFrame(
        {
            "prefix": [[str(item) for item in prefix] for _, prefix, _ in rows],
            "target": [str(target) for _, _, target in rows],
        }
    )


def _items(folder: Path) -> pl.DataFrame:
    path = folder / "meta_partial.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    rows = [
        {"id": asin, "title": unescape(item["title"]), "brand": unescape(item["brand"])}
        for asin, item in found.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("id", "title", "brand"), pl.String))
