"""What is derived from events: CO_PURCHASED, FOLLOWED_BY, popularity and rebuys."""

from basketweave.graph.derive.co_purchased import CoPurchased, co_purchased
from basketweave.graph.derive.derive import (
    DeriveConfig,
    Derived,
    DeriveSummary,
    derive,
    derived,
    write,
)
from basketweave.graph.derive.followed_by import FollowedBy, followed_by
from basketweave.graph.derive.followed_by_baskets import (
    FollowedByBaskets,
    followed_by_baskets,
)
from basketweave.graph.derive.popularity import popularity
from basketweave.graph.derive.rebuy import rebuy

__all__ = [
    "CoPurchased",
    "DeriveConfig",
    "DeriveSummary",
    "Derived",
    "FollowedBy",
    "FollowedByBaskets",
    "co_purchased",
    "derive",
    "derived",
    "followed_by",
    "followed_by_baskets",
    "popularity",
    "rebuy",
    "write",
]
