"""What was counted of one kind of relationship: additive over shards of whole users."""

from __future__ import annotations

from dataclasses import dataclass

from basketweave.graph.derive.rows import Product, Sums


@dataclass(frozen=True)
class Counted:
    """Sums of pairs of items, and what their weights are divided by.

    product            whose entries are the pairs' sums; it is never held whole
    out (I,), into (I,)  what the powers are taken of, for the first and the second item
    groups             baskets or users in which pairs were counted

    Each is a sum over users, so that what was counted in several shards of whole users
    can be added. Powers, lift and the strongest of each item come after that.
    """

    product: Product
    out: Sums
    into: Sums
    groups: int = 0
