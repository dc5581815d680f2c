"""MovieLens in each of its published forms: u.data, `::` and CSV.

https://files.grouplens.org/datasets/movielens/
"""

from __future__ import annotations

from collections.abc import Mapping as Named
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import RATED
from basketweave.graph.tables import Tables
from basketweave.loaders.categories import category_tables
from basketweave.loaders.files.mapping import Mapping
from basketweave.loaders.files.read import read_mapped

# Flags of u.item, in the order of u.genre; before them stands "unknown".
GENRES = (
    "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime",
    "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery",
    "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip
FLAGS = tuple(f"flag{n}" for n in range(len(GENRES)))
NO_GENRE = "(no genres listed)"

RATING = {"user": "user", "item": "item", "time": "time", "value": "stars",
          "kind": RATED, "stars": (0.5, 5)}  # fmt: skip
PLACED = {"columns": ("user", "item", "stars", "time"), "quote": "", "missing": ()}
PERSON = ("gender", "age", "occupation", "zip_code")
PLAIN = {"format": "csv", "quote": "", "missing": ()}
FILM = {"id": "id", "title": "title"}
GENRE_LIST = {"column": "genres", "separator": "|"}


def read_movielens(where: str | None = None) -> Tables:
    """The ratings in a folder as RATED events; films with their genres and year.

    Which form it is follows from the files: `u.data` (100k), `ratings.dat` (1m and
    10m) or `ratings.csv` (all others). Tags and links are not read.
    """
    if where is None:
        raise DataError("Name the folder of the ratings: movielens:FOLDER.")
    folder = Path(where)
    forms = {"u.data": _bars, "ratings.dat": _colons, "ratings.csv": _commas}
    found = [form for file, form in forms.items() if (folder / file).is_file()]
    if not found:
        raise DataError(
            f"{folder} has none of {', '.join(forms)}. Unpack a MovieLens zip file, "
            "and name the folder that it makes."
        )
    files = {
        part: file
        for part, file in found[0](folder).items()
        if (folder / file["file"]).is_file()
    }
    given = {"name": "movielens", "folder": folder, **files}
    return _films(read_mapped(Mapping.model_validate(given)))


def _bars(_: Path) -> Named[str, Named[str, Any]]:
    person = ("id", "age", "gender", "occupation", "zip_code")
    film = ("id", "title", "released", "video", "url", "unknown", *FLAGS)
    bars = {**PLAIN, "separator": "|", "encoding": "latin-1"}
    return {
        "events": {**RATING, **PLACED, "file": "u.data", "format": "tsv"},
        "items": {**FILM, **bars, "file": "u.item", "columns": film,
                  "attributes": FLAGS},
        "users": {**bars, "file": "u.user", "columns": person, "id": "id",
                  "attributes": PERSON},
    }  # fmt: skip


def _colons(folder: Path) -> Named[str, Named[str, Any]]:
    colons = {**PLAIN, "separator": "::"}
    encoding = _encoding(folder / "movies.dat")
    return {
        "events": {**RATING, **PLACED, **colons, "file": "ratings.dat"},
        "items": {**FILM, **colons, "file": "movies.dat", "encoding": encoding,
                  "columns": ("id", "title", "genres"), "categories": GENRE_LIST},
        "users": {**colons, "file": "users.dat", "columns": ("id", *PERSON),
                  "id": "id", "attributes": PERSON},
    }  # fmt: skip


def _commas(_: Path) -> Named[str, Named[str, Any]]:
    columns = {"user": "userId", "item": "movieId", "value": "rating",
               "time": "timestamp"}  # fmt: skip
    return {
        "events": {**RATING, **columns, "file": "ratings.csv"},
        "items": {"file": "movies.csv", "id": "movieId", "title": "title",
                  "categories": GENRE_LIST},
    }  # fmt: skip


def _encoding(path: Path) -> str:
    """1m has its titles in latin-1, 10m in UTF-8, and no file says so."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return "latin-1"
    return "utf-8"


def _films(tables: Tables) -> Tables:
    """Genres out of flags, none that says there is none, and the year of a title."""
    items, flagged = tables.items, [f for f in FLAGS if f in tables.items.columns]
    categories, in_category = tables.categories, tables.in_category
    if flagged:
        named = [
            pl.when(pl.col(flag) == 1).then(pl.lit(genre))
            for flag, genre in zip(FLAGS, GENRES, strict=True)
        ]
        rows = items.select(item="id", path=pl.concat_list(named).list.drop_nulls())
        rows = rows.explode("path").drop_nulls().with_columns(pl.concat_list("path"))
        categories, in_category = category_tables(rows)
    year = pl.col("title").str.extract(r"\((\d{4})\)\s*$").cast(pl.Int64)
    return replace(
        tables,
        items=items.drop(flagged).with_columns(year=year),
        categories=categories.filter(pl.col("id") != NO_GENRE),
        in_category=in_category.filter(pl.col("category") != NO_GENRE),
    )
