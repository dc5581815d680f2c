"""Item-item relationships derived from events: CO_PURCHASED and FOLLOWED_BY."""

from basketweave.graph.derive.co_purchased import CoPurchased, co_purchased
from basketweave.graph.derive.derive import DeriveSummary, derive
from basketweave.graph.derive.followed_by import FollowedBy, followed_by
from basketweave.graph.derive.popularity import popularity

__all__ = [
    "CoPurchased",
    "DeriveSummary",
    "FollowedBy",
    "co_purchased",
    "derive",
    "followed_by",
    "popularity",
]
