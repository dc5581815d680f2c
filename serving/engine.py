"""The rows that answer a request; interfaces of session encoders and rerankers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from basketweave.blend.explore import ListPlace
from basketweave.blend.settings import BlendSettings
from basketweave.errors import NotReadyError
from basketweave.graph.address import typed
from basketweave.graph.store import Dataset, GraphStore
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelCard
from basketweave.serving.recommendation import Step

NONE: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True)
class SessionItem:
    """An item that a session starts from, and how much it counts."""

    item: str
    weight: float = 1.0


@dataclass(frozen=True)
class Blend:
    """Weights and constants with which a request is answered.

    encoders   keys of the versions whose vectors count; None: of those that are live
    """

    weights: Mapping[str, float]
    settings: BlendSettings
    encoders: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Row:
    """One ranked item with its parts: name -> (raw, value from 0 to 1).

    boost   what the sum of the parts was multiplied with
    """

    item: str
    title: str | None
    score: float
    parts: Mapping[str, tuple[float, float]]
    path: tuple[Step, ...]
    boost: float = 1.0


@dataclass(frozen=True)
class Arranged:
    """The rows of an answer, and for each its place; none where nothing is explored."""

    rows: Sequence[Row]
    places: Sequence[ListPlace] = ()
    seed: str | None = None


def require_data(dataset: Dataset | None) -> Dataset:
    """`dataset`; raises `NotReadyError` where the store is empty."""
    if dataset is None:
        raise NotReadyError(
            "The store is empty. Load some data: basketweave load complete_journey"
        )
    return dataset


def require_derived(dataset: Dataset | None, store: GraphStore) -> Dataset:
    """`dataset`; raises `NotReadyError` where the store is empty, or nothing is
    derived."""
    found = require_data(dataset)
    if not found.derived:
        raise NotReadyError(
            "Nothing is derived from the events yet. Do it: basketweave derive "
            f"--store {typed(store.uri)}"
        )
    return found


class SessionEncoder(Protocol):
    """Makes a vector of the items of a session: a sequence encoder, ready to serve."""

    @property
    def card(self) -> ModelCard:
        """The card under which the vectors of the same training are published."""
        ...

    def vector(self, items: Sequence[str]) -> FloatArray | None:
        """The unit vector (d,) of a session of these items, the newest last.

        None where the encoder knows none of them.
        """
        ...


class Reranks(Protocol):
    """Orders the rows of a request anew, in the client."""

    @property
    def depth(self) -> int:
        """How many of the best rows the reranker is given."""
        ...

    def rerank(
        self, user: str | None, rows: Sequence[Row], blend: Blend
    ) -> Sequence[Row]:
        """The same rows, best first."""
        ...
