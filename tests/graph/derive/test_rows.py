"""The largest entries of a product that is never whole in memory."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.graph.derive.rows import Product


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 7), k=st.integers(1, 4))
def test_the_strongest_of_a_product_are_those_of_the_dense_one(
    seed: int, n: int, k: int
) -> None:
    rng = np.random.default_rng(seed)
    left, right = (
        sp.csr_array(rng.random(s, np.float32) * (rng.random(s) < 0.5))
        for s in ((n, 5), (5, n))
    )
    rows, columns = (rng.random(n).astype(np.float32) + 0.1 for _ in range(2))
    dense = (left @ right).toarray() * rows[:, None] * columns
    np.fill_diagonal(dense, 0)
    index, _, weight = Product(left, right).strongest(rows, columns, k)
    for row in range(n):
        best = np.sort(dense[row][dense[row] > 0])[::-1][:k]
        found = np.sort(weight[index[0] == row])[::-1]
        assert found == pytest.approx(best, rel=1e-4)
        at = index[1][index[0] == row]
        assert dense[row, at] == pytest.approx(weight[index[0] == row], rel=1e-4)
