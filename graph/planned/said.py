"""What is said of users and items, compared with what a store has of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from basketweave.graph.pages import Node
from basketweave.graph.planned import properties
from basketweave.graph.schema import IN_CATEGORY, MADE_BY
from basketweave.graph.upserted import Descriptions, Said, Upserted, Value

LINKED = (IN_CATEGORY, MADE_BY)


@dataclass(frozen=True)
class Differences:
    """What of some rows a store lacks, and how many rows that is."""

    new: list[Said]
    changed: list[Said]
    unchanged: int

    @property
    def counts(self) -> Upserted:
        """How many rows were which."""
        return Upserted(len(self.new), len(self.changed), self.unchanged)


@dataclass
class PropertyTypes:
    """The spelling and the type of each property, as one label has it.

    look      label, name -> its spelling in the store, and its type; None for none
    growing   (label, name) -> the wider type that its values have to get
    """

    look: Callable[[str, str], tuple[str, str | None]]
    growing: dict[tuple[str, str], str] = field(default_factory=dict)
    _found: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)

    def fit(self, said: Said) -> Said:
        """The same in the store's spelling and types.

        Raises `DataError` where no type can hold both a value and those in the store.
        """
        fitted = [self._fit(said.label, *one) for one in said.properties.items()]
        return said._replace(properties=dict(fitted))

    def _fit(self, label: str, name: str, value: Value) -> tuple[str, Value]:
        key = label, name.lower()
        spelt, held = self._found.get(key) or self.look(label, name)
        self._found[key] = spelt, held
        if value is None:
            return spelt, None
        given = properties.kind_of(value)
        to = given if held is None else properties.grown(label, spelt, held, given)
        self._found[key] = spelt, to
        if held is not None and to != held:
            self.growing[label, spelt] = to
        if to == given:
            return spelt, value
        return spelt, properties.cast(label, pl.Series(spelt, [value]), to).to_list()[0]


def compared(
    rows: Descriptions, stand: Mapping[str, Node | None], kinds: PropertyTypes
) -> Differences:
    """The rows as the store has to write them.

    stand   each id -> what the store has of it; None for nothing
    """
    new, changed = [], []
    for name, row in rows.rows.items():
        said, node = kinds.fit(row), stand.get(name)
        if node is None:
            new.append(said)
        elif (differs := _differing(said, node)) is not None:
            changed.append(differs)
    return Differences(new, changed, len(rows.rows) - len(new) - len(changed))


def _differing(said: Said, node: Node) -> Said | None:
    values = {
        name: value
        for name, value in said.properties.items()
        if node.properties.get(name) != value
    }
    links = {
        kind: ids
        for kind, ids in said.links.items()
        if set(ids) != set(node.links.get(kind, ()))
    }
    if not values and not links:
        return None
    return said._replace(properties=values, links=links)
