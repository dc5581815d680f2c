"""RecBole's atomic files: .inter, .item and .user, tab-separated and typed.

https://recbole.io/docs/user_guide/data/atomic_files.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from basketweave.errors import DataError
from basketweave.graph.schema import PURCHASED, RATED
from basketweave.graph.tables import Tables
from basketweave.loaders.files.events import NOTHING
from basketweave.loaders.files.mapping import (
    Categories,
    EventsFile,
    ItemsFile,
    Mapping,
    Time,
    UsersFile,
)
from basketweave.loaders.files.read import read_mapped
from basketweave.loaders.files.suspicious import SuspiciousTimes
from basketweave.loaders.files.text import pieces

Fields = dict[str, str]
"""A field's name -> its column as the header writes it ("age" -> "age:token")."""

LABELLED = "rows with label 0 (shown, not chosen), left out"
_TITLES = ("title", "movie_title", "item_name", "product_name", "name")
_CATEGORIES = ("class", "genre", "genres", "category", "categories")


def read_recbole(where: str | None = None) -> Tables:
    """A data set in atomic files: `where` is its folder, or its files' prefix.

    A rating makes the events RATED with that many stars, otherwise they are
    PURCHASED, without the rows whose label is 0: they were shown, and not chosen. A
    genre or category sequence gives categories, other fields attributes. Times that
    are only small numbers are an order.
    """
    prefix = _prefix(where)
    items, users = _fields(prefix, "item"), _fields(prefix, "user")
    mapping = Mapping(
        name=prefix.name,
        folder=prefix.parent,
        events=_events(prefix),
        items=_items(prefix, items) if items else None,
        users=_users(prefix, users) if users else None,
    )
    return _renamed_notes(_read(mapping))


def _read(mapping: Mapping) -> Tables:
    try:
        return read_mapped(mapping)
    except SuspiciousTimes as error:
        time = mapping.events.time
        if error.likely is not None or time is None:
            raise
        order = time.model_copy(update={"format": "position"})
        events = mapping.events.model_copy(update={"time": order})
        tables = read_mapped(mapping.model_copy(update={"events": events}))
        notes = {"times that are only an order": len(tables.events), **tables.notes}
        return replace(tables, notes=notes)


def _renamed_notes(tables: Tables) -> Tables:
    """A value of 0 is a label here."""
    notes = {LABELLED if k == NOTHING else k: n for k, n in tables.notes.items()}
    return replace(tables, notes=notes)


def _prefix(where: str | None) -> Path:
    """The path that is common to the files: "ml-100k/ml-100k"."""
    if where is None:
        raise DataError("Name the folder of the atomic files: recbole:FOLDER.")
    for place in (Path(where), *_example(where)):
        found = sorted(place.glob("*.inter")) if place.is_dir() else []
        if len(found) == 1:
            return found[0].with_suffix("")
        if place.with_name(f"{place.name}.inter").is_file():
            return place
    raise DataError(
        f"There is no single .inter file in {where}. Name the folder that has one, "
        "or the path of one without its .inter."
    )


def _example(name: str) -> list[Path]:
    """The example data set of that name, where RecBole is installed."""
    spec = find_spec("recbole")
    places = spec.submodule_search_locations or [] if spec else []
    return [Path(place) / "dataset_example" / name for place in places]


def _fields(prefix: Path, kind: str) -> Fields:
    """The fields of one atomic file; none where there is no such file."""
    path = _file(prefix, kind)
    if not path.is_file():
        return {}
    header = next(pieces(path, "utf-8"), "").split("\n", 1)[0]
    return {column.partition(":")[0]: column for column in header.split("\t")}


def _file(prefix: Path, kind: str) -> Path:
    return prefix.with_name(f"{prefix.name}.{kind}")


def _events(prefix: Path) -> EventsFile:
    fields = _fields(prefix, "inter")
    time = fields.get("timestamp")
    return EventsFile(
        **_written(prefix, "inter"),
        user=fields.get("user_id", "user_id:token"),
        item=fields.get("item_id", "item_id:token"),
        time=Time(column=(time,)) if time else None,
        value=fields.get("rating", fields.get("label")),
        kind=RATED if "rating" in fields else PURCHASED,
    )


def _items(prefix: Path, fields: Fields) -> ItemsFile:
    title, category = _first(_TITLES, fields), _first(_CATEGORIES, fields)
    used = {"item_id", "brand", title, category}
    column = fields.get(category or "")
    several = " " if column and column.endswith(":token_seq") else None
    return ItemsFile(
        **_written(prefix, "item"),
        id=fields.get("item_id", "item_id:token"),
        title=fields.get(title or ""),
        brand=fields.get("brand"),
        categories=Categories(column=(column,), separator=several) if column else None,
        attributes=_attributes(fields, used),
    )


def _users(prefix: Path, fields: Fields) -> UsersFile:
    return UsersFile(
        **_written(prefix, "user"),
        id=fields.get("user_id", "user_id:token"),
        attributes=_attributes(fields, {"user_id"}),
    )


def _written(prefix: Path, kind: str) -> dict[str, str]:
    """Atomic files have no quotes: a quote in a title is a quote."""
    return {"file": _file(prefix, kind).name, "format": "tsv", "quote": ""}


def _first(names: Iterable[str], fields: Fields) -> str | None:
    return next((name for name in names if name in fields), None)


def _attributes(fields: Fields, used: set[str | None]) -> dict[str, str]:
    """Property names have only letters, digits and underscores."""
    rest = {name: column for name, column in fields.items() if name not in used}
    return {re.sub(r"\W", "_", name, flags=re.ASCII): c for name, c in rest.items()}
