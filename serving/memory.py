"""What the embedded store keeps in memory between requests, read again after a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.queries import statements
from basketweave.serving.blend import FloatArray, IntArray
from basketweave.serving.candidates import id_order

if TYPE_CHECKING:
    from basketweave.graph.embedded.store import LadybugStore
    from basketweave.graph.vectors import Vectors

STATEMENTS = "recommend.ladybug"
FOREVER = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The items by position, and the relationships between them.

    One that was read again is another one: series and arrays have no one equality.

    popularity, rebuy (I,)   item properties; 0 and 1 where there is none
    walks                    CO_PURCHASED and FOLLOWED_BY as (I, I) csr
    """

    ids: pl.Series
    popularity: FloatArray
    rebuy: FloatArray
    walks: Mapping[str, sp.csr_array]

    @classmethod
    def read(cls, store: LadybugStore) -> Catalogue:
        """All of it, in three statements."""
        found = statements(STATEMENTS)
        items = store.run(found["catalogue"])
        n = len(items)
        return cls(
            ids=items["id"],
            popularity=numbers(items["popularity"], 0),
            rebuy=numbers(items["rebuy"], 1),
            walks={
                CO_PURCHASED: _matrix(store.run(found["together"]), n),
                FOLLOWED_BY: _matrix(store.run(found["follows"]), n),
            },
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def order(self) -> IntArray:
        """How items of equal value are ranked (I,): by id."""
        return id_order(self.ids)

    @cached_property
    def position(self) -> dict[str, int]:
        """id -> position."""
        return {item: n for n, item in enumerate(self.ids)}

    def aligned(self, vectors: Vectors) -> FloatArray:
        """The item vectors (I, d) in this order; zeros where an item has none."""
        known = pl.DataFrame({"id": vectors.items}).with_row_index("row")
        rows = pl.DataFrame({"id": self.ids}).join(
            known, on="id", how="left", maintain_order="left"
        )["row"]
        out = np.zeros((len(self), vectors.dim), np.float32)
        has = rows.is_not_null().to_numpy()
        out[has] = vectors.item_vectors[rows.drop_nulls().to_numpy()]
        return out


def numbers(column: pl.Series, otherwise: float) -> FloatArray:
    """An item property (I,), and what stands for none."""
    return column.cast(pl.Float32).fill_null(otherwise).to_numpy()


def _matrix(edges: pl.DataFrame, n: int) -> sp.csr_array:
    held, item, weight = (edges[c].to_numpy() for c in ("held", "item", "weight"))
    return sp.coo_array((weight.astype(np.float32), (held, item)), (n, n)).tocsr()
