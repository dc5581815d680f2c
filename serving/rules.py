"""Rules on the items of a request, on the embedded store."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from basketweave.queries import statements
from basketweave.serving.blend import BoolArray, IntArray
from basketweave.serving.memory import STATEMENTS, Catalogue
from basketweave.serving.request import Request, Where

if TYPE_CHECKING:
    from basketweave.graph.embedded.store import LadybugStore


def allowed(
    store: LadybugStore, where: Where, catalogue: Catalogue
) -> BoolArray | None:
    """Which items (I,) the rules leave; None where there are no rules."""
    if where == Where():
        return None
    keep = np.ones(len(catalogue), bool)

    def only(name: str, **parameters: Any) -> BoolArray:
        rows = store.run(statements(STATEMENTS)[name], parameters)
        mask = np.zeros(len(catalogue), bool)
        mask[rows["item"].to_numpy()] = True
        return mask

    if where.price != (None, None):
        keep &= only("prices", **_bounds(where))
    if where.in_stock:
        keep &= only("stock")
    if where.brands:
        keep &= only("brands", brands=list(where.brands))
    if where.not_brands:
        keep &= ~only("brands", brands=list(where.not_brands))
    if where.categories:
        keep &= only("categories", categories=list(where.categories))
    if where.not_categories:
        keep &= ~only("categories", categories=list(where.not_categories))
    known = [catalogue.position[i] for i in where.exclude if i in catalogue.position]
    keep[known] = False
    return keep


def _bounds(where: Where) -> dict[str, float]:
    """Always numbers: this dialect cannot compare a number with a null parameter."""
    lowest, highest = where.price
    return {
        "lowest": -inf if lowest is None else lowest,
        "highest": inf if highest is None else highest,
    }


def at_most(
    store: LadybugStore,
    request: Request,
    catalogue: Catalogue,
    items: IntArray,
    ranked: npt.NDArray[np.intp],
) -> npt.NDArray[np.intp]:
    """The first k of `ranked` with at most so many of one brand or category."""
    where = request.where
    if where.per_brand is None and where.per_category is None:
        return ranked[: request.k]
    rows = store.run(statements(STATEMENTS)["groups"]).sort("item")
    for column, most in (("brand", where.per_brand), ("category", where.per_category)):
        if most is not None:
            group = rows[column].to_numpy()[items[ranked]]
            ranked = ranked[_places(group) < most]
    return ranked[: request.k]


def _places(groups: npt.NDArray[Any]) -> IntArray:
    """How many of the same group stand before each; -1 for items without one."""
    seen: dict[Any, int] = {}
    out = np.empty(len(groups), np.int64)
    for n, group in enumerate(groups):
        out[n] = -1 if group is None else seen.get(group, 0)
        seen[group] = seen.get(group, 0) + 1
    return out
