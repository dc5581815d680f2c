"""Rules: which items may be offered at all, and how many of one brand or category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from basketweave.blend.catalogue import Catalogue
from basketweave.blend.request import Where
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray

AT_ONCE = 4_096


@dataclass(frozen=True)
class Caps:
    """The most items that one group may have, for several groupings at once.

    groupings   pairs: the group of each item (I,), -1 for none; the most of a group
    """

    groupings: Sequence[tuple[IntArray, int]]

    def first(self, items: IntArray, n: int) -> IntArray:
        """Places in `items` (R,) of the first `n` items that may be taken.

        An item is taken where each of its groups still has room, and only then takes
        up a place in them. An item without a group takes up no place.
        """
        taken: list[int] = []
        counts = [
            np.zeros(group.max(initial=-1) + 2, int) for group, _ in self.groupings
        ]
        for start in range(0, len(items), AT_ONCE):
            for place in self._open(items, start, counts):
                groups = [int(group[items[place]]) for group, _ in self.groupings]
                rooms = zip(groups, counts, self.groupings, strict=True)
                if all(g < 0 or count[g] < most for g, count, (_, most) in rooms):
                    taken.append(place)
                    for g, count in zip(groups, counts, strict=True):
                        count[g] += g >= 0
                if len(taken) >= n:
                    return np.array(taken, np.int64)
        return np.array(taken, np.int64)

    def _open(self, items: IntArray, start: int, counts: list[IntArray]) -> list[int]:
        """Places of those items of a stretch whose groups were not full before it."""
        some = items[start : start + AT_ONCE]
        room = np.ones(len(some), bool)
        for count, (group, most) in zip(counts, self.groupings, strict=True):
            room &= (group[some] < 0) | (count[group[some]] < most)
        return (start + np.flatnonzero(room)).tolist()


def caps(catalogue: Catalogue, where: Where) -> Caps | None:
    """The bounds on one brand and on one category; None where the rules set neither."""
    found = []
    if where.per_brand is not None:
        found.append((catalogue.brand, where.per_brand))
    if where.per_category is not None:
        found.append((catalogue.category, where.per_category))
    return Caps(found) if found else None


def allowed(catalogue: Catalogue, where: Where) -> BoolArray | None:
    """A mask (I,) of the items that the rules allow; None where all are allowed."""
    masks = []
    if where.price != (None, None):
        masks.append(_priced(catalogue, where))
    if where.in_stock:
        masks.append(catalogue.in_stock)
    if where.brands:
        masks.append(catalogue.of_brands(where.brands))
    if where.not_brands:
        masks.append(~catalogue.of_brands(where.not_brands))
    if where.categories:
        masks.append(catalogue.of_categories(where.categories))
    if where.not_categories:
        masks.append(~catalogue.of_categories(where.not_categories))
    for name, values in where.attributes.items():
        masks.append(catalogue.having(name, values))
    if where.exclude:
        masks.append(~catalogue.mask(catalogue.positions(where.exclude)))
    return np.logical_and.reduce(masks) if masks else None


def factors(catalogue: Catalogue, where: Where) -> FloatArray | None:
    """What the score of each item (I,) is multiplied with; None where nothing is said."""
    boost = where.boost
    if boost is None:
        return None
    out = np.ones(len(catalogue), np.float32)
    for item, factor in boost.items.items():
        out[catalogue.positions([item])] *= np.float32(factor)
    for brand, factor in boost.brands.items():
        out[catalogue.of_brands([brand])] *= np.float32(factor)
    for category, factor in boost.categories.items():
        out[catalogue.of_categories([category])] *= np.float32(factor)
    for name, values in boost.attributes.items():
        for text, factor in values.items():
            out[catalogue.said(name, text)] *= np.float32(factor)
    return out


def properties(where: Where) -> list[str]:
    """The properties of items that rules read beside those that every request does."""
    boosted = {} if where.boost is None else where.boost.attributes
    return list({**where.attributes, **boosted})


def _priced(catalogue: Catalogue, where: Where) -> BoolArray:
    lowest, highest = where.price
    keep = ~np.isnan(catalogue.price)
    if lowest is not None:
        keep &= catalogue.price >= lowest
    if highest is not None:
        keep &= catalogue.price <= highest
    return keep
