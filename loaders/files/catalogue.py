"""Mapped files of items and users: ids, attributes, brands and category paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from basketweave.loaders.files.from_file import Convert, Converted, FromFile, read_files
from basketweave.loaders.files.mapping import ItemsFile, UsersFile
from basketweave.loaders.files.paths import category_paths
from basketweave.loaders.files.values import (
    LONGEST_ID,
    as_attribute,
    as_ids,
    as_text,
    settled_ids,
    too_long,
)


def read_catalogue(folder: Path, file: UsersFile, what: str) -> FromFile:
    """Rows of `id`, then what the mapping names, and `paths` where it has categories.

    Rows without an id, or with one that is too long, go to the quarantine.
    """
    texts = _texts(file)
    categories = file.categories if isinstance(file, ItemsFile) else None
    paths = categories.column if categories else ()
    lists = paths if len(paths) == 1 else ()

    def rows(raw: pl.DataFrame) -> Converted:
        columns = [as_ids(raw[file.id], file.missing).alias("id")]
        columns += [as_text(raw[c], file.missing).alias(n) for n, c in texts.items()]
        columns += [_readable(raw[c]).alias(n) for n, c in file.attributes.items()]
        if categories:
            columns.append(category_paths(raw, categories, file.missing))
        frame = pl.DataFrame(columns)
        return Converted(frame, frame.select(_reason()).to_series())

    def convert(_: str) -> Convert:
        return rows

    named = [file.id, *texts.values(), *file.attributes.values(), *paths]
    found = read_files(folder, file, list(dict.fromkeys(named)), convert, lists)
    # Only the whole column tells whether an attribute is a number.
    typed = [as_attribute(found.good[name], file.missing) for name in file.attributes]
    ids = settled_ids(found.good["id"], what, found.notes)
    return replace(found, good=found.good.with_columns(ids, *typed))


def _readable(column: pl.Series) -> pl.Series:
    """Numbers and truth values in their type, all else as text."""
    dtype = column.dtype
    return column if dtype.is_numeric() or dtype == pl.Boolean else as_text(column, ())


def _texts(file: UsersFile) -> dict[str, str]:
    if not isinstance(file, ItemsFile):
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
