"""Amazon All Beauty (2018, 5-core): reviews with stars, as published."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import polars as pl

from basketweave.graph.schema import RATED
from basketweave.loaders.assemble import with_catalogue
from basketweave.loaders.datasets.sequences import benchmark_folder
from basketweave.loaders.files.mapping import Events, Mapping, Time
from basketweave.loaders.files.read import read_mapped
from basketweave.loaders.tables import Tables


def read_all_beauty(where: str | None = None) -> Tables:
    """5,269 reviews by 991 users of 85 items; a title and a brand for 20 of them.

    The data is degenerate: a fifth of the rows repeat others, and most users
    have one time for all they wrote. Use it to check loaders, not models.
    """
    folder = benchmark_folder("all_beauty", where)
    events = Events(
        file="All_Beauty_5.json.gz",
        user="reviewerID",
        item="asin",
        time=Time(column="unixReviewTime"),
        value="overall",
        kind=RATED,
        stars=(1, 5),
    )
    tables = read_mapped(Mapping(name="all_beauty", folder=folder, events=events))
    return with_catalogue(tables, _items(folder))


def _items(folder: Path) -> pl.DataFrame:
    path = folder / "meta_partial.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    rows = [
        {"id": asin, "title": unescape(item["title"]), "brand": unescape(item["brand"])}
        for asin, item in found.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("id", "title", "brand"), pl.String))
