"""Names and types of properties: any column of a table of users or items becomes one."""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.planned import properties
from basketweave.graph.schema import check_name

_GROWN = "_grown"
"""A column on its way to another type; no attribute can have such a name."""


def fitted(session: Session, label: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame under the store's names and in its types, once an id.

    Properties that are not there are added, and those of a narrower type grow. Raises
    `DataError` where a column and what is stored have no type for both.
    """
    frame = frame.unique("id", keep="last", maintain_order=True)
    there = held(session, label)
    # The engine tells no two names apart by case alone.
    spelt = {name.lower(): name for name in there}
    columns = [c.alias(spelt.get(c.name.lower(), c.name)) for c in frame.iter_columns()]
    return pl.DataFrame([_fitted(session, label, c, there) for c in columns])


def held(session: Session, label: str) -> dict[str, str]:
    """The properties that nodes of the label can have, and their types."""
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
    """Give a property another type, with what it holds in that type."""
    session.do(f"ALTER TABLE {label} ADD `{_GROWN}` {to}")
    if len(values):
        column = properties.cast(label, values["value"].alias(name), to)
        session.feed(
            f"LOAD FROM $rows MATCH (n:{label} {{id: key}}) SET n.`{_GROWN}` = value",
            values.with_columns(column.alias("value")),
        )
    session.do(f"ALTER TABLE {label} DROP `{name}`")
    session.do(f"ALTER TABLE {label} RENAME `{_GROWN}` TO `{name}`")
