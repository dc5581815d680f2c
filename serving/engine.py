"""What serves a request: one implementation for each database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from basketweave.errors import NotFoundError
from basketweave.graph.store import Dataset, GraphStore
from basketweave.graph.vectors import FloatArray, ModelCard
from basketweave.serving.recommendation import Step
from basketweave.serving.request import Request
from basketweave.serving.settings import BlendSettings

NONE: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True)
class Started:
    """An item that a session starts from, and how much it counts."""

    item: str
    weight: float = 1.0


@dataclass(frozen=True)
class Blend:
    """Weights and constants with which a request is answered."""

    weights: Mapping[str, float]
    settings: BlendSettings


@dataclass(frozen=True)
class Row:
    """One ranked item with its parts: name -> (raw, value from 0 to 1)."""

    item: str
    title: str | None
    score: float
    parts: Mapping[str, tuple[float, float]]
    path: tuple[Step, ...]


class Engine(Protocol):
    """Ranks items for a request, in the database that holds the graph."""

    def rank(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[Started] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows; None where the store has no such user.

        `vectors` hold, for some parts, the vector (d,) to compare items with.
        """
        ...


def held(store: GraphStore) -> Dataset:
    """What the store holds; raises `NotFoundError` where that is nothing."""
    dataset = store.dataset()
    if dataset is None:
        raise NotFoundError(
            "The store is empty. Load some data: basketweave load complete_journey"
        )
    return dataset


def derived(store: GraphStore) -> Dataset:
    """The same; raises `NotFoundError` too where nothing is derived from it."""
    dataset = held(store)
    if not dataset.derived:
        raise NotFoundError(
            "Nothing is derived from the events yet. Do it: basketweave derive "
            f"--store {store.uri}"
        )
    return dataset


class ReadsSessions(Protocol):
    """Makes a vector of the items of a session: a sequence encoder, ready to serve."""

    @property
    def card(self) -> ModelCard:
        """What is published of the same training."""
        ...

    def vector(self, items: Sequence[str]) -> FloatArray | None:
        """A unit vector (d,) after items, the newest last; None: it knows none."""
        ...


class Reranks(Protocol):
    """Orders the rows of a request anew, in the client."""

    @property
    def depth(self) -> int:
        """How many rows it wants to see."""
        ...

    def rerank(
        self, user: str | None, rows: Sequence[Row], blend: Blend
    ) -> Sequence[Row]:
        """The same rows, best first."""
        ...
