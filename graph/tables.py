"""`Tables`: the checked tables that every loader returns and every store loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from basketweave.errors import DataError

IdType = Literal["int", "str"]

USERS: Mapping[str, type[pl.DataType]] = {"id": pl.String}
ITEMS: Mapping[str, type[pl.DataType]] = {"id": pl.String, "title": pl.String}
CATEGORIES: Mapping[str, type[pl.DataType]] = {
    "id": pl.String,
    "name": pl.String,
    "parent": pl.String,
}
IN_CATEGORY: Mapping[str, type[pl.DataType]] = {
    "item": pl.String,
    "category": pl.String,
}
EVENTS: Mapping[str, type[pl.DataType]] = {
    "user": pl.String,
    "item": pl.String,
    "time": pl.Int64,
    "kind": pl.String,
    "value": pl.Float64,
}
MILLIS = "millis"
"""An optional column of `events`: milliseconds within the second, 0 to 999."""
LINKS: Mapping[str, type[pl.DataType]] = {
    "src": pl.String,
    "dst": pl.String,
    "kind": pl.String,
}
QUARANTINE: Mapping[str, type[pl.DataType]] = {
    "source": pl.String,
    "line": pl.Int64,
    "reason": pl.String,
    "row": pl.String,
}


def empty(columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """A frame with these columns and no rows."""
    return pl.DataFrame(schema=dict(columns))


@dataclass(frozen=True)
class Tables:
    """Checked, Arrow-backed tables of one source, and what was set aside.

    Ids are strings here; `user_ids` and `item_ids` say what they were in the
    source, so that a client can hand them back as they were given. Times are
    Unix seconds, or positions in the sequence where a source has only an order.

    users        `id`, then any attributes
    items        `id`, `title`, then `brand` and any other attributes
    categories   `id`, `name`, `parent` (null at a root)
    in_category  `item`, `category`
    events       `user`, `item`, `time`, `kind` (a relationship type such as
                 PURCHASED), `value` (stars, quantity; may be null); where times are
                 finer than seconds also `millis`, 0 to 999 (null or absent: 0).
                 Events of one time came in the order of their rows
    links        `src`, `dst`, `kind`: catalogue links such as ALSO_BOUGHT
    quarantine   `source`, `line` (from 1), `reason`, `row`: rows left out
    notes        counts worth telling, by sentence: what an option removed, what
                 the catalogue lacks
    rows         rows read, good or bad, by source file (where rows can be bad)
    bare         ids by table (`users`, `items`) whose row is there only because
                 events name them: no catalogue said anything of them, so that a
                 load leaves what a store knows of them as it is
    warnings     what is most likely wrong with the data as a whole, in sentences
    """

    name: str
    users: pl.DataFrame
    items: pl.DataFrame
    events: pl.DataFrame
    categories: pl.DataFrame = field(default_factory=lambda: empty(CATEGORIES))
    in_category: pl.DataFrame = field(default_factory=lambda: empty(IN_CATEGORY))
    links: pl.DataFrame = field(default_factory=lambda: empty(LINKS))
    quarantine: pl.DataFrame = field(default_factory=lambda: empty(QUARANTINE))
    notes: Mapping[str, int] = field(default_factory=dict)
    user_ids: IdType = "str"
    item_ids: IdType = "str"
    rows: Mapping[str, int] = field(default_factory=dict)
    bare: Mapping[str, pl.Series] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, columns in _EXPECTED.items():
            _check(name, getattr(self, name), columns)
        check_events(self.events)

    def __repr__(self) -> str:
        return (
            f"Tables({self.name!r}: {len(self.users):,} users, "
            f"{len(self.items):,} items, {len(self.events):,} events, "
            f"{len(self.quarantine):,} rows in quarantine)"
        )


def check_events(events: pl.DataFrame) -> None:
    """Raise `DataError` where these are no events as `Tables` have them."""
    _check("events", events, EVENTS)
    if MILLIS not in events.columns:
        return
    _check("events", events, {MILLIS: pl.Int64})
    if not events[MILLIS].is_between(0, 999).all():
        raise DataError(
            "The column 'millis' of 'events' holds milliseconds within the second: "
            "0 to 999, or null. Put whole seconds into 'time'."
        )


_EXPECTED = {
    "users": USERS,
    "items": ITEMS,
    "categories": CATEGORIES,
    "in_category": IN_CATEGORY,
    "links": LINKS,
    "quarantine": QUARANTINE,
}


def _check(
    name: str, frame: pl.DataFrame, columns: Mapping[str, type[pl.DataType]]
) -> None:
    for column, dtype in columns.items():
        found = frame.schema.get(column)
        if found != dtype:
            raise DataError(
                f"Table '{name}' needs a column '{column}' of type {dtype.__name__}, "
                f"but it is {found or 'missing'}. Cast it before building Tables."
            )
