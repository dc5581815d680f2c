"""What a person may ask of a recommendation, checked before any query runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from basketweave.errors import UsageError
from basketweave.graph.ids import as_id, as_ids, as_whole
from basketweave.graph.known import Known
from basketweave.moments import until
from basketweave.settings import Settings, checked
from basketweave.shown import shown
from basketweave.suggest import did_you_mean

PARTS = ("repeat", "graph", "gnn", "sequence", "content", "popularity")
MAX_K = 1_000_000


def _ids(values: object) -> tuple[str, ...]:
    return () if values is None else tuple(as_ids(values, "it"))


def _whole(value: object) -> int:
    whole = as_whole(value)
    if whole is None:
        raise ValueError(f"{shown(value)} is no whole number")
    return whole


def _number(value: object) -> float:
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            return float(value)
        except (OverflowError, TypeError):
            raise ValueError(f"{shown(value)} is too large") from None
    raise ValueError(f"{shown(value)} is no number")


def _values(values: object) -> object:
    if isinstance(values, set | frozenset):
        return tuple(values)
    return values if isinstance(values, list | tuple) else (values,)


def _yes(value: object) -> bool:
    if value is None:
        return False
    if type(value).__name__ not in ("bool", "bool_"):
        raise ValueError(f"{shown(value)} is neither True nor False")
    return bool(value)


Id = Annotated[str, checked(as_id)]
"""Ids are text in the store; a client may give the number it has."""
Ids = Annotated[tuple[str, ...], checked(_ids)]
Number = Annotated[float, BeforeValidator(_number)]
AtMost = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=MAX_K)]
Share = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1)]
YesNo = Annotated[bool, BeforeValidator(_yes)]


Value = StrictStr | StrictBool | StrictInt | StrictFloat
Values = Annotated[tuple[Value, ...], BeforeValidator(_values), Field(min_length=1)]
"""Values of a property; one alone stands for a list of one."""
Factor = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1000)]


class Boost(Settings):
    """What the scores of some items are multiplied with; several factors multiply."""

    items: dict[Id, Factor] = Field(default_factory=dict)
    """Item id -> factor."""
    brands: dict[Id, Factor] = Field(default_factory=dict)
    """Brand id -> factor."""
    categories: dict[Id, Factor] = Field(default_factory=dict)
    """Category id -> factor, for all items below it too."""
    attributes: dict[str, dict[str, Factor]] = Field(default_factory=dict)
    """Property -> value, as text -> factor."""


class Where(Settings):
    """Rules on the items: an item that breaks one is never a candidate."""

    categories: Ids = ()
    """Ids of categories to stay in; an item below one of them counts as in it."""
    not_categories: Ids = ()
    """Ids of categories to stay out of, with all below them."""
    brands: Ids = ()
    """Ids of brands to stay with."""
    not_brands: Ids = ()
    """Ids of brands to leave out."""
    exclude: Ids = ()
    """Item ids never to offer; unknown ones do no harm."""
    price: tuple[Number | None, Number | None] = (None, None)
    """(lowest, highest), either may be None; an item without a price is in no range."""
    in_stock: YesNo = False
    """Only items whose property `inStock` is true."""
    per_brand: AtMost | None = None
    """At most so many items of one brand, counted down the ranking; items without a
    brand are not bounded."""
    per_category: AtMost | None = None
    """The same of one category."""

    attributes: dict[str, Values] = Field(default_factory=dict)
    """Property of items -> values of which an item has to have one; of a property that
    is a list, one in it."""
    boost: Boost | None = None
    """What the scores of some items are multiplied with, after the parts are summed."""
    pinned: dict[Annotated[int, Field(ge=1, le=MAX_K)], Id] = Field(
        default_factory=dict
    )
    """Place, from 1 -> the item that stands there whatever its score, and whatever the
    other rules and `known` say."""

    @classmethod
    def given(cls, where: Where | Mapping[str, Any] | None) -> Where:
        """The rules that a client gave, as a `Where`; None gives no rules.

        Raises `UsageError` for anything else, or for a rule that cannot be used.
        """
        if where is None:
            return ANYTHING
        if isinstance(where, Where):
            return where
        if not isinstance(where, Mapping):
            raise UsageError(
                f"where must be a mapping such as {{'brands': ['A']}}, not {shown(where)}."
            )
        return cls(**{str(name): rule for name, rule in where.items()})

    @field_validator("price", mode="before")
    @classmethod
    def _range(cls, price: object) -> object:
        return (None, None) if price is None else price

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        lowest, highest = (
            (-math.inf if self.price[0] is None else self.price[0]),
            (math.inf if self.price[1] is None else self.price[1]),
        )
        if not lowest <= highest:  # false for NaN too
            raise ValueError(f"no price is between {lowest} and {highest}")
        twice = len({*self.pinned.values()}) < len(self.pinned)
        if twice or {*self.pinned.values()} & {*self.exclude}:
            raise ValueError("an item is pinned twice, or pinned and excluded")
        return self


ANYTHING = Where()
"""No rules."""


class Request(Settings):
    """One request for recommendations."""

    user: Id | None
    """The person's id; None where only a session is known."""
    k: AtMost = 10
    """How many items, from 1."""
    known: Known = "new"
    """`new`: only items the user has not bought, `again`: only those bought before,
    `any`: both."""
    weights: dict[str, Number] | None = None
    """Part -> weight, not negative; None: those published with the blend."""
    blend: str | None = None
    """A published blend, such as `blend_new@3`; None: the one that is live."""
    where: Where = ANYTHING
    """Rules that every item must keep."""
    as_of: Annotated[int | None, checked(until)] = None
    """A Unix second, a date (all of it) or a time: events after it do not count (None:
    all count)."""
    diversity: Share = 0.0
    """From 0 to 1: how much an item's likeness to those above it counts against it."""
    explore: Share = 0.0
    """Share of the places for new and little-shown items."""
    seed: str | None = None
    """What explored places are drawn with; None: the user and the day."""
    only: Id | None = None
    """An item that is a candidate whatever leads to it; its row alone comes back, as it
    is among the candidates of such a request."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.weights is not None and self.blend is not None:
            raise ValueError("give weights or a blend, which has its own")
        return self

    @field_validator("weights", mode="before")
    @classmethod
    def _mapped(cls, weights: object) -> object:
        if weights is not None and not isinstance(weights, Mapping):
            raise ValueError(
                f"give part -> weight, such as {{'graph': 1}}, not {shown(weights)}"
            )
        return None if weights is None else dict(weights)

    @field_validator("weights")
    @classmethod
    def _usable(cls, weights: dict[str, float] | None) -> dict[str, float] | None:
        if weights is None:
            return None
        for part, weight in weights.items():
            if part not in PARTS:
                meant = did_you_mean(part, PARTS)
                raise ValueError(
                    f"{part!r} is not a part.{meant} Use {', '.join(PARTS)}"
                )
            if not 0 <= weight < float("inf"):
                raise ValueError(f"the weight of {part!r} must be finite and >= 0")
        if not any(weight > 0 for weight in weights.values()):
            raise ValueError("at least one weight must be above 0")
        return weights
