"""What serves a request: one implementation for each database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from basketweave.serving.recommendation import Step
from basketweave.serving.request import Request
from basketweave.serving.settings import BlendSettings


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
        self, request: Request, blend: Blend, session: Sequence[Started] = ()
    ) -> list[Row] | None:
        """The best rows; None where the store has no such user."""
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
