"""Users and items as an application describes them, checked once for both stores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

from basketweave.errors import DataError
from basketweave.graph.given import Given, check_fields, missing, read_each, rows_of
from basketweave.graph.ids import as_whole, id_in_row, type_of_ids
from basketweave.graph.schema import (
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    USER,
    check_name,
    stored_name,
)
from basketweave.graph.tables import IdType
from basketweave.shown import shown

Value: TypeAlias = "str | bool | int | float | list[Any] | None"
"""What a property can be: a scalar, a list of scalars of one type, or nothing."""

FIELDS = {
    ITEM: ("id", "title", "price", "stock", "brand", "categories", "attributes"),
    USER: ("id", "attributes"),
}
"""What a row may say; the first it must."""

_OWN = ("id", "title", "price", "stock", "instock", "brand", "categories")
MOST = 2**63
LONGEST = 1_000_000
"""Characters of a text."""


@dataclass(frozen=True)
class Upserted:
    """What `upsert_items` and `upsert_users` made of their rows, each id once."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0


class Said(NamedTuple):
    """What is said of one user or item, and nothing of what is not named.

    properties   name -> value; None takes it away
    links        IN_CATEGORY, MADE_BY -> all ids that it leads to
    """

    label: str
    id: str
    properties: Mapping[str, Value]
    links: Mapping[str, Sequence[str]]

    def then(self, later: Said) -> Said:
        """Both, where the later one counts."""
        properties = {**self.properties, **later.properties}
        links = {**self.links, **later.links}
        return self._replace(properties=properties, links=links)


@dataclass(frozen=True)
class Descriptions:
    """Rows that can be written, one an id, and whether all ids are numbers."""

    label: str
    rows: Mapping[str, Said]
    ids: IdType


def described_items(rows: Given) -> Descriptions:
    """The rows on items in their one form.

    Raises `DataError` for the first that cannot be used, which it names by its number
    from 1, and `UsageError` for what holds no rows.
    """
    return _described(ITEM, rows, _item)


def described_users(rows: Given) -> Descriptions:
    """The rows on users in their one form; errors as those of `described_items`."""
    return _described(USER, rows, _user)


def _described(label: str, given: Given, read: Callable[[Any], Said]) -> Descriptions:
    what = label.lower()
    rows = rows_of(given, what, "{'id': 42, 'attributes': {'size': 'L'}}")
    found: dict[str, Said] = {}
    for said in read_each(rows, label, "written", read):
        before = found.get(said.id)
        found[said.id] = said if before is None else before.then(said)
    return Descriptions(label, found, type_of_ids(row["id"] for row in rows))


def _check_fields(label: str, row: Any) -> None:
    if not isinstance(row, Mapping):
        raise DataError(f"{shown(row)} is no mapping. Name its id: 'id': 42.")
    others = "; anything else goes into attributes"
    what = {ITEM: "an item", USER: "a user"}[label]
    check_fields(row, what, FIELDS[label], others)
    if missing(row.get("id")):
        raise DataError("It has no id. Give one: 'id': 42.")


def _item(row: Any) -> Said:
    _check_fields(ITEM, row)
    properties = _attributes(row)
    if "title" in row:
        properties["title"] = _title(row["title"])
    if "price" in row:
        properties["price"] = _price(row["price"])
    if "stock" in row:
        properties |= _stock(row["stock"])
    links = {}
    if "categories" in row:
        links[IN_CATEGORY] = _categories(row["categories"])
    if "brand" in row:
        brand = row["brand"]
        links[MADE_BY] = () if missing(brand) else (id_in_row("brand", brand),)
    return Said(ITEM, id_in_row("id", row["id"]), properties, links)


def _user(row: Any) -> Said:
    _check_fields(USER, row)
    return Said(USER, id_in_row("id", row["id"]), _attributes(row), {})


def _title(value: object) -> str | None:
    if missing(value):
        return None
    if not isinstance(value, str):
        raise DataError(f"Its title, {shown(value)}, is no text.")
    return _text("title", value)


def _price(value: Any) -> float | None:
    if missing(value):
        return None
    number = _number(value)
    if number is None:
        raise DataError(f"Its price, {shown(value)}, is no finite number.")
    return number


def _stock(value: Any) -> dict[str, Value]:
    """Whether there is any, by which rules go; and how many, where that is told."""
    if missing(value):
        return {"inStock": None, "stock": None}
    if type(value).__name__ in ("bool", "bool_"):
        return {"inStock": bool(value)}
    whole = as_whole(value)
    if whole is None or not -MOST <= whole < MOST:
        raise DataError(
            f"Its stock, {shown(value)}, is neither a whole number nor true or false."
        )
    return {"inStock": whole > 0, "stock": whole}


def _categories(value: object) -> tuple[str, ...]:
    if missing(value):
        return ()
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise DataError(f"Its categories, {shown(value)}, are no list of ids.")
    return tuple(dict.fromkeys(id_in_row("categories", one) for one in value))


def _attributes(row: Mapping[str, Any]) -> dict[str, Value]:
    given = row.get("attributes")
    if missing(given):
        return {}
    if not isinstance(given, Mapping):
        raise DataError(
            f"Its attributes, {shown(given)}, are no mapping: {{'size': 'L'}}."
        )
    found: dict[str, Value] = {}
    for name, value in given.items():
        if not isinstance(name, str) or name.lower() in _OWN:
            raise DataError(
                f"{shown(name)} is no name of an attribute. Use another; id, title, "
                "price, stock, brand and categories stand beside the attributes."
            )
        found[stored_name(check_name(name))] = _value(name, value)
    if len({name.lower() for name in found}) < len(found):
        raise DataError("Two of its attributes differ only by case. Rename one.")
    return found


def _value(name: str, value: Any) -> Value:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return _scalar(name, value)
    some = [one for one in (_scalar(name, one) for one in value) if one is not None]
    if len({float if type(one) is int else type(one) for one in some}) > 1:
        raise DataError(f"Its {name}, {shown(value)}, is a list of several types.")
    if {type(one) for one in some} == {int, float}:
        return [float(one) for one in some if isinstance(one, int | float)]
    return some or None


def _scalar(name: str, value: Any) -> str | bool | int | float | None:
    if missing(value):
        return None
    if isinstance(value, str):
        return _text(name, value)
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if isinstance(value, date | datetime | time_of_day):
        return str(value)
    whole = None if isinstance(value, float) else as_whole(value)
    if whole is not None and -MOST <= whole < MOST:
        return whole
    number = _number(value) if whole is None else None
    if number is None:
        raise DataError(
            f"Its {name}, {shown(value)}, is neither text nor a finite number of at most "
            "64 bits, true or false, nor a list of these."
        )
    return number


def _number(value: Any) -> float | None:
    """A finite float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return None
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _text(name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise DataError(
            f"Its {name} has {len(value):,} characters, and may have {LONGEST:,}."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"Its {name}, {shown(value)}, has half a character (a lone surrogate), "
            "which cannot be stored. Decode the text it comes from as UTF-8."
        ) from None
    if "\0" in value:
        raise DataError(f"Its {name} has the character NUL, which no store holds.")
    return str(value)
