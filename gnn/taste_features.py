"""The features of all nodes: their place among the tastes of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from basketweave.gnn.spectrum import Spectrum, rotation, spectrum
from basketweave.graph.interactions import Interactions
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import unit
from basketweave.moments import DAY

WINDOWS = (7, 28, 56, 91, 364)
"""Days over which an item's buyers are counted."""

HALF_LIFE = 90
"""Days after which a buyer counts half; 30 is as good on the Complete Journey."""


@dataclass(frozen=True)
class TasteFeatures:
    """Positions of all nodes in the space of users' tastes, r directions.

    users (U, r)       unit rows
    items (I, K, r)    by its buyers, then by the other members
                       of its categories, of these and all above them, of its brand
    groups             node type -> (n, r), the unit sums of the members
    popularity (I, W)  log(1 + buyers in each of WINDOWS)
    basis (I, r)       the directions in terms of items
    fold (I, r)        from the log(1 + times bought) of anybody to where `users` has them
    """

    users: FloatArray
    items: FloatArray
    groups: Mapping[str, FloatArray]
    popularity: FloatArray
    basis: FloatArray
    fold: FloatArray


def taste_features(
    pairs: Interactions,
    members: Mapping[str, sp.csr_array],
    rank: int,
    shrink: float,
    reference: FloatArray | None,
) -> TasteFeatures:
    """Features of the nodes that `pairs` connect, in the directions of `reference`.

    members     name -> (I, n): which categories, brands an item belongs to
    reference   (I, r) the `basis` to turn to, so that a direction means the same at
                another time; 0 for an item that it does not know
    """
    found = directions(pairs, rank)
    turn = np.eye(rank, dtype=np.float32)
    if reference is not None:
        turn = rotation(found.items, reference)
    tastes = found.users @ turn
    bought = unit(pairs.matrix(pairs.fresh(HALF_LIFE)).T @ tastes)
    groups = {name: unit(of.T @ bought) for name, of in members.items()}
    gain = found.gain(shrink) / np.maximum(found.values, 1e-9)
    parts = [bought, *(unit(of @ groups[name]) for name, of in members.items())]
    return TasteFeatures(
        users=unit((found.users * found.gain(shrink)) @ turn),
        items=np.stack(parts, axis=1),
        groups=groups,
        popularity=_popularity(pairs),
        basis=found.items @ turn,
        fold=((found.items * gain) @ turn).astype(np.float32),
    )


def directions(pairs: Interactions, rank: int) -> Spectrum:
    """The leading directions of log(1 + times bought), rows scaled by D_u^-½."""
    return spectrum(pairs, np.log1p(pairs.count).astype(np.float32), rank, 0.5, 0)


def _popularity(pairs: Interactions) -> FloatArray:
    age = pairs.now - pairs.last
    buyers = [
        np.bincount(pairs.item[age < days * DAY], minlength=pairs.shape[1])
        for days in WINDOWS
    ]
    return np.log1p(np.stack(buyers, axis=1)).astype(np.float32)
