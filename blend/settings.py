"""The constants of the blend, as they stand on its `(:Model)` node."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import Field

from basketweave.blend.request import PARTS
from basketweave.errors import UsageError
from basketweave.graph.kinds import Kinds
from basketweave.graph.known import Known
from basketweave.graph.schema import EVENT_KINDS
from basketweave.moments import DAY
from basketweave.settings import Settings


class BlendSettings(Settings):
    """How the parts are computed; times are in the unit of the events."""

    former = MappingProxyType(
        {
            "fast": "fast_half_life",
            "middle": "middle_half_life",
            "slow": "slow_half_life",
            "rest": "repeat_rest",
            "history": "walk_starts",
            "together": "co_purchased",
            "follows": "followed_by",
            "walked": "walk_candidates",
            "neighbours": "vector_candidates",
            "popular": "popular_candidates",
        }
    )
    fast_half_life: float = Field(default=20.0 * DAY, gt=0)
    """First half-life of a purchase in `repeat`, in groceries 20 days: what is bought
    now."""
    middle_half_life: float = Field(default=80.0 * DAY, gt=0)
    """Second half-life, in groceries 80 days: what is bought habitually."""
    slow_half_life: float = Field(default=320.0 * DAY, gt=0)
    """Third half-life, in groceries 320 days: what was ever bought."""
    repeat_rest: float = Field(default=7.0 * DAY, gt=0)
    """`repeat` falls with the time since the last purchase over the usual gap plus
    `repeat_rest`: not yet used up, or given up."""
    walk_half_life: float = Field(default=90.0 * DAY, gt=0)
    """Half-life of an item's last purchase as a starting point of the walk."""
    walk_starts: int = Field(default=100, ge=1)
    """How many of the latest items the walk starts from."""
    co_purchased: float = Field(default=1.0, ge=0)
    """Share of CO_PURCHASED in the walk."""
    followed_by: float = Field(default=1.0, ge=0)
    """Share of FOLLOWED_BY in the walk."""
    walk_candidates: int = Field(default=150, ge=1)
    """Candidates taken from the walk; more of any kind cost time and gain nothing on
    the Complete Journey (docs/blend.md)."""
    vector_candidates: int = Field(default=100, ge=1)
    """Candidates taken from each part that has vectors."""
    popular_candidates: int = Field(default=100, ge=0)
    """Candidates taken from the most popular items."""
    scaled: bool = True
    """Whether a part counts relative to the request's largest, or as it is."""
    power: float = Field(default=1.0, gt=0, le=1)
    """Each normalised part is raised to it before weighting: near 0 the sum acts as a
    product, so that one weak part is a veto."""
    purchased: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What a purchase counts in `repeat` and as a start; None: as the data set says."""
    viewed: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What a view counts there."""
    added_to_cart: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What an item put into the cart counts there."""
    rated: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What a rating counts there."""

    @property
    def kind_weights(self) -> dict[str, float]:
        """Kind -> what an event of it counts, for those of which that is set here."""
        given = {kind: getattr(self, kind.lower()) for kind in EVENT_KINDS}
        return {kind: weight for kind, weight in given.items() if weight is not None}

    def counts(self, kinds: Kinds) -> Kinds:
        """How the kinds of events count under these settings."""
        own = self.kind_weights
        return kinds.weighed(own) if own else kinds

    def without_walk(self) -> BlendSettings:
        """The same without a walk. Where only what is popular or was had before counts,
        its candidates come last, and the relationships need not be read."""
        return self.model_copy(update={"co_purchased": 0.0, "followed_by": 0.0})

    def properties(self) -> dict[str, float]:
        """The settings by their names on the `(:Model)` node: `walkHalfLife`."""
        found = self.model_dump(exclude_none=True)
        return {camel(name): float(value) for name, value in found.items()}

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> BlendSettings:
        """The settings on a `(:Model)` node; a missing one has its default."""
        names = {**cls.former, **{camel(name): name for name in cls.model_fields}}
        return cls(**{names[n]: v for n, v in properties.items() if n in names})


DEFAULT_WEIGHTS: Mapping[Known, Mapping[str, float]] = {
    "any": {"repeat": 0.5, "graph": 0.3, "popularity": 0.2},
    "again": {"repeat": 1.0},
    "new": {"graph": 0.7, "popularity": 0.3},
}
"""What is used while no blend has been learned and published."""

SESSION_WEIGHTS: Mapping[str, float] = {"sequence": 0.7, "graph": 0.3}
"""The same for a session that an encoder reads."""


def complete(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights of all parts, in their order, scaled to sum to 1.

    Raises `UsageError` where none is above 0.

    >>> complete({"graph": 3, "popularity": 1})["graph"]
    0.75
    """
    usable = {p: w for p, w in weights.items() if p in PARTS and 0 < w < float("inf")}
    if not usable:
        raise UsageError(
            "No weight is above 0, so nothing can be ranked. Give weights with the "
            "request, or learn and publish them: basketweave blend"
        )
    # Divided first by the largest: the sum of weights of 1e308 is no number.
    largest = max(usable.values())
    shares = {part: usable.get(part, 0.0) / largest for part in PARTS}
    total = sum(shares.values())
    return {part: share / total for part, share in shares.items()}


def camel(name: str) -> str:
    """A setting's name as Cypher writes it.

    >>> camel("walk_half_life")
    'walkHalfLife'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
