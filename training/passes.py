"""`Passes`: events of more people than memory holds, read through once an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from basketweave.graph.subgraph import Events, IntArray


class Passes(Protocol):
    """Events of one kind by whole people, in pieces that are read in any order.

    Items are at the positions of the subgraph that is trained on beside. What is in
    memory at a time does not grow with the number of people.
    """

    @property
    def pieces(self) -> int:
        """How many pieces there are."""

    @property
    def name(self) -> str:
        """Another text where the events are others."""

    @property
    def item_counts(self) -> IntArray:
        """How many events each item has (I,)."""

    def read(self, order: Sequence[int]) -> Iterator[Events]:
        """All events, the pieces in this order, some of them at a time."""
