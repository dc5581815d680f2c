"""Names and types of properties: each column of users or items becomes a property."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.planned import properties
from basketweave.graph.schema import check_name

_GROWN = "_grown"
"""The name of a column while its type changes; no attribute can have this name."""


def fitted(session: Session, label: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the store's names and types, and one row for each id.

    Properties that the store lacks are added to it; a property whose type is too narrow
    gets a wider one. Raises `DataError` where no type can hold both a column and the
    stored values.
    """
    frame = frame.unique("id", keep="last", maintain_order=True)
    there = held(session, label)
    # The engine tells no two names apart by case alone.
    spelt = {name.lower(): name for name in there}
    columns = [c.alias(spelt.get(c.name.lower(), c.name)) for c in frame.iter_columns()]
    return pl.DataFrame([_fitted(session, label, c, there) for c in columns])


def held(session: Session, label: str) -> dict[str, str]:
    """The properties that nodes of a label can have: name to type."""
    rows = session.rows(f"CALL table_info('{label}') RETURN *")
    return {name: kind for _, name, kind, *_ in rows}


def _fitted(
    session: Session, label: str, column: pl.Series, there: dict[str, str]
) -> pl.Series:
    name, given = check_name(column.name), properties.kind(label, column)
    stored = there.get(name)
    if stored is None:
        session.do(f"ALTER TABLE {label} ADD `{name}` {given}")
        return properties.cast(label, column, given)
    if stored == given or column.null_count() == len(column):
        return properties.cast(label, column, stored)
    values = session.frame(
        f"MATCH (n:{label}) WHERE n.`{name}` IS NOT NULL "
        f"RETURN n.id AS key, n.`{name}` AS value"
    )
    to = properties.grown(label, name, stored, given) if len(values) else given
    if to != stored:
        _grow(session, label, name, values, to)
    return properties.cast(label, column, to)


def _grow(
    session: Session, label: str, name: str, values: pl.DataFrame, to: str
) -> None:
    """Give a property another type, and convert its values to that type."""
    session.do(f"ALTER TABLE {label} ADD `{_GROWN}` {to}")
    if len(values):
        column = properties.cast(label, values["value"].alias(name), to)
        session.feed(
            f"LOAD FROM $rows MATCH (n:{label} {{id: key}}) SET n.`{_GROWN}` = value",
            values.with_columns(column.alias("value")),
        )
    session.do(f"ALTER TABLE {label} DROP `{name}`")
    session.do(f"ALTER TABLE {label} RENAME `{_GROWN}` TO `{name}`")
