"""`Encoder`: what every model here is, and what its config can tell it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from pydantic import Field

from basketweave.errors import UsageError
from basketweave.graph.ball import ball
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import ModelCard, Vectors, unit
from basketweave.settings import Settings

Vocabulary = Mapping[str, Sequence[str]]
"""Node type -> the ids that have parameters of their own, in the order of the rows."""

People = Callable[[Subgraph], FloatArray]
"""Gives the users of a subgraph their unit vectors (U, d)."""

LIBRARIES = ("basketweave", "torch", "torch_geometric", "numpy", "scipy")


class EncoderConfig(Settings, allow_inf_nan=False):
    """The settings that every encoder has."""

    model: ClassVar[str]
    streams: ClassVar[bool] = False
    """Whether it can learn from events that are read through once an epoch (`Passes`)."""
    encodes_others: ClassVar[bool] = False
    """Whether it has vectors for people with whom it was not trained."""
    name: str
    """Name under which its vectors are published."""
    kind: str = PURCHASED
    """The event kind it learns from and predicts."""
    dim: int = Field(64, ge=2, le=65_536)
    """Width of the published vectors."""
    norms: bool = True
    """Keep item norms, which know popularity: they take one of the `dim` dimensions
    (see `ball`); otherwise items are scaled to length 1."""

    @property
    def width(self) -> int:
        """The width of the vectors before norms become a dimension."""
        return self.dim - self.norms

    @property
    def item_properties(self) -> tuple[str, ...]:
        """The item properties it reads: `store.export(items=…)` brings them along."""
        return ()

    def check_encodes_others(self) -> None:
        """Raise `UsageError` where people must have been trained with."""
        if not self.encodes_others:
            raise UsageError(
                f"'{self.name}' has vectors of those people alone that it was "
                "trained with. For all others: sasrec, gru4rec, gat, gcn, attributes."
            )

    def build(self, subgraph: Subgraph) -> Encoder:
        """The model that this configures, which knows the ids of `subgraph`."""
        return self.restore(vocabulary(subgraph))

    def restore(self, ids: Vocabulary) -> Encoder:
        """The model that this configures, with embeddings for these ids: for parameters
        read from a file."""
        raise NotImplementedError


class Encoder(ABC):
    """Turns a subgraph into unit vectors whose cosine is the model's score.

    It knows ids, not positions, so it also encodes subgraphs that hold other users
    and items than the one it was built for.
    """

    config: EncoderConfig
    ids: Vocabulary = MappingProxyType({})
    reads: ClassVar[bool] = False
    """Whether a person's vector is made of what they had alone, so that one who had
    more since has a new one without any training."""

    def people(self, learnt: Subgraph) -> People:
        """What encodes other people, in subgraphs with their events and the same items.

        learnt  what it was trained on, beside whose items their vectors stand

        Raises `UsageError` where the config does not say `encodes_others`.
        """
        self.config.check_encodes_others()
        raise NotImplementedError

    def beside_items(self, users: FloatArray) -> FloatArray:
        """Directions of users (U, w) as unit vectors (U, d) beside published items."""
        return ball(users, users[:0])[0] if self.config.norms else unit(users)

    @abstractmethod
    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        """Vectors of all users (U, w) and items (I, w), of any length."""

    def encode(
        self,
        subgraph: Subgraph,
        *,
        seed: int | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Vectors:
        """Unit vectors of all users and items of `subgraph`, with their card.

        A user of whom nothing is known gets the mean direction of all users; an
        item of which nothing is known is put where it ranks after the others.
        """
        users, items = self.arrays(subgraph)
        users = _direction(users)
        everyone = unit(users.mean(axis=0, keepdims=True, dtype=np.float64))[0]
        everyone = everyone if everyone.any() else _axis(users.shape[1])
        users = np.where(users.any(axis=1, keepdims=True), users, everyone)
        directions = _direction(items)
        bare = np.asarray(~directions.any(axis=1))
        if self.config.norms:
            users, items = ball(users, items)
        else:
            items = np.where(bare[:, None], -everyone, directions)
        card = ModelCard(
            name=self.config.name,
            as_of=_end(subgraph),
            seed=seed,
            recipe={"model": self.config.model, **self.config.model_dump()},
            metrics=metrics or {},
            libraries={name: version(name) for name in LIBRARIES},
        )
        ids = subgraph.ids
        return Vectors(
            card, ids[USER], ids[ITEM], users, items, bare=bare if bare.any() else None
        )


def _end(subgraph: Subgraph) -> int | None:
    """Up to when a subgraph knows events: its bound, or else the last of them."""
    if subgraph.as_of is not None:
        return subgraph.as_of
    ends = [int(e.time.max()) for e in subgraph.events.values() if len(e)]
    return max(ends, default=None)


def vocabulary(subgraph: Subgraph) -> Vocabulary:
    """The ids of all nodes of a subgraph, by node type, in the order of positions."""
    return {label: ids.to_list() for label, ids in subgraph.ids.items()}


def _direction(rows: FloatArray) -> FloatArray:
    """Rows at length 1; zeros where a row is nothing but rounding (1e-6 of the
    longest), as a linear solver leaves it for a node of which it knows nothing."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return unit(np.where(length > 1e-6 * length.max(initial=0), rows, 0))


def _axis(width: int) -> FloatArray:
    """The first unit vector (width,)."""
    return np.eye(1, width, dtype=np.float32)[0]
