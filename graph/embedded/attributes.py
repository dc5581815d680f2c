"""Node properties: any column of a table of users or items becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.embedded.session import Session
from basketweave.graph.schema import check_name

_KINDS = {
    "STRING": pl.String(),
    "BOOL": pl.Boolean(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
}


@dataclass(frozen=True)
class Upserted:
    """How many nodes were new, and how many known ones were changed."""

    new: int
    changed: int


def upsert(session: Session, label: str, frame: pl.DataFrame) -> Upserted:
    """Add nodes whose `id` is new; set the properties that differ of the others.

    The frame's columns are the truth (a null unsets), others stay. Raises `DataError`
    where a column's type cannot be a property, or is not the one the store has.
    """
    frame = fitted(session, label, frame)
    known = _stored(session, label, frame.columns)
    new = frame.join(known, on="id", how="anti", maintain_order="left")
    if len(new):
        columns = ", ".join(f"`{name}`" for name in frame.columns)
        session.copy(f"{label}({columns})", new)
    return Upserted(len(new), _update(session, label, frame, known))


def update(session: Session, label: str, frame: pl.DataFrame) -> int:
    """Set the properties that differ of known nodes; ids not known are left out."""
    frame = fitted(session, label, frame)
    return _update(session, label, frame, _stored(session, label, frame.columns))


def read(session: Session, label: str, names: Sequence[str]) -> pl.DataFrame:
    """`id` and these properties of all nodes; nulls for one that none has."""
    there = _properties(session, label)
    found = _stored(session, label, ["id", *(n for n in names if n in there)])
    absent = [pl.lit(None, pl.String).alias(n) for n in names if n not in there]
    return found.with_columns(absent).select("id", *names)


def fitted(session: Session, label: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in the store's types, once an id; properties not there are added."""
    frame = frame.unique("id", keep="last", maintain_order=True)
    there = _properties(session, label)
    for name in frame.columns:
        found = frame[name]
        kind = there.get(check_name(name)) or _kind(label, found)
        if name not in there:
            session.do(f"ALTER TABLE {label} ADD `{name}` {kind}")
        frame = frame.with_columns(_cast(label, found, kind))
    return frame


def _properties(session: Session, label: str) -> dict[str, str]:
    rows = session.rows(f"CALL table_info('{label}') RETURN *")
    return {name: kind for _, name, kind, *_ in rows}


def _kind(label: str, column: pl.Series) -> str:
    dtype = column.dtype
    if isinstance(dtype, pl.List):
        return f"{_kind(label, pl.Series(column.name, [], dtype.inner))}[]"
    if dtype == pl.Boolean:
        return "BOOL"
    if dtype.is_integer():
        return "INT64"
    if dtype.is_float():
        return "DOUBLE"
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return "STRING"
    raise DataError(
        f"Column '{column.name}' of {label} has type {dtype}, which cannot be a "
        "property. Make it text, numbers, true/false or lists of them, or leave it "
        "out."
    )


def _cast(label: str, column: pl.Series, kind: str) -> pl.Series:
    try:
        scalar = _KINDS[kind.removesuffix("[]")]
        return column.cast(pl.List(scalar) if kind.endswith("[]") else scalar)
    except (pl.exceptions.PolarsError, KeyError):
        raise DataError(
            f"Column '{column.name}' of {label} has type {column.dtype}, but the store "
            f"holds it as {kind}. Cast it, or load into a new store."
        ) from None


def _stored(session: Session, label: str, columns: list[str]) -> pl.DataFrame:
    returned = ", ".join(f"n.`{name}` AS `{name}`" for name in columns)
    return session.frame(f"MATCH (n:{label}) RETURN {returned}")


def _update(
    session: Session, label: str, frame: pl.DataFrame, known: pl.DataFrame
) -> int:
    names = [name for name in frame.columns if name != "id"]
    if not names:
        return 0
    both = frame.join(known, on="id", suffix="\n")
    differ = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}\n")) for n in names)
    values = {f"p{k}": name for k, name in enumerate(names)}
    changed = both.filter(differ).select(key="id", **values)
    if len(changed):
        sets = ", ".join(f"n.`{name}` = {value}" for value, name in values.items())
        session.feed(
            f"LOAD FROM $rows MATCH (n:{label} {{id: key}}) SET {sets}", changed
        )
    return len(changed)
