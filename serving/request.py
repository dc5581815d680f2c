"""What a person may ask of a recommendation, checked before any query runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from basketweave.errors import UsageError
from basketweave.moments import until

Known = Literal["new", "again", "any"]
Weights = Mapping[str, float]

PARTS = ("repeat", "graph", "gnn", "sequence", "content", "popularity")
MAX_ID = 100_000
MAX_K = 1_000_000


def _as_text(value: object) -> object:
    """Ids are strings in the store; a client may give the number it has."""
    return str(value) if isinstance(value, int) else value


Id = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=MAX_ID)]


class Checked(BaseModel):
    """A frozen model whose faults are told as `UsageError`, one a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Build it, or say what cannot be used and why."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise UsageError(_told(error)) from None


class Where(Checked):
    """Rules on the items, applied in the query.

    categories, not_categories   ids; an item below one of them counts as in it
    brands, not_brands           ids of brands
    exclude                      item ids never to offer
    price                        (lowest, highest), either may be None
    in_stock                     only items whose property `inStock` is true
    per_brand, per_category      at most so many items of one brand / category
    """

    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    brands: tuple[Id, ...] = ()
    not_brands: tuple[Id, ...] = ()
    exclude: tuple[Id, ...] = ()
    price: tuple[float | None, float | None] = (None, None)
    in_stock: bool = False
    per_brand: int | None = Field(default=None, ge=1)
    per_category: int | None = Field(default=None, ge=1)


class Request(Checked):
    """One request for recommendations.

    k            how many items, from 1
    known        `new`: only items the user has not bought, `again`: only those
                 bought before, `any`: both
    weights      part -> weight, not negative; None: those published with the blend
    as_of        a Unix second, a date (all of it) or a time: events after it do not
                 count (None: all count)
    """

    user: Id | None
    k: int = Field(default=10, ge=1, le=MAX_K)
    known: Known = "new"
    weights: dict[str, float] | None = None
    where: Where = Where()
    as_of: Annotated[int | None, BeforeValidator(until)] = None

    @field_validator("weights")
    @classmethod
    def _usable(cls, weights: dict[str, float] | None) -> dict[str, float] | None:
        if weights is None:
            return None
        for part, weight in weights.items():
            if part not in PARTS:
                raise ValueError(f"{part!r} is not a part; use {', '.join(PARTS)}")
            if not 0 <= weight < float("inf"):
                raise ValueError(f"the weight of {part!r} must be finite and >= 0")
        if not sum(weights.values()) > 0:
            raise ValueError("at least one weight must be above 0")
        return weights


def _told(error: ValidationError) -> str:
    lines = [
        f"{'.'.join(map(str, fault['loc'])) or 'request'}: "
        + fault["msg"].removeprefix("Value error, ")
        for fault in error.errors(include_input=False, include_url=False)
    ]
    return "This cannot be asked: " + "; ".join(lines) + "."
