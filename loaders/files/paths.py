"""Category paths out of whatever a file has: texts, lists, or several columns."""

from __future__ import annotations

from typing import Any

import polars as pl

from basketweave.loaders.files.mapping import Categories

PATHS = pl.List(pl.List(pl.String))


def category_paths(rows: pl.DataFrame, how: Categories) -> pl.Series:
    """For each row a list of paths, each a list of names from the root down."""
    columns = [rows[c].to_list() for c in how.column]
    if len(columns) == 1:
        paths = [_paths(value, how) for value in columns[0]]
    else:
        paths = [[_names(levels)] for levels in zip(*columns, strict=True)]
    return pl.Series("paths", paths, dtype=PATHS)


def _paths(value: Any, how: Categories) -> list[list[str]]:
    if value is None:
        return []
    if isinstance(value, str):
        several = value.split(how.separator) if how.separator else [value]
    else:
        # A flat list comes as names, or (from JSON) as lists of one name each.
        several = [v[0] if isinstance(v, list) and len(v) == 1 else v for v in value]
        if how.flat_list == "path" and not any(isinstance(v, list) for v in several):
            return [_names(several)]
    return [_levels(one, how) for one in several]


def _levels(one: Any, how: Categories) -> list[str]:
    if isinstance(one, str) and how.hierarchy:
        return _names(one.split(how.hierarchy))
    return _names(one if isinstance(one, list) else [one])


def _names(levels: Any) -> list[str]:
    """Names without surrounding space; what is empty or missing is no level."""
    texts = [str(level).strip() for level in levels if level is not None]
    return [text for text in texts if text]
