"""One state of a store, as one request sees it from beginning to end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from basketweave.blend.request import Request
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelVersion
from basketweave.serving.engine import NONE, Blend, Row, SessionItem
from basketweave.serving.standing import Standing


@dataclass(frozen=True)
class Names:
    """What rules may name: ids of categories and brands, and properties of items."""

    categories: frozenset[str]
    brands: frozenset[str]
    has_price: bool
    has_stock: bool
    properties: frozenset[str] = frozenset()


class Snapshot(Protocol):
    """A state of the store, and what can be asked of it."""

    @property
    def standing(self) -> Standing:
        """The data set, and what is published over it."""
        ...

    def under(self, standing: Standing) -> Snapshot:
        """The same state, asked as if this stood over it."""
        ...

    def names(self) -> Names:
        """The names that rules may use."""
        ...

    def stored(self, items: Iterable[str]) -> set[str]:
        """The ids among `items` that the store has."""
        ...

    def rank(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[SessionItem] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows; None where the store has no such user.

        vectors   part -> the vector (d,) to compare items with, for some parts
        """
        ...

    def vectors(self, version: ModelVersion, items: Sequence[str]) -> FloatArray:
        """The items' vectors (n, d) of a version; zeros where an item has none."""
        ...

    def newest(self, request: Request, n: int) -> list[str]:
        """The `n` items added last of those that nobody had and that keep the rules."""
        ...


class Engine(Protocol):
    """Ranks items for requests, in the database that holds the graph."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The state of the store now; it stays as it is until the context ends."""
        ...
