"""The mapping of a graph of one's own: what it calls users, items and events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field

from basketweave.errors import UsageError
from basketweave.graph.neo4j.adopted.spelling import Spelling
from basketweave.graph.schema import PURCHASED
from basketweave.loaders.files.checks import time_format, zone_name
from basketweave.loaders.files.mapping import Kind
from basketweave.loaders.files.yaml_text import PlainLoader
from basketweave.loaders.own_graph.pattern import parse_pattern, quoted
from basketweave.settings import Settings, checked


def _named(name: str) -> str:
    quoted(name)
    return name


def _pattern(text: str) -> str:
    parse_pattern(text)
    return text


def _prefix(text: str) -> str:
    Spelling(text)
    return text


def _several(given: object) -> object:
    return given if isinstance(given, list | tuple) else (given,)


Name = Annotated[str, checked(_named)]
PatternText = Annotated[str, checked(_pattern)]


class OwnNodes(Settings):
    """Nodes of the graph: their label and the property that tells them apart."""

    label: Name
    """Their label."""
    key: Name
    """The property that names each of them: whole numbers or text, given back so."""


class OwnItems(OwnNodes):
    """The nodes that are recommended."""

    title: Name | None = None
    """The property that a person reads."""
    price: Name | None = None
    """The property that rules on prices look at."""
    stock: Name | None = None
    """true, or a number above 0: in stock."""
    category: Name | None = None
    """A property that names the category, where categories are no nodes."""
    brand: Name | None = None
    """A property that names the brand, where brands are no nodes."""


class OwnGroups(OwnNodes):
    """Nodes of brands, and how items lead there: their key is what a person reads."""

    pattern: PatternText
    """Between an item and what it belongs to."""


class OwnCategories(OwnGroups):
    """Nodes of categories, and how items lead there."""

    title: Name | None = None
    """The property that a person reads."""
    above: PatternText | None = None
    """From one to the one above it."""


class OwnKinds(Settings):
    """A property that names the kind of each event."""

    property: str
    """variable.property of the pattern."""
    names: dict[str, Kind]
    """Its words, and what each is here (PURCHASED, VIEWED, ADDED_TO_CART, RATED)."""


class OwnEvents(Settings):
    """Events: any pattern between a user and an item, and where its facts stand."""

    pattern: PatternText
    """From user to item, with variables where something is read."""
    time: str | None = None
    """variable.property of the time; None: each counts as one event, before all others."""
    format: Annotated[str, AfterValidator(time_format)] | None = None
    """How numbers and texts are written, as in the mapping of files; None: numbers are
    Unix seconds, texts ISO 8601. Dates and times of Neo4j need none."""
    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """The zone of times that name none; None: UTC."""
    value: str | None = None
    """variable.property of a number of pieces, or of stars."""
    basket: str | None = None
    """variable.property that is alike for what was bought together."""
    kind: Kind = PURCHASED
    """What all of them are."""
    kinds: OwnKinds | None = None
    """A property that names the kind of each."""


class GraphMapping(Settings):
    """What a graph of one's own calls things."""

    prefix: Annotated[str, checked(_prefix)] = "bw"
    """What all that is added begins with."""
    name: str = "a graph of one's own"
    """Name of the data set."""
    users: OwnNodes
    """Whom items are recommended to."""
    items: OwnItems
    """What is recommended."""
    categories: OwnCategories | None = None
    """Categories that are nodes."""
    brands: OwnGroups | None = None
    """Brands that are nodes."""
    events: Annotated[
        tuple[OwnEvents, ...], BeforeValidator(_several), Field(min_length=1)
    ]
    """Who had what: one pattern or several."""


def read_graph_mapping(path: str | Path) -> GraphMapping:
    """The mapping in a YAML file; `UsageError` says what in it cannot be used."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        given: Any = yaml.load(text, PlainLoader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise UsageError(f"The mapping {path} cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise UsageError(f"The mapping {path} says nothing. Give it 'users:' first.")
    return GraphMapping.read({"name": Path(path).stem, **given}, str(path))
