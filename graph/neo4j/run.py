"""Rows of any statement as a table; nodes, relationships and paths as dicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time


def frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """A frame with a column for each name, in a type that can hold all its values."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pl.DataFrame(
        [_column(name, found) for name, found in zip(names, columns, strict=True)]
    )


def plain(value: Any) -> Any:
    """A value of the driver as plain Python: dicts, lists, dates, numbers, text.

    As in the embedded store, a node becomes its properties and `_label`, a relationship
    its properties and its type as `_label`, and a path `_nodes` and `_rels`.
    """
    match value:
        case Node():
            return {"_label": next(iter(value.labels), None), **plain(dict(value))}
        case Relationship():
            return {"_label": value.type, **plain(dict(value))}
        case Path():
            return {"_nodes": plain(value.nodes), "_rels": plain(value.relationships)}
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case DateTime() | Date() | Time():
            return _native(value)
        case Duration() | Point():
            return str(value)
    return value


def _native(value: DateTime | Date | Time) -> object:
    """The value as Python's own date or time; as text where Python cannot hold it."""
    try:
        return value.to_native()
    except ValueError:
        return value.iso_format()


def _column(name: str, values: Sequence[Any]) -> pl.Series:
    return pl.Series(name, [plain(value) for value in values], strict=False)
