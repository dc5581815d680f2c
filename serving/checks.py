"""The client checks the names in a request, once for both stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from basketweave.blend.parts import VECTOR_PARTS
from basketweave.blend.request import ANYTHING, Boost, Where
from basketweave.blend.rules import properties
from basketweave.errors import NotFoundError, UsageError
from basketweave.serving.snapshot import Names, Snapshot
from basketweave.serving.standing import Standing
from basketweave.shown import shown
from basketweave.suggest import did_you_mean

TRAINED_BY = {"gnn": "filter", "sequence": "sasrec", "content": "attributes"}
"""An encoder of each part, as `basketweave train` calls it."""


def names_a_store(where: Where) -> bool:
    """Whether rules name something that a store may lack."""
    return (
        where is not ANYTHING
        and where.model_copy(update={"exclude": (), "pinned": {}}) != ANYTHING
    )


def check_rules(where: Where, names: Names) -> None:
    """Raise `NotFoundError` for a category, brand or attribute that the store does not
    have, and `UsageError` for a rule on a price or stock that no item has."""
    boost = where.boost or Boost()
    categories = (*where.categories, *where.not_categories, *boost.categories)
    _require("category", categories, names.categories)
    brands = (*where.brands, *where.not_brands, *boost.brands)
    _require("brand", brands, names.brands)
    _require("attribute of items", properties(where), names.properties)
    if where.price != (None, None) and not names.has_price:
        raise UsageError(
            "No item has a price, so there is no price range to keep to. Load items "
            "with a numeric column 'price', or leave that rule out."
        )
    if where.in_stock and not names.has_stock:
        raise UsageError(
            "Of no item it is said whether it is in stock. Load items with a column "
            "'inStock' of true and false, or leave that rule out."
        )


def check_pinned(where: Where, now: Snapshot) -> None:
    """Raise `NotFoundError` for a pinned item that the store does not have."""
    if where.pinned:
        there = now.stored(where.pinned.values())
        for item in where.pinned.values():
            if item not in there:
                raise NotFoundError(
                    f"The store has no item {shown(item)} to be pinned."
                )


def check_parts(weights: Mapping[str, float] | None, standing: Standing) -> None:
    """Raise `NotFoundError` where a part has a weight and no published vectors."""
    live = standing.encoders()
    for part in VECTOR_PARTS:
        if (weights or {}).get(part, 0) > 0 and part not in live:
            there = ", ".join(f"{p} ({key})" for p, key in sorted(live.items()))
            raise NotFoundError(
                f"No vectors are published for the part '{part}', so a weight on it "
                f"means nothing. Published are: {there or 'none'}. Publish some: "
                f"basketweave train {TRAINED_BY[part]} --publish"
            )


def _require(kind: str, asked: Collection[str], there: Collection[str]) -> None:
    for name in asked:
        if name not in there:
            meant = did_you_mean(name, sorted(there), 3)
            raise NotFoundError(f"The store has no {kind} {shown(name)}.{meant}")
