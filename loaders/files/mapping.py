"""The mapping: which file and which column holds what, written as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field

from basketweave.errors import UsageError
from basketweave.graph.schema import EVENT_KINDS, PURCHASED, check_name
from basketweave.loaders.settings import Part, Settings, did_you_mean

Format = Literal["csv", "tsv", "jsonl", "parquet"]
_RESERVED = {"id", "title", "brand"}


def _column(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


def _kind(given: object) -> object:
    if isinstance(given, str) and given not in EVENT_KINDS:
        meant = did_you_mean(given, list(EVENT_KINDS))
        raise ValueError(f"no such kind.{meant} Use one of {', '.join(EVENT_KINDS)}")
    return given


def _attributes(given: object) -> object:
    named = {c: c for c in given} if isinstance(given, list) else given
    for name in named if isinstance(named, dict) else ():
        if name in _RESERVED or not check_name(str(name)):
            raise ValueError(f"'{name}' has a setting of its own")
    return named


Kind = Annotated[str, BeforeValidator(_kind)]


class Time(Part):
    """A column of times: unix (seconds), unix_ms, iso, or a strptime pattern."""

    column: str
    format: str = "unix"


class Kinds(Part):
    """A column of event kinds: its words, and the relationship type of each."""

    column: str
    names: dict[str, Kind]


class Categories(Part):
    """Where an item's categories stand.

    column      a column; or several, which are then the levels of one path
    separator   stands between several categories in one text ("Action|Comedy")
    hierarchy   stands between the levels of one category ("Food > Fruit")
    flat_list   whether a flat JSON list is several names, or the path of one
    """

    column: str | list[str]
    separator: str | None = Field(default=None, min_length=1)
    hierarchy: str | None = Field(default=None, min_length=1)
    flat_list: Literal["names", "path"] = "names"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return (self.column,) if isinstance(self.column, str) else tuple(self.column)


class File(Part):
    """A file and how it is written; what is not said follows from its name."""

    file: str
    format: Format | None = None
    encoding: str = "utf-8"
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    quote: Annotated[str, Field(max_length=1)] = '"'


class Events(File):
    """Events: user, item, and where there are any time, value and kind.

    Without `time` the order of the file counts. `stars` bounds what `value` may be.
    """

    user: str
    item: str
    time: Annotated[Time, BeforeValidator(_column)] | None = None
    value: str | None = None
    kind: Kind | Kinds = PURCHASED
    stars: tuple[float, float] | None = None


Attributes = Annotated[dict[str, str], BeforeValidator(_attributes)]


class Users(File):
    """Users: an id, and attributes as a list of columns or as {name: column}."""

    id: str
    attributes: Attributes = Field(default_factory=dict)


class Items(Users):
    """Items: an id, attributes, and a title, brand and categories of their own."""

    title: str | None = None
    brand: str | None = None
    categories: Annotated[Categories, BeforeValidator(_column)] | None = None


class Mapping(Settings):
    """A source in files. Paths count from `folder`, the mapping's own by default."""

    name: str
    folder: Path
    events: Events
    items: Items | None = None
    users: Users | None = None


def load_mapping(path: str | Path) -> Mapping:
    """The mapping in a YAML file; UsageError says what in it cannot be used."""
    path = Path(path)
    try:
        given: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"The mapping {path} cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise UsageError(f"The mapping {path} says nothing. Give it 'events:' first.")
    folder = path.parent / given.get("folder", "")
    return Mapping.model_validate({"name": path.stem, **given, "folder": folder})
