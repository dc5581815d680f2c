"""CO_PURCHASED: items that are in the same baskets, or that the same users bought."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from basketweave.graph.derive.baskets import baskets, in_baskets
from basketweave.graph.derive.counted import Counted
from basketweave.graph.derive.rows import Product, power
from basketweave.graph.subgraph import Edges, Events, IntArray
from basketweave.settings import Settings


class CoPurchased(Settings):
    """How CO_PURCHASED is derived."""

    within: Literal["auto", "basket", "user"] = "auto"
    """What two items must share: a `basket`, a `user`, or `auto`: the basket where
    baskets hold 1.5 items or more on average."""
    min_support: int = Field(2, ge=1)
    """Baskets (or users) that must hold both."""
    top_k: int = Field(50, ge=1)
    """Relationships kept for each item."""
    row_power: float = Field(0.5, ge=0, le=1)
    """Power of s_i in weight = support / s_i^row_power / s_j^column_power; .5 and .5
    is the cosine of item-kNN (Sarwar et al. 2001)."""
    column_power: float = Field(0.5, ge=0, le=1)
    """The power of s_j there."""
    shrink: float = Field(0, ge=0)
    """Added to that divisor: what rests on few counts less, as in item-kNN (Ferrari
    Dacrema et al. 2019, eq. 1)."""


def co_purchased(
    events: Events,
    n_items: int,
    config: CoPurchased | None = None,
    *,
    sources: IntArray | None = None,
) -> Edges:
    """The relationships, with columns `support`, `lift` and `weight`.

    lift = P(i and j) / (P(i) P(j)) over baskets; 1 is what chance gives. Where
    `sources` is given, only relationships from these items are computed. Where some
    events count less, two of weights v and w count (v w)^.5 together, and `min_support`
    is as many of those that count least.
    """
    config = config or CoPurchased()
    by_user = by_users(config, in_baskets(events))
    counts = events if by_user else events.strongest
    least = 1.0 if counts.weight is None else float(counts.weight.min(initial=1))
    return bought_together(
        count_together(counts, n_items, by_user=by_user),
        config,
        sources=sources,
        least=least,
    )


def by_users(config: CoPurchased, together: bool) -> bool:
    """Whether all that a user bought is one basket; `together`: it comes in baskets."""
    return config.within == "user" or (config.within == "auto" and not together)


def count_together(events: Events, n_items: int, *, by_user: bool) -> Counted:
    """In how many baskets (or users) each two items are."""
    held = baskets(events, n_items, by_user=by_user).items
    seen = np.asarray(held.power(2).sum(axis=0, dtype=np.float64)).ravel()
    return Counted(Product(held.T.tocsr(), held), seen, seen, held.shape[0])


def bought_together(
    counted: Counted,
    config: CoPurchased,
    *,
    sources: IntArray | None = None,
    least: float = 1.0,
) -> Edges:
    """The relationships that follow from what was counted.

    least   what one event counts of those that count least
    """
    index, common, weight = counted.product.strongest(
        power(counted.out, -config.row_power),
        power(counted.into, -config.column_power),
        config.top_k,
        at_least=config.min_support * least,
        shrink=config.shrink,
        sources=sources,
    )
    common = np.maximum(np.rint(common), 1)
    lift = common * counted.groups / (counted.out[index[0]] * counted.into[index[1]])
    return Edges(
        index,
        {
            "support": common.astype(np.int64),
            "lift": lift.astype(np.float32),
            "weight": weight,
        },
    )
