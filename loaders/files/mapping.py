"""The mapping: which file and which column holds what, written as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BeforeValidator, Field

from basketweave.errors import SchemaError, UsageError
from basketweave.graph.schema import EVENT_KINDS, PURCHASED, check_name
from basketweave.loaders.settings import Part, Settings, did_you_mean

Format = Literal["csv", "tsv", "jsonl", "parquet"]
_RESERVED = {"id", "title", "brand"}


def _column(given: object) -> object:
    return {"column": given} if isinstance(given, str | list) else given


def _columns(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _kind(given: str) -> str:
    if given not in EVENT_KINDS:
        meant = did_you_mean(given, list(EVENT_KINDS))
        raise ValueError(f"no such kind.{meant} Use one of {', '.join(EVENT_KINDS)}")
    return given


def _sign(given: str) -> str:
    if len(given) != 1 or not given.isascii() or given in "\r\n":
        raise ValueError("use one ASCII character")
    return given


def _signs(given: str) -> str:
    if not given.isascii() or not given or set(given) & {*"\r\n"}:
        raise ValueError("use ASCII characters, such as , or ::")
    return given


def _quote(given: str) -> str:
    return _sign(given) if given else given


def _named(given: object) -> object:
    return {name: name for name in given} if isinstance(given, list | tuple) else given


def _properties(named: dict[str, str]) -> dict[str, str]:
    for name in named:
        if name in _RESERVED:
            raise ValueError(f"'{name}' is not an attribute, but a setting of its own")
        try:
            check_name(name)
        except SchemaError as error:
            raise ValueError(f"{error} Write it as {{name: column}}") from None
    return named


Kind = Annotated[str, AfterValidator(_kind)]
Attributes = Annotated[
    dict[str, str], BeforeValidator(_named), AfterValidator(_properties)
]


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

    column: Annotated[tuple[str, ...], BeforeValidator(_columns), Field(min_length=1)]
    separator: str | None = Field(default=None, min_length=1)
    hierarchy: str | None = Field(default=None, min_length=1)
    flat_list: Literal["names", "path"] = "names"


class File(Part):
    """A file and how it is written; what is not said follows from its name.

    `columns` names the columns of a text file that has no header.
    """

    file: str
    format: Format | None = None
    encoding: str = "utf-8"
    separator: Annotated[str, AfterValidator(_signs)] | None = None
    quote: Annotated[str, AfterValidator(_quote)] = '"'
    columns: tuple[str, ...] | None = None


class Events(File):
    """Events: user, item, and where there are any time, value and kind.

    Without `time` the order of the file counts. All events are of one `kind`, or
    of those that `kinds` names. `stars` bounds what `value` may be.
    """

    user: str
    item: str
    time: Annotated[Time, BeforeValidator(_column)] | None = None
    value: str | None = None
    kind: Kind = PURCHASED
    kinds: Kinds | None = None
    stars: tuple[float, float] | None = None


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
