"""FOLLOWED_BY where people buy in baskets: what holders of an item bought of late."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from pydantic import Field

from basketweave.graph.derive.rows import Product, power
from basketweave.graph.subgraph import Edges, Events, FloatArray
from basketweave.moments import DAY
from basketweave.settings import Settings


class FollowedByBaskets(Settings):
    """How FOLLOWED_BY is derived from baskets with times.

    With r(h) = .5^(days since the user's last purchase of the item / h),

        sum_ij = sum over users u of  r_ui(memory) * r_uj(recent) / size_u^.5
        weight = sum_ij / (row sum)^row_power / (column sum)^column_power

    size_u the sum of r_u(memory). In groceries a gap counted in baskets says little;
    what holders of i bought in the last weeks says what comes next. As a walk alone
    on the Complete Journey's validation window: NDCG@10 of new items .043, against
    .037 for same-basket cosines.
    """

    memory: float = Field(180, gt=0)
    """Half-life in days of a purchase that something follows."""
    recent: float = Field(30, gt=0)
    """Half-life in days of a purchase that follows."""
    max_age: float = Field(60, gt=0)
    """Days after which a purchase no longer counts as recent."""
    row_power: float = Field(0.5, ge=0, le=1)
    """Power of the row's sum in the weight."""
    column_power: float = Field(0.3, ge=0, le=1)
    """Power of the column's sum there."""
    min_users: int = Field(10, ge=1)
    """Users who must have bought an item for it to take part."""
    top_k: int = Field(50, ge=1)
    """Relationships kept for each item."""


def followed_by_baskets(
    events: Events, shape: tuple[int, int], config: FollowedByBaskets | None = None
) -> Edges:
    """The relationships, with `support` (decayed count of users) and `weight`."""
    config = config or FollowedByBaskets()
    age = _ages(events, shape, config.min_users)
    before = _decay(age, config.memory)
    after = _decay(_younger(age, config.max_age), config.recent)
    size = np.asarray(before.sum(axis=1), np.float32).ravel()
    before = sp.diags_array(power(size, -0.5), format="csr") @ before
    product = Product(before.T.tocsr(), after)
    out, into = product.sums()
    index, total, weight = product.strongest(
        power(out, -config.row_power), power(into, -config.column_power), config.top_k
    )
    support = np.ceil(total - 1e-4).astype(np.int64)
    return Edges(index, {"support": support, "weight": weight})


def _ages(events: Events, shape: tuple[int, int], min_users: int) -> sp.csr_array:
    """(U, I): days + 1 since each user's last purchase of each item, 0: never."""
    pair = events.user * shape[1] + events.item
    order = np.lexsort((-events.time, pair))
    last = order[np.r_[True, np.diff(pair[order]) != 0]]
    user, item = events.user[last], events.item[last]
    kept = np.bincount(item, minlength=shape[1])[item] >= min_users
    days = (events.time.max() - events.time[last[kept]]) / DAY + 1
    data = (days.astype(np.float32), (user[kept], item[kept]))
    return sp.coo_array(data, shape=shape).tocsr()


def _younger(age: sp.csr_array, days: float) -> sp.csr_array:
    kept = age.copy()
    kept.data[kept.data > days + 1] = 0
    kept.eliminate_zeros()
    return kept


def _decay(age: sp.csr_array, half_life: float) -> sp.csr_array:
    decayed: FloatArray = np.exp2(-(age.data - 1) / half_life).astype(np.float32)
    return sp.csr_array((decayed, age.indices, age.indptr), shape=age.shape)
