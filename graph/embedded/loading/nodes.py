"""Node properties: any column of a table of users or items becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.planned import properties
from basketweave.graph.schema import check_name

_GROWN, NUMBER = "_grown", "_number"
"""A column on its way to another type, and one of the engine's numbers; no attribute
can have such names."""


@dataclass(frozen=True)
class Upserted:
    """How many nodes were new, and how many known ones were changed."""

    new: int
    changed: int


def upsert(session: Session, label: str, frame: pl.DataFrame) -> Upserted:
    """Add nodes whose `id` is new; set the properties that differ of the others.

    The frame's columns are the truth (a null unsets), others stay. A property's type
    grows where the frame needs that. Raises `DataError` where it cannot.
    """
    frame = fitted(session, label, frame)
    stored = _stored(session, label, frame.columns)
    new = frame.join(stored, on="id", how="anti", maintain_order="left")
    if len(new):
        columns = ", ".join(f"`{name}`" for name in frame.columns)
        session.copy(f"{label}({columns})", new)
    return Upserted(len(new), _update(session, label, frame, stored))


def update(session: Session, label: str, frame: pl.DataFrame) -> int:
    """Set the properties that differ of known nodes; ids not known are left out."""
    frame = fitted(session, label, frame)
    return _update(session, label, frame, _stored(session, label, frame.columns))


def read(session: Session, label: str, names: Sequence[str]) -> pl.DataFrame:
    """`id` and these properties of all nodes; nulls for one that none has."""
    return numbered(session, label, names).drop(NUMBER)


def numbered(session: Session, label: str, names: Sequence[str] = ()) -> pl.DataFrame:
    """The same, with the engine's own number of each node in the column `NUMBER`."""
    there = _properties(session, label) if names else {}
    returned = "".join(f", n.`{n}` AS `{n}`" for n in names if n in there)
    found = session.frame(
        f"MATCH (n:{label}) RETURN n.id AS id, offset(id(n)) AS `{NUMBER}`{returned}"
    )
    absent = [pl.lit(None, pl.String).alias(n) for n in names if n not in there]
    return found.with_columns(absent).select("id", NUMBER, *names)


def fitted(session: Session, label: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame under the store's names and in its types, once an id.

    Properties that are not there are added, and those of a narrower type grow.
    """
    frame = frame.unique("id", keep="last", maintain_order=True)
    there = _properties(session, label)
    # The engine tells no two names apart by case alone.
    spelt = {name.lower(): name for name in there}
    columns = [c.alias(spelt.get(c.name.lower(), c.name)) for c in frame.iter_columns()]
    return pl.DataFrame([_fitted(session, label, c, there) for c in columns])


def _fitted(
    session: Session, label: str, column: pl.Series, there: dict[str, str]
) -> pl.Series:
    name, given = check_name(column.name), properties.kind(label, column)
    held = there.get(name)
    if held is None:
        session.do(f"ALTER TABLE {label} ADD `{name}` {given}")
        return properties.cast(label, column, given)
    if held == given or column.null_count() == len(column):
        return properties.cast(label, column, held)
    values = session.frame(
        f"MATCH (n:{label}) WHERE n.`{name}` IS NOT NULL "
        f"RETURN n.id AS key, n.`{name}` AS value"
    )
    to = properties.grown(label, name, held, given) if len(values) else given
    if to != held:
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


def _properties(session: Session, label: str) -> dict[str, str]:
    rows = session.rows(f"CALL table_info('{label}') RETURN *")
    return {name: kind for _, name, kind, *_ in rows}


def _stored(session: Session, label: str, columns: list[str]) -> pl.DataFrame:
    returned = ", ".join(f"n.`{name}` AS `{name}`" for name in columns)
    return session.frame(f"MATCH (n:{label}) RETURN {returned}")


def _update(
    session: Session, label: str, frame: pl.DataFrame, stored: pl.DataFrame
) -> int:
    names = [name for name in frame.columns if name != "id"]
    if not names:
        return 0
    both = frame.join(stored, on="id", suffix="\n")
    differ = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}\n")) for n in names)
    values = {f"p{k}": name for k, name in enumerate(names)}
    changed = both.filter(differ).select(key="id", **values)
    if len(changed):
        sets = ", ".join(f"n.`{name}` = {value}" for value, name in values.items())
        session.feed(
            f"LOAD FROM $rows MATCH (n:{label} {{id: key}}) SET {sets}", changed
        )
    return len(changed)
