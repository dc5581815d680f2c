"""How events of each kind count: their weight, what they make known, the target."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from basketweave.errors import UsageError
from basketweave.graph.schema import (
    ADDED_TO_CART,
    EVENT_KINDS,
    PURCHASED,
    RATED,
    VIEWED,
    check_kind,
)

WEIGHTS: Mapping[str, float] = {
    PURCHASED: 1.0,
    VIEWED: 0.1,
    ADDED_TO_CART: 0.3,
    RATED: 1.0,
}
"""What an event of each kind counts where nothing else is set."""

TARGETS = (PURCHASED, RATED, ADDED_TO_CART, VIEWED)
"""The first of these that there is, is what is predicted where nothing else is set."""


@dataclass(frozen=True)
class Kinds:
    """How the event kinds of a data set count.

    weights   kind -> how much one event of it counts; 0: not at all
    known     the kinds that make an item known to a person: it is then no `new` one
    target    the kind that is predicted

    Raises `UsageError` where a kind makes known and counts nothing, or is the target
    and makes nothing known. Raises `SchemaError` for an unknown kind.
    """

    weights: Mapping[str, float]
    known: tuple[str, ...]
    target: str

    def __post_init__(self) -> None:
        named = (*self.weights, *self.known, self.target)
        for kind in named:
            check_kind(kind)
        for kind, weight in self.weights.items():
            if not 0 <= weight < math.inf:
                raise UsageError(f"The weight of {kind} must be finite and >= 0.")
        nothing = [kind for kind in self.known if not self.weights.get(kind)]
        if nothing:
            raise UsageError(
                f"{nothing[0]} makes an item known, so it needs a weight above 0."
            )
        if self.target not in self.known:
            raise UsageError(f"{self.target} is the target, so it makes an item known.")

    def alike(self, kinds: Iterable[str]) -> bool:
        """Whether it is all one of which of these kinds an event is: each makes known,
        and all weigh the same."""
        some = set(kinds)
        return len({self.weights[k] for k in some}) < 2 and some <= set(self.known)

    def weighed(self, weights: Mapping[str, float]) -> Kinds:
        """These, with other weights for some of the kinds.

        A kind that makes known keeps its weight where the new one is 0.
        """
        usable = {k: w for k, w in weights.items() if w > 0 or k not in self.known}
        return replace(self, weights={**self.weights, **usable})


def counting(stated: Kinds | None, present: Collection[str]) -> Kinds:
    """How the kinds of a data set count: as it was stated, or else by default.

    present   the kinds of which there are events

    By default what is predicted is PURCHASED, or the first of `TARGETS` that there is.
    That kind, PURCHASED and RATED make an item known. A view does not.

    >>> counting(None, ["PURCHASED", "VIEWED"]).known
    ('PURCHASED', 'RATED')
    >>> counting(None, ["VIEWED"]).target
    'VIEWED'
    """
    if stated is not None:
        return stated
    target = next((kind for kind in TARGETS if kind in present), PURCHASED)
    known = tuple(k for k in EVENT_KINDS if k in (PURCHASED, RATED, target))
    return Kinds({**WEIGHTS, target: 1.0}, known, target)
