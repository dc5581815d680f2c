"""The items as arrays, which requests and rules read; positions follow the subgraph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.graph.schema import (
    BRAND,
    CATALOGUE,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    SUBCATEGORY_OF,
)
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray, Subgraph

PROPERTIES = ("title", "popularity", "rebuy", "price", "inStock")
"""The item properties that a request needs, in the name they have in the store."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The items of a subgraph that was exported with `PROPERTIES`, as arrays (I,).

    Catalogues are compared by identity, not by content.
    """

    graph: Subgraph

    def __len__(self) -> int:
        return self.graph.n(ITEM)

    @property
    def ids(self) -> pl.Series:
        """The ids, as text."""
        return self.graph.ids[ITEM]

    @cached_property
    def names(self) -> list[str]:
        """The ids as a Python list, for looking up a few of them."""
        return self.ids.to_list()

    @cached_property
    def position(self) -> Mapping[str, int]:
        """A mapping from each id to the item's position."""
        return {item: n for n, item in enumerate(self.names)}

    @cached_property
    def order(self) -> IntArray:
        """The rank (I,) of each item by id, which orders items with equal scores."""
        return id_order(self.ids)

    @cached_property
    def by_id(self) -> IntArray:
        """The positions (I,) in the order of the ids."""
        return np.argsort(self.order)

    @property
    def titles(self) -> pl.Series:
        """The titles; null where an item has none."""
        return pl.Series("title", self.title, dtype=pl.String)

    @cached_property
    def title(self) -> list[str | None]:
        """The titles as a Python list; None where an item has none."""
        return self._column("title").cast(pl.String).to_list()

    @cached_property
    def popularity(self) -> FloatArray:
        """The popularity (I,); 0 where it is missing or not a finite number."""
        return _numbers(self._column("popularity"), 0).astype(np.float32)

    @cached_property
    def rebuy(self) -> FloatArray:
        """The property `rebuy` (I,); 1 where it is missing or not a finite number."""
        return _numbers(self._column("rebuy"), 1).astype(np.float32)

    @cached_property
    def price(self) -> npt.NDArray[np.float64]:
        """The price (I,); NaN where it is missing or not a finite number."""
        return _numbers(self._column("price"), np.nan)

    @cached_property
    def in_stock(self) -> BoolArray:
        """True (I,) only for items whose property `inStock` is true."""
        column = self._column("inStock")
        if column.dtype != pl.Boolean:
            return np.zeros(len(self), bool)
        return column.fill_null(False).to_numpy()

    @cached_property
    def knows_stock(self) -> bool:
        """Whether at least one item has the property `inStock`."""
        column = self._column("inStock")
        return column.dtype == pl.Boolean and column.null_count() < len(column)

    @cached_property
    def brand(self) -> IntArray:
        """The position (I,) of each item's brand; -1 for none.

        Of several brands it is the first by id.
        """
        return self._first(MADE_BY)

    @cached_property
    def category(self) -> IntArray:
        """The position (I,) of each item's own category; -1 for none.

        Of several categories it is the first by id.
        """
        return self._first(IN_CATEGORY)

    def positions(self, ids: Iterable[str]) -> IntArray:
        """The positions of these ids, in their order; unknown ids are left out."""
        position = self.position
        return np.array([position[one] for one in ids if one in position], np.int64)

    def mask(self, positions: IntArray) -> BoolArray:
        """A mask (I,) that is true at these positions."""
        out = np.zeros(len(self), bool)
        out[positions] = True
        return out

    def of_brands(self, ids: Iterable[str]) -> BoolArray:
        """A mask (I,) of the items of these brands; an unknown brand has no items."""
        return self._within(MADE_BY, self._named(BRAND, ids))

    def of_categories(self, ids: Iterable[str]) -> BoolArray:
        """A mask (I,) of the items in these categories or in categories below them."""
        inside = self._named(CATEGORY, ids)
        below, above = self._pairs(SUBCATEGORY_OF)
        found = below[inside[above]]
        while not inside[found].all():  # ends too where categories run in a circle
            inside[found] = True
            found = below[inside[above]]
        return self._within(IN_CATEGORY, inside)

    def having(self, name: str, values: Iterable[object]) -> BoolArray:
        """A mask (I,) of the items whose property has one of these values.

        Of a property that is a list, one in it. The property must have been exported.
        """
        column, rows = self._flat(name)
        wanted = _alike(values, column.dtype)
        return self.mask(rows[column.is_in(wanted).fill_null(False).to_numpy()])

    def said(self, name: str, text: str) -> BoolArray:
        """A mask (I,) of the items whose property, as text, is or holds this one."""
        column, rows = self._flat(name)
        same = column.cast(pl.String) == text
        return self.mask(rows[same.fill_null(False).to_numpy()])

    def _flat(self, name: str) -> tuple[pl.Series, IntArray]:
        """The values of a property one by one, and the position of each one's item."""
        column = self._column(name)
        if not isinstance(column.dtype, pl.List):
            return column, np.arange(len(column))
        every = pl.DataFrame({"row": np.arange(len(column)), "value": column})
        each = every.filter(pl.col("value").list.len() > 0).explode("value")
        return each["value"], each["row"].to_numpy()

    def _within(self, kind: str, wanted: BoolArray) -> BoolArray:
        item, group = self._pairs(kind)
        return self.mask(item[wanted[group]])

    def _named(self, label: str, ids: Iterable[str]) -> BoolArray:
        names = self.graph.ids.get(label, pl.Series([], dtype=pl.String))
        return names.is_in(list(ids)).to_numpy()

    def _first(self, kind: str) -> IntArray:
        item, group = self._pairs(kind)
        label = CATALOGUE[kind][1]
        most = self.graph.n(label)
        place = id_order(self.graph.ids[label]) if most else np.empty(0, np.int64)
        least = np.full(len(self), most)
        np.minimum.at(least, item, place[group])
        by_place = np.append(np.argsort(place), -1)
        return by_place[least].astype(np.int64)

    def _pairs(self, kind: str) -> tuple[IntArray, IntArray]:
        source, target = CATALOGUE[kind]
        found = self.graph.edges.get((source, kind, target))
        none = np.empty(0, np.int64)
        return (none, none) if found is None else (found.index[0], found.index[1])

    def _column(self, name: str) -> pl.Series:
        items = self.graph.items
        if items is None or name not in items.columns:
            return pl.Series(name, [None] * len(self), dtype=pl.String)
        return items[name]


def id_order(ids: pl.Series) -> IntArray:
    """The rank (I,) of each id in sorted order, which orders items with equal scores.

    >>> id_order(pl.Series(["b", "a"])).tolist()
    [1, 0]
    """
    if ids.is_sorted():
        return np.arange(len(ids))
    return ids.rank("ordinal").to_numpy().astype(np.int64) - 1


def _numbers(column: pl.Series, otherwise: float) -> npt.NDArray[np.float64]:
    """An item property as numbers; `otherwise` where it is missing or not finite."""
    if not (column.dtype.is_numeric() or column.dtype == pl.Null):
        return np.full(len(column), otherwise)
    found = column.cast(pl.Float64).fill_null(otherwise).to_numpy()
    return np.where(np.isfinite(found), found, otherwise)


def _alike(values: Iterable[object], dtype: pl.DataType) -> list[object]:
    """Those of the values that a column of this type can hold."""
    kinds: tuple[type, ...] = (str,)
    if dtype == pl.Boolean:
        kinds = (bool,)
    elif dtype.is_numeric():
        kinds = (int, float)
    found = [v for v in values if isinstance(v, kinds)]
    return [v for v in found if bool in kinds or not isinstance(v, bool)]
