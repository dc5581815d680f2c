"""Category paths out of whatever a file has: texts, lists, or several columns."""

from __future__ import annotations

from typing import Any

import polars as pl

from basketweave.loaders.files.mapping import Categories
from basketweave.loaders.files.values import as_ids, as_text

PATHS = pl.List(pl.List(pl.String))


def category_paths(
    rows: pl.DataFrame, how: Categories, missing: tuple[str, ...]
) -> pl.Series:
    """For each row a list of paths, each a list of names from the root down."""
    columns = [_values(rows[c]) for c in how.column]
    none = frozenset(missing)
    if len(columns) == 1:
        paths = [_paths(value, how, none) for value in columns[0]]
    else:
        paths = [[_names(levels, none)] for levels in zip(*columns, strict=True)]
    return pl.Series("paths", paths, dtype=PATHS)


def _values(column: pl.Series) -> list[Any]:
    """Texts and lists of texts as they are; what else Parquet has, as text."""
    inner = column.dtype
    while isinstance(inner, pl.List | pl.Array):
        inner = inner.inner  # type: ignore[assignment]  # a class or an instance
    if column.dtype.is_nested() and not isinstance(inner, pl.Struct):
        return column.to_list()
    text = as_ids(column) if inner.is_float() else as_text(column, ())
    return text.to_list()


def _paths(value: Any, how: Categories, none: frozenset[str]) -> list[list[str]]:
    if value is None:
        return []
    if isinstance(value, str):
        return [_levels(one, how, none) for one in _apart(value, how)]
    # A flat list comes as names, or (from JSON) as lists of one name each.
    several = [v[0] if isinstance(v, list) and len(v) == 1 else v for v in value]
    flat = len(several) > 1 and not any(isinstance(v, list) for v in several)
    if how.flat_list == "path" and flat:
        return [_names(several, none)]
    # Names in a list may hold several names, as a text may.
    return [_levels(one, how, none) for v in several for one in _apart(v, how)]


def _apart(value: Any, how: Categories) -> list[Any]:
    """The categories in one text; a list is one path."""
    if isinstance(value, str) and how.separator:
        return list(value.split(how.separator))
    return [value]


def _levels(one: Any, how: Categories, none: frozenset[str]) -> list[str]:
    if isinstance(one, str) and how.hierarchy:
        return _names(one.split(how.hierarchy), none)
    return _names(one if isinstance(one, list) else [one], none)


def _names(levels: Any, none: frozenset[str]) -> list[str]:
    """Names without surrounding space; what is empty or missing is no level."""
    texts = [str(level).strip() for level in levels if level is not None]
    return [text for text in texts if text and text not in none]
