"""Amazon Reviews of 2014, 2018 and 2023, as McAuley's lab publishes them.

https://jmcauley.ucsd.edu/data/amazon/ (2014), https://nijianmo.github.io/amazon/
(2018), https://amazon-reviews-2023.github.io/ (2023)
"""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

from basketweave.errors import DataError
from basketweave.graph.schema import RATED
from basketweave.graph.tables import Tables
from basketweave.loaders.assemble import with_catalogue
from basketweave.loaders.categories import category_tables
from basketweave.loaders.datasets.amazon_meta import read_products
from basketweave.loaders.files.mapping import EventsFile, Mapping, Time
from basketweave.loaders.files.read import read_mapped
from basketweave.loaders.files.records import records
from basketweave.loaders.files.text import pieces

_ENDINGS = ("*.json", "*.jsonl", "*.json.gz", "*.jsonl.gz")


def read_amazon(where: str | None = None, *, links: bool = False) -> Tables:
    """The reviews in a file, or in a folder that has one, as RATED events.

    The edition follows from the first review. Products come from the `meta_…` file
    beside it: those that have a review, with title, brand, price, description,
    features and category paths. With `links` also what was bought or viewed along
    with them, which was crawled after the reviews.

    Sales ranks, average ratings and helpful votes are left out: they were counted
    when the page was crawled.
    """
    reviews, meta = _files(where)
    keys = _first_keys(reviews)
    mapping = Mapping(
        name=_category(reviews),
        folder=reviews.parent,
        events=_events(reviews.name, keys),
    )
    tables = read_mapped(mapping)
    if meta is None:
        return tables
    products = read_products(meta, set(tables.items["id"]), links)
    categories, in_category = category_tables(products.paths)
    return with_catalogue(
        tables,
        products.items,
        categories=categories,
        in_category=in_category,
        links=products.links,
        quarantine=products.quarantine,
        notes=products.notes,
        rows={meta.name: products.rows},
    )


def _events(file: str, keys: set[str]) -> EventsFile:
    """2023 names its columns anew, and groups variants below a parent."""
    if "reviewerID" in keys:
        return EventsFile(
            file=file, format="jsonl", user="reviewerID", item="asin",
            time=Time(column=("unixReviewTime",)), value="overall", kind=RATED,
            stars=(1, 5),
        )  # fmt: skip
    return EventsFile(
        file=file,
        format="jsonl",
        user="user_id",
        item="parent_asin" if "parent_asin" in keys else "asin",
        time=Time(column=("timestamp",), format="unix_ms"),
        value="rating",
        kind=RATED,
        stars=(1, 5),
    )


def _files(where: str | None) -> tuple[Path, Path | None]:
    """The file of reviews, and that of its products where there is one."""
    if where is None:
        raise DataError("Name the file of reviews, or its folder: amazon:FOLDER.")
    place = Path(where)
    folder = place if place.is_dir() else place.parent
    there = sorted(chain.from_iterable(folder.glob(ending) for ending in _ENDINGS))
    if place.is_dir():
        reviews = [p for p in there if not p.name.startswith("meta_")]
        if len(reviews) != 1:
            raise DataError(
                f"{folder} has {len(reviews)} files of reviews (.json or .jsonl, also "
                ".gz). Name the one to read: amazon:FOLDER/FILE."
            )
        [place] = reviews
    elif not place.is_file():
        raise DataError(f"There is no file {place}. Check the name.")
    wanted = f"meta_{_category(place)}"
    metas = [p for p in there if p.name.partition(".")[0] == wanted]
    return place, metas[0] if metas else None


def _category(reviews: Path) -> str:
    """ "Beauty" out of reviews_Beauty_5.json.gz, Beauty_5.json.gz or Beauty.jsonl."""
    plain = reviews.name.partition(".")[0].removeprefix("reviews_")
    return re.sub(r"_\d+$", "", plain)


def _first_keys(path: Path) -> set[str]:
    for cut in records(pieces(path, "utf-8", 1 << 16), quote=""):
        for n in range(len(cut)):
            try:
                first = json.loads(cut.text(n))
            except ValueError:
                continue
            if isinstance(first, dict):
                return set(first)
    raise DataError(f"{path} has not a single review. It needs JSON, one a line.")
