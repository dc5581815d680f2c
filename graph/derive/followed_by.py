"""FOLLOWED_BY: items bought later by the same user, decayed by the gap."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.graph.derive.baskets import Baskets, baskets
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


def followed_by(
    events: Events, n_items: int, config: FollowedBy | None = None
) -> Edges:
    """The relationships, with `support` (decayed count of the pairs) and `weight`."""
    config = config or FollowedBy()
    held = baskets(events, n_items)
    gaps = _gaps(held, config)
    later = _later(held, gaps, config.decay)
    # later purchases after each one, and `backward` of them the other way round
    left = sp.hstack([held.items.T, config.backward * later.T], format="csr")
    right = sp.vstack([later, held.items], format="csr")
    product = Product(sp.csr_array(left), sp.csr_array(right))
    out, into = product.sums()
    index, total, weight = product.strongest(
        power(out, -config.row_power), power(into, -config.column_power), config.top_k
    )
    support = np.ceil(total - 1e-4).astype(np.int64)
    return Edges(index, {"support": support, "weight": weight})


def _gaps(held: Baskets, config: FollowedBy) -> int:
    """The gaps that `max_pairs` allows, at least 1."""
    size = np.diff(held.items.indptr)
    total, gap = 0, 0
    while gap < config.max_gap:
        earlier, later = _apart(held.user, gap + 1)
        pairs = int(size[earlier] @ size[later])
        total += pairs
        if pairs == 0 or (total > config.max_pairs and gap >= 1):
            break
        gap += 1
    return max(gap, 1)


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
