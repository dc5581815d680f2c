"""FOLLOWED_BY: items bought later by the same user, decayed by the gap."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.graph.derive.baskets import Baskets, baskets
from basketweave.graph.derive.counted import Counted
from basketweave.graph.derive.rows import Product, power
from basketweave.graph.subgraph import Edges, Events, IntArray
from basketweave.settings import Settings


class FollowedBy(Settings):
    """How FOLLOWED_BY is derived; the defaults were chosen on validation.

    A gap is counted in baskets: the user's next basket has gap 1. On data whose
    baskets are single items that is the gap in the sequence.
    """

    max_gap: int = Field(50, ge=1)
    """Gaps looked at; fewer where that would count over `max_pairs`."""
    decay: float = Field(0.9, gt=0, le=1)
    """A pair at gap g counts decay^(g-1)."""
    backward: float = Field(0.5, ge=0, le=1)
    """Share of a pair that also counts from the later to the earlier."""
    row_power: float = Field(0.5, ge=0, le=1)
    """Power of the row's sum in
    weight = sum / (row sum)^row_power / (column sum)^column_power."""
    column_power: float = Field(0.2, ge=0, le=1)
    """The power of the column's sum there."""
    top_k: int = Field(50, ge=1)
    """Relationships kept for each item."""
    max_pairs: int = Field(25_000_000, ge=1)
    """Bound on the work: pairs of (earlier, later) purchases."""


class Weighed(Protocol):
    """What both ways of FOLLOWED_BY are weighed by."""

    @property
    def row_power(self) -> float:
        """Power of a row's sum in the weight."""
        ...

    @property
    def column_power(self) -> float:
        """Power of a column's sum there."""
        ...

    @property
    def top_k(self) -> int:
        """Relationships kept for each item."""
        ...


def followed_by(
    events: Events, n_items: int, config: FollowedBy | None = None
) -> Edges:
    """The relationships, with `support` (decayed count of the pairs) and `weight`."""
    config = config or FollowedBy()
    held = baskets(events, n_items)
    gaps = gaps_within(pairs_by_gap(held, config), config.max_pairs)
    return strongest_followers(count_followers(held, gaps, config), config)


def count_followers(held: Baskets, gaps: int, config: FollowedBy) -> Counted:
    """How often each item came after each, looking `gaps` baskets far."""
    later = _later(held, gaps, config.decay)
    # later purchases after each one, and `backward` of them the other way round
    left = sp.hstack([held.items.T, config.backward * later.T], format="csr")
    right = sp.vstack([later, held.items], format="csr")
    product = Product(sp.csr_array(left), sp.csr_array(right))
    return Counted(product, *product.sums())


def strongest_followers(
    counted: Counted, config: Weighed, *, sources: IntArray | None = None
) -> Edges:
    """The relationships that follow from what was counted, in either way."""
    index, total, weight = counted.product.strongest(
        power(counted.out, -config.row_power),
        power(counted.into, -config.column_power),
        config.top_k,
        sources=sources,
    )
    support = np.ceil(total - 1e-4).astype(np.int64)
    return Edges(index, {"support": support, "weight": weight})


def pairs_by_gap(held: Baskets, config: FollowedBy) -> IntArray:
    """Pairs of an earlier and a later purchase at each gap (max_gap,), from 1 on.

    Gaps after the one with which they are more than `max_pairs` stay 0.
    """
    size = np.diff(held.items.indptr).astype(np.int64)
    pairs = np.zeros(config.max_gap, np.int64)
    for gap in range(config.max_gap):
        earlier, later = _apart(held.user, gap + 1)
        pairs[gap] = size[earlier] @ size[later]
        if pairs[gap] == 0 or pairs.sum() > config.max_pairs:
            break
    return pairs


def gaps_within(pairs: IntArray, most: int) -> int:
    """The gaps that `most` pairs allow, at least 1."""
    within = (pairs > 0) & (np.cumsum(pairs) <= most)
    return max(int(np.cumprod(within).sum()), 1)


def _apart(user: IntArray, gap: int) -> tuple[IntArray, IntArray]:
    """Positions of the baskets of one user that lie `gap` baskets apart."""
    earlier = np.flatnonzero(user[:-gap] == user[gap:])
    return earlier, earlier + gap


def _later(held: Baskets, gaps: int, decay: float) -> sp.csr_array:
    """What follows each basket: (B, I), the decayed sum of the next `gaps` ones."""
    n = held.items.shape[0]
    pairs = [_apart(held.user, gap) for gap in range(1, gaps + 1)]
    earlier, later = (np.concatenate(side) for side in zip(*pairs, strict=True))
    weight = decay ** (np.repeat(np.arange(gaps), [len(e) for e, _ in pairs]))
    weights = weight.astype(np.float32)
    shift = sp.coo_array((weights, (earlier, later)), shape=(n, n)).tocsr()
    return shift @ held.items
