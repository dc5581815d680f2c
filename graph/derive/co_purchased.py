"""CO_PURCHASED: items that stand in the same baskets, or with the same users."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import BaseModel, ConfigDict, Field

from basketweave.graph.derive.baskets import Baskets, baskets
from basketweave.graph.derive.rows import power, top_k_per_row
from basketweave.graph.subgraph import Edges, Events, FloatArray, IntArray


class CoPurchased(BaseModel):
    """How CO_PURCHASED is derived.

    within       what two items must share: a `basket`, a `user`, or `auto`: the
                 basket where baskets hold 1.5 items or more on average
    min_support  baskets (or users) that must hold both
    top_k        relationships kept for each item
    row_power, column_power   weight = support / s_i^row_power / s_j^column_power;
                 .5 and .5 is the cosine of item-kNN (Sarwar et al. 2001)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    within: Literal["auto", "basket", "user"] = "auto"
    min_support: int = Field(2, ge=1)
    top_k: int = Field(50, ge=1)
    row_power: float = Field(0.5, ge=0, le=1)
    column_power: float = Field(0.5, ge=0, le=1)


def co_purchased(
    events: Events,
    n_items: int,
    config: CoPurchased | None = None,
    *,
    sources: IntArray | None = None,
) -> Edges:
    """Edges with `support`, `lift` and `weight`; only from `sources` where given.

    lift = P(i and j) / (P(i) P(j)) over baskets: 1 means by chance.
    """
    config = config or CoPurchased()
    held = _grouped(events, n_items, config).items
    seen = np.asarray(held.sum(axis=0), np.float32).ravel()
    pairs = _pairs(held, config.min_support, sources)
    row, col, support = pairs.row, pairs.col, pairs.data
    weights = support * power(seen, -config.row_power)[row]
    weights *= power(seen, -config.column_power)[col]
    lift = support * held.shape[0] / (seen[row] * seen[col])
    weighted = sp.coo_array((weights, (row, col)), shape=pairs.shape)
    columns: dict[str, npt.NDArray[np.generic]] = {
        "support": support.astype(np.int64),
        "lift": lift.astype(np.float32),
    }
    return top_k_per_row(weighted, columns, config.top_k)


def _grouped(events: Events, n_items: int, config: CoPurchased) -> Baskets:
    grouped = baskets(events, n_items, by_user=config.within == "user")
    size = grouped.items.nnz / max(grouped.items.shape[0], 1)
    if config.within == "auto" and size < 1.5:
        return baskets(events, n_items, by_user=True)
    return grouped


def _pairs(
    held: sp.csr_array, min_support: int, sources: IntArray | None
) -> sp.coo_array:
    """How many baskets hold both: (I, I) without its diagonal, at least so many."""
    left = held
    if sources is not None:
        left = held @ sp.diags_array(_mask(sources, held.shape[1]), format="csr")
        left.eliminate_zeros()
    gram = (left.T.tocsr() @ held).tocoo()
    keep = (gram.data >= min_support) & (gram.row != gram.col)
    return sp.coo_array(
        (gram.data[keep], (gram.row[keep], gram.col[keep])), shape=gram.shape
    )


def _mask(sources: IntArray, n: int) -> FloatArray:
    mask = np.zeros(n, np.float32)
    mask[sources] = 1
    return mask
