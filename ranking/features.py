"""`Features`: what is known of users and items, as rows of small numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import (
    BRAND,
    CATEGORY,
    IN_CATEGORY,
    ITEM,
    MADE_BY,
    SUBCATEGORY_OF,
    USER,
)
from basketweave.graph.subgraph import IntArray, Subgraph

MOST = 12
"""Values kept of one field of one node: an item in more categories loses the rest."""

# A column with more values than half its rows names them rather than describes them.
NAMING = 0.5
BINS = 8


@dataclass(frozen=True)
class Field:
    """One thing known of every user, or of every item.

    values (N + 1, L)   numbers from 1 to `size` - 1, 0 where there are no more; the
                        last row is of a node that is not known, and all 0
    """

    name: str
    size: int
    values: IntArray = field(repr=False)


@dataclass(frozen=True)
class Features:
    """The fields of users and of items; the first of each is `id`."""

    users: tuple[Field, ...]
    items: tuple[Field, ...]

    @classmethod
    def of(
        cls,
        subgraph: Subgraph,
        users: pl.DataFrame | None = None,
        items: pl.DataFrame | None = None,
    ) -> Self:
        """Ids, an item's categories with those above them, its brand, attributes.

        users, items   a column `id` and one an attribute, as in `Tables`: text, lists
                       of text, or numbers, which are cut into 8 bins of equal size.
                       Columns that nearly name their row (a title) are left out.
                       Default for items: the properties that the export asked for.
        """
        items = subgraph.items if items is None else items
        return cls(
            (_ids(subgraph, USER), *_attributes(subgraph, USER, users)),
            (
                _ids(subgraph, ITEM),
                *_catalogue(subgraph),
                *_attributes(subgraph, ITEM, items),
            ),
        )


def _ids(subgraph: Subgraph, label: str) -> Field:
    n = subgraph.n(label)
    return Field("id", n + 1, np.r_[1 : n + 1, 0][:, None])


def _catalogue(subgraph: Subgraph) -> list[Field]:
    own, above = (
        _edges(subgraph, *relation)
        for relation in (
            (ITEM, IN_CATEGORY, CATEGORY),
            (CATEGORY, SUBCATEGORY_OF, CATEGORY),
        )
    )
    levels = [own]
    step = above.rename({"src": "value", "value": "parent"})
    # A tree has fewer levels than this; a circle among the categories ends here.
    while len(levels[-1]) and len(levels) < MOST:
        up = levels[-1].join(step, on="value")
        levels.append(up.select("src", value="parent"))
    fields = {
        "category": pl.concat(levels),
        "brand": _edges(subgraph, ITEM, MADE_BY, BRAND),
    }
    return [_field(name, subgraph.n(ITEM), e) for name, e in fields.items() if len(e)]


def _edges(subgraph: Subgraph, src: str, kind: str, dst: str) -> pl.DataFrame:
    """`src`, a position, and `value`, the position it leads to."""
    found = subgraph.edges.get((src, kind, dst))
    index = np.zeros((2, 0), np.int64) if found is None else found.index
    return pl.DataFrame({"src": index[0], "value": index[1]})


def _attributes(
    subgraph: Subgraph, label: str, given: pl.DataFrame | None
) -> list[Field]:
    if given is None:
        return []
    if "id" not in given.columns:
        raise DataError("A table of attributes needs a column 'id'.")
    place = pl.DataFrame({"id": subgraph.ids[label]}).with_row_index("src")
    rows = place.join(given.with_columns(pl.col("id").cast(pl.String)), on="id")
    fields = []
    for name in given.columns:
        values = _described(rows.select("src", value=name)) if name != "id" else None
        if values is not None:
            fields.append(_field(name, subgraph.n(label), values))
    return fields


def _described(rows: pl.DataFrame) -> pl.DataFrame | None:
    """Nodes and values of one attribute; None where it describes nothing."""
    kind = rows.schema["value"]
    if isinstance(kind, pl.List):
        rows = rows.explode("value")
    elif kind.is_numeric() and rows["value"].n_unique() > BINS:
        place = pl.col("value").rank("average") / pl.col("value").count()
        rows = rows.with_columns(value=(place * BINS).ceil().cast(pl.Int64))
    rows = rows.drop_nulls().with_columns(pl.col("value").cast(pl.String))
    most = max(NAMING * len(rows), BINS)
    return rows if 1 < rows["value"].n_unique() <= most else None


def _field(name: str, n: int, rows: pl.DataFrame) -> Field:
    """Pairs of a node's position and any value, as padded rows of numbers."""
    pairs = rows.unique(maintain_order=True).with_columns(
        number=pl.col("value").rank("dense").cast(pl.Int64),
        place=pl.int_range(pl.len()).over("src"),
    )
    pairs = pairs.filter(pl.col("place") < MOST)
    src, place = pairs["src"].to_numpy(), pairs["place"].to_numpy()
    values = np.zeros((n + 1, int(place.max()) + 1), np.int64)
    values[src, place] = pairs["number"].to_numpy()
    return Field(name, int(values.max()) + 1, values)
