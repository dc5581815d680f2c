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
    """The column of times, and how times are written."""

    column: Annotated[Columns, Field(max_length=2)]
    """A column, or a column of dates and one of times of the day."""
    format: Annotated[str, AfterValidator(time_format)] | None = None
    """One of unix (seconds), unix_ms, unix_us, unix_ns, unix_days, iso, excel, week, a
    strptime pattern, or position: numbers that are only an order."""
    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """The zone of times that name none (Europe/Berlin, +02:00); else UTC."""

    @property
    def form(self) -> str:
        """The format of times; where none is given, seconds, or ISO 8601 for two
        columns."""
        return self.format or ("unix" if len(self.column) == 1 else "iso")


class KindColumn(Settings):
    """A column of event kinds."""

    column: str
    """The column."""
    names: dict[str, Kind]
    """Its words, and the relationship type of each; "*" stands for all other
    words."""
    ignore: Words = ()
    """Words whose rows are left out."""


class Lines(Settings):
    """A column that holds several items."""

    column: str
    """The column."""
    separator: str | None = Field(default=None, min_length=1)
    """Cuts a text; None: the column holds lists."""


class Categories(Settings):
    """The columns of an item's categories, and how they are written."""

    column: Columns
    """A column; or several, which are then the levels of one path."""
    separator: str | None = Field(default=None, min_length=1)
    """Sign between several categories in one text ("Action|Comedy")."""
    hierarchy: str | None = Field(default=None, min_length=1)
    """Sign between the levels of one category ("Food > Fruit")."""
    flat_list: Literal["names", "path"] = "names"
    """Whether a flat JSON list is several names, or the path of one."""


class File(Settings):
    """One file or several, and how they are written.

    What is not given follows from the names of the files.
    """

    file: Annotated[str, Field(min_length=1)] | None = None
    """A name; with * and ? for any signs."""
    files: Words = ()
    """Several names, in place of `file`."""
    format: Format | None = None
    """How it is written; None: as its name ends."""
    encoding: str = "utf-8"
    """Encoding of a text file."""
    separator: Annotated[str, AfterValidator(signs)] | None = None
    """Sign between the columns; None: as the format has it."""
    quote: Literal[""] | Sign = '"'
    """Sign around a value that holds the separator; "": none."""
    escape: Sign | None = None
    """A sign that takes the next one's meaning (often a backslash)."""
    columns: Annotated[Columns, Field(min_length=1)] | None = None
    """The names of the columns of a text file that has no header."""
    missing: Words = MISSING
    """Words that stand for nothing, in place of NULL, nan, None, …."""
    only: Filter = Field(default_factory=dict)
    """Rows to keep: column -> value or values."""
    ignore: Filter = Field(default_factory=dict)
    """Rows to leave out: column -> value or values."""

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
        """The names and patterns of files, as the mapping has them."""
        return self.files or (self.file or "",)


class EventsFile(File):
    """Files of events: the columns of user and item, and of time, value and kind where
    the files have them."""

    user: str
    """The column of users."""
    item: str
    """The column of items."""
    time: Annotated[Time, BeforeValidator(_column)] | None = None
    """The column of times; None: the order of the file counts."""
    value: str | None = None
    """The column of values: stars of a rating, else a number of pieces."""
    kind: Kind = PURCHASED
    """What all events are, unless `kinds` says so row by row."""
    kinds: KindColumn | None = None
    """A column that names the kind of each event."""
    stars: tuple[float, float] | None = None
    """The lowest and the highest that `value` may be."""
    lines: Annotated[Lines, BeforeValidator(_column)] | None = None
    """A column that holds the several items of a row; `lines.sku` is then a key in each
    of them."""
    returns: Returns = "leave_out"
    """Whether events with a value of 0 or below count, other than ratings."""


class UsersFile(File):
    """Files of users: the columns of ids and attributes."""

    id: str
    """The column of ids."""
    attributes: Attributes = Field(default_factory=dict)
    """Further columns as they are: a list, or {name: column}."""


class ItemsFile(UsersFile):
    """Files of items: the columns of ids, titles, brands, categories and attributes."""

    title: str | None = None
    """The column of titles."""
    brand: str | None = None
    """The column of brands."""
    categories: Annotated[Categories, BeforeValidator(_column)] | None = None
    """The column of categories."""


class Mapping(Settings):
    """A source in files: its events, and the catalogue and the users where there are
    any."""

    name: str
    """Name of the data set."""
    folder: Path
    """Folder from which the paths of files count; the mapping's own by default."""
    events: EventsFile
    """Who had what, and when."""
    items: ItemsFile | None = None
    """The catalogue."""
    users: UsersFile | None = None
    """What is known of users."""


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
