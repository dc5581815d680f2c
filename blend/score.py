"""The weighted sum of the parts, and the order it gives:

score(u, i) = sum over parts of  w_part * value_part(u, i)
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from basketweave.blend.parts import Parts
from basketweave.blend.rules import Caps
from basketweave.graph.subgraph import FloatArray, IntArray


def blend(
    parts: Parts, weights: Mapping[str, float], power: float, scaled: bool = True
) -> FloatArray:
    """The score (C,) of each candidate."""
    return summed(contributions(parts, weights, power, scaled), len(parts.item))


def summed(given: Mapping[str, FloatArray], n: int) -> FloatArray:
    """The sum (n,) of the parts' contributions; zeros where there are no parts."""
    return sum(given.values(), np.zeros(n, np.float32))


def contributions(
    parts: Parts, weights: Mapping[str, float], power: float, scaled: bool = True
) -> dict[str, FloatArray]:
    """Each part's contribution (C,) to the score: its weight times its value."""
    return weighed(parts.values(power, scaled), weights)


def weighed(
    values: Mapping[str, FloatArray], weights: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Each part's values (C,) times its weight."""
    return {
        name: np.float32(weights.get(name, 0.0)) * value
        for name, value in values.items()
    }


def best(
    parts: Parts, score: FloatArray, order: IntArray, k: int, caps: Caps | None = None
) -> IntArray:
    """Places of each user's best `k` candidates, best first.

    Equal scores are ranked by `order` (I,). With `caps`, a candidate whose brand or
    category is full is passed over (`Caps.first`).
    """
    ranked = np.lexsort((order[parts.item], -score, parts.user))
    if caps is None:
        place = np.arange(len(ranked)) - np.repeat(parts.starts, parts.sizes)
        return ranked[place < k]
    each = [
        own[caps.first(parts.item[own], k)]
        for own in np.split(ranked, parts.starts[1:])
    ]
    return np.concatenate([*each, np.empty(0, np.int64)]).astype(np.int64)
