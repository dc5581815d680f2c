"""The mapping: which file and which column holds what, written as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from basketweave.errors import UsageError
from basketweave.graph.schema import PURCHASED
from basketweave.loaders.files.checks import (
    attribute_names,
    column_names,
    event_kind,
    named_columns,
    one_sign,
    signs,
    texts_of,
    time_format,
    zone_name,
)
from basketweave.loaders.files.values import MISSING
from basketweave.loaders.files.yaml_text import PlainLoader
from basketweave.settings import Settings

Format = Literal["csv", "tsv", "jsonl", "parquet"]
Returns = Literal["leave_out", "keep"]


def _column(given: object) -> object:
    return {"column": given} if isinstance(given, str | list) else given


Kind = Annotated[str, AfterValidator(event_kind)]
Columns = Annotated[tuple[str, ...], BeforeValidator(column_names), Field(min_length=1)]
Words = Annotated[tuple[str, ...], BeforeValidator(column_names)]
Sign = Annotated[str, AfterValidator(one_sign)]
Filter = Annotated[dict[str, tuple[str, ...]], BeforeValidator(texts_of)]
Attributes = Annotated[
    dict[str, str], BeforeValidator(named_columns), AfterValidator(attribute_names)
]


class Time(Settings):
    """Where the time stands, and how it is written.

    column      a column, or a column of dates and one of times of the day
    format      unix (seconds), unix_ms, unix_us, unix_ns, unix_days, iso, excel, week,
                a strptime pattern, or position: numbers that are only an order
    timezone    the zone of times that name none (Europe/Berlin, +02:00); else UTC
    """

    column: Annotated[Columns, Field(max_length=2)]
    format: Annotated[str, AfterValidator(time_format)] | None = None
    timezone: Annotated[str, AfterValidator(zone_name)] | None = None

    @property
    def form(self) -> str:
        """The format, where none is said: seconds, or ISO 8601 of two columns."""
        return self.format or ("unix" if len(self.column) == 1 else "iso")


class Kinds(Settings):
    """A column of event kinds: its words, and the relationship type of each.

    Rows of a word in `ignore` are left out; "*" stands for all words not in `names`.
    """

    column: str
    names: dict[str, Kind]
    ignore: Words = ()


class Lines(Settings):
    """A column that holds several items: a list, or a text cut at `separator`."""

    column: str
    separator: str | None = Field(default=None, min_length=1)


class Categories(Settings):
    """Where an item's categories stand.

    column      a column; or several, which are then the levels of one path
    separator   stands between several categories in one text ("Action|Comedy")
    hierarchy   stands between the levels of one category ("Food > Fruit")
    flat_list   whether a flat JSON list is several names, or the path of one
    """

    column: Columns
    separator: str | None = Field(default=None, min_length=1)
    hierarchy: str | None = Field(default=None, min_length=1)
    flat_list: Literal["names", "path"] = "names"


class File(Settings):
    """One file or several, and how they are written; the rest follows from the name.

    file, files   a name, or several; with * and ? for any signs
    columns       the names of the columns of a text file that has no header
    escape        a sign that takes the next one's meaning (often a backslash)
    missing       words that stand for nothing, in place of NULL, nan, None, …
    only, ignore  rows to keep, and rows to leave out: column -> value or values
    """

    file: Annotated[str, Field(min_length=1)] | None = None
    files: Words = ()
    format: Format | None = None
    encoding: str = "utf-8"
    separator: Annotated[str, AfterValidator(signs)] | None = None
    quote: Literal[""] | Sign = '"'
    escape: Sign | None = None
    columns: Annotated[Columns, Field(min_length=1)] | None = None
    missing: Words = MISSING
    only: Filter = Field(default_factory=dict)
    ignore: Filter = Field(default_factory=dict)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if bool(self.file) == bool(self.files):
            raise ValueError("name 'file', or several 'files'")
        signs = [s for s in (self.separator, self.quote, self.escape) if s]
        if len(set(signs)) < len(signs):
            raise ValueError("separator, quote and escape cannot be alike")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they stand in the mapping."""
        return self.files or (self.file or "",)


class Events(File):
    """Events: user, item, and where there are any time, value and kind.

    Without `time` the order of the file counts. All events are of one `kind`, or
    of those that `kinds` names. `stars` bounds what `value` may be. Where a row has
    several items, `lines` names the column; `lines.sku` is then a key in each of them.
    `returns`: whether events with a value of 0 or below count, other than ratings.
    """

    user: str
    item: str
    time: Annotated[Time, BeforeValidator(_column)] | None = None
    value: str | None = None
    kind: Kind = PURCHASED
    kinds: Kinds | None = None
    stars: tuple[float, float] | None = None
    lines: Annotated[Lines, BeforeValidator(_column)] | None = None
    returns: Returns = "leave_out"


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
        text = path.read_text(encoding="utf-8-sig")
        given: Any = yaml.load(text, PlainLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise UsageError(f"The mapping {path} cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise UsageError(f"The mapping {path} says nothing. Give it 'events:' first.")
    given = {key: value for key, value in given.items() if value is not None}
    folder = given.get("folder", "")
    if not isinstance(folder, str) or "\0" in folder:
        raise UsageError(
            f"'folder' cannot be {folder!r}. Name a folder, or leave it out."
        )
    return Mapping.model_validate(
        {"name": path.stem, **given, "folder": path.parent / folder}
    )
