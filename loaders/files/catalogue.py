"""Mapped files of items and users: ids, attributes, brands and category paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave.loaders.files.from_file import FromFile, read_file
from basketweave.loaders.files.mapping import Items, Users
from basketweave.loaders.files.paths import category_paths
from basketweave.loaders.files.values import (
    LONGEST_ID,
    as_attribute,
    as_ids,
    as_text,
    too_long,
)


def read_catalogue(folder: Path, file: Users) -> FromFile:
    """Rows of `id`, then what the mapping names, and `paths` where it has categories.

    Rows without an id, or with one that is too long, go to the quarantine.
    """
    texts = _texts(file)
    categories = file.categories if isinstance(file, Items) else None
    paths = categories.column if categories else ()
    lists = paths if len(paths) == 1 else ()

    def convert(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        columns = [as_ids(rows[file.id]).alias("id")]
        columns += [as_text(rows[c]).alias(name) for name, c in texts.items()]
        columns += [rows[c].alias(name) for name, c in file.attributes.items()]
        if categories:
            columns.append(category_paths(rows, categories))
        frame = pl.DataFrame(columns)
        return frame, frame.select(_reason()).to_series()

    named = [file.id, *texts.values(), *file.attributes.values(), *paths]
    found = read_file(folder, file, list(dict.fromkeys(named)), convert, lists)
    # Only the whole column tells whether an attribute is a number.
    typed = [as_attribute(found.good[name]) for name in file.attributes]
    return replace(found, good=found.good.with_columns(typed))


def _texts(file: Users) -> dict[str, str]:
    if not isinstance(file, Items):
        return {}
    named = {"title": file.title, "brand": file.brand}
    return {name: column for name, column in named.items() if column is not None}


def _reason() -> pl.Expr:
    return (
        pl.when(pl.col("id").is_null())
        .then(pl.lit("id is missing"))
        .when(too_long(pl.col("id")))
        .then(pl.lit(f"id is longer than {LONGEST_ID:,} characters"))
        .alias("reason")
    )
