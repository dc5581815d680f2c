"""How a graph spells our names: as they are, or in an adopted graph with a prefix.

Every statement, parameter and row of a `Database` passes through here, so that all that
is written for labels such as `User` and properties such as `id` works in a graph where
these are `bw_User` and `bw_id`. It is a renaming from end to end: in statements, in the
keys of maps that are given, and in the keys of maps that are returned.

What the graph's owner calls things is left alone: a statement reads any other property
under its own name, and names between backticks are never ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from neo4j.graph import Node, Path, Relationship

from basketweave.errors import UsageError
from basketweave.graph.schema import (
    CATALOGUE,
    DATASET,
    DERIVED,
    EVENT_KINDS,
    LINK_KINDS,
    MODEL,
    NODE_TYPES,
    RECOMMENDED,
    SHOWN,
)
from basketweave.queries import text

LABELS = (*NODE_TYPES, MODEL, DATASET, "Lock", "EventId", "Experiment", "Staged")
TYPES = (*EVENT_KINDS, SHOWN, RECOMMENDED, *CATALOGUE, *DERIVED, *LINK_KINDS)
PROPERTIES = (
    "id",
    "title",
    "name",
    "price",
    "inStock",
    "popularity",
    "rebuy",
    "recordedTo",
)
"""Properties of nodes that a graph's owner may have too; vectors are the others."""

_CALLED = frozenset((*LABELS, *TYPES))
_OWN = frozenset(PROPERTIES)
_VECTORS = re.compile(r"\w+_v\d+")
_VALUES = ("property", "index", "userIndex", "encoders")
"""Keys of maps whose values name a property or an index."""
_SHOW = re.compile(r"\s*(CYPHER 5\s+)?SHOW\b")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}")
_TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<text>'(?:\\.|[^'\\])*')
    | (?P<other>`[^`]*`|"(?:\\.|[^"\\])*"|\$\w+|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?=\())
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign>::|.)""",
    re.VERBOSE | re.DOTALL,
)


class Spelling:
    """The names of one store; `Spelling()` is that of a graph that is all ours."""

    def __init__(self, prefix: str | None = None) -> None:
        if prefix is not None and not _PREFIX.fullmatch(prefix):
            raise UsageError(
                f"{prefix!r} cannot be a prefix. Use at most 16 letters and digits, "
                "starting with a letter."
            )
        self.prefix = f"{prefix}_" if prefix else ""
        self._statement = lru_cache(2_000)(self._translated)

    def property(self, ours: str) -> str:
        """A property as this graph has it: what its owner cannot have stays as it is."""
        own = ours in _OWN or _VECTORS.fullmatch(ours)
        return self.name(ours) if own else ours

    def name(self, ours: str) -> str:
        """A label, type, property or index of ours as this graph has it."""
        return ours if ours.startswith(self.prefix) else self.prefix + ours

    def statement(self, ours: str) -> str:
        """A statement in the words of this graph."""
        return self._statement(ours) if self.prefix else ours

    def given(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a statement, the keys of their maps renamed like it."""
        if not self.prefix:
            return dict(parameters)
        return {key: self._value(key, value) for key, value in parameters.items()}

    def returned(self, statement: str, rows: Any) -> Any:
        """What a statement returned, in our words; as it is, where it shows a schema."""
        if not self.prefix or _SHOW.match(statement):
            return rows
        return [
            [self._plain(cell) for cell in row]
            if isinstance(row, list)
            else self._plain(row)
            for row in rows
        ]

    def own(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """All properties of a node: ours in our words, the owner's where no other is."""
        if not self.prefix:
            return dict(properties)
        others = {k: v for k, v in properties.items() if not self._ours(k)}
        ours = {self._short(k): v for k, v in properties.items() if self._ours(k)}
        return {k: v for k, v in others.items() if k not in _OWN} | ours

    def _ours(self, name: str) -> bool:
        return bool(self.prefix) and self._short(name) != name

    def _translated(self, ours: str) -> str:
        found = list(_TOKEN.finditer(ours))
        solid = [one for one in found if one.lastgroup != "gap"]
        told: dict[int, str] = {}
        showing = _SHOW.match(ours)
        signs = ["", *(one[0] for one in solid), ""]
        for n, one in enumerate(solid):
            before, after = signs[n], signs[n + 2]
            if one.lastgroup == "text" and _is_ours(one[0][1:-1]):
                told[one.start()] = f"'{self.prefix}{one[0][1:-1]}'"
            elif one.lastgroup == "word" and not showing:
                told[one.start()] = self._word(one[0], before, after)
        return "".join(told.get(one.start(), one[0]) for one in found)

    def _word(self, word: str, before: str, after: str) -> str:
        key = before == "." or (before in ("{", ",") and after == ":")
        ours = word in _CALLED or (key and (word in _OWN or _VECTORS.fullmatch(word)))
        named = before in ("INDEX", "CONSTRAINT")
        if named and word not in ("IF", "FOR", "ON"):
            ours = True
        return self.name(word) if ours else word

    def _value(self, key: object, value: Any) -> Any:
        if isinstance(value, str):
            vectors = key in _VALUES and _VECTORS.fullmatch(value)
            return self.name(value) if vectors or value in _CALLED else value
        if isinstance(value, Mapping):
            return {self._key(k): self._value(k, v) for k, v in value.items()}
        if isinstance(value, list | tuple) and _may_name(value):
            if key == "weights":
                return [self._key(one) for one in value]
            return type(value)(self._value(key, one) for one in value)
        return value

    def _key(self, key: Any) -> Any:
        return self.name(key) if key in _OWN or key in _CALLED else key

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._short(value, _CALLED)
        if isinstance(value, list | tuple):
            return [self._plain(one) for one in value] if _may_name(value) else value
        if isinstance(value, Node | Relationship | Path):
            return self._entity(value)
        if isinstance(value, Mapping):
            # The owner may have `id` beside our `bw_id`: ours come last, and count.
            pairs = sorted(value.items(), key=lambda one: self._ours(one[0]))
            told = {self._short(key): self._plain(one) for key, one in pairs}
            if isinstance(weights := told.get("weights"), list):
                told["weights"] = [self._short(one) for one in weights]
            return told
        return value

    def _entity(self, value: Node | Relationship | Path) -> Any:
        """As `run.plain` gives it, with our label of several."""
        if isinstance(value, Path):
            nodes, relationships = value.nodes, value.relationships
            return {"_nodes": self._plain(nodes), "_rels": self._plain(relationships)}
        labels = value.labels if isinstance(value, Node) else [value.type]
        ours = [one for one in labels if one.startswith(self.prefix)]
        told: dict[str, Any] = self._plain(dict(value))
        return {"_label": self._plain((ours or [*labels])[0]), **told}

    def _short(self, name: Any, among: frozenset[str] | None = None) -> Any:
        if not isinstance(name, str) or not name.startswith(self.prefix):
            return name
        short = name[len(self.prefix) :]
        if among is not None:
            return short if short in among else name
        known = short in _OWN or short in _CALLED or _VECTORS.fullmatch(short)
        return short if known else name


def _may_name(values: Any) -> bool:
    """Whether there may be names in a list: long ones are of numbers."""
    return not values or not all(isinstance(one, int | float) for one in values[:8])


def _is_ours(literal: str) -> bool:
    return literal in _CALLED or literal in _OWN or literal in _indexes()


@cache
def _indexes() -> frozenset[str]:
    """The names of indexes and constraints in `queries/schema.cypher`."""
    found = re.findall(r"(?:INDEX|CONSTRAINT) (\w+) IF NOT EXISTS", text("schema"))
    return frozenset(found)
