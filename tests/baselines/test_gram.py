"""Both ways of a Gram step give the same."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from basketweave.baselines import gram


def test_both_ways_of_a_gram_step_give_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    made = sp.random_array((6, 5), density=0.5, rng=rng, dtype=np.float32)
    matrix = sp.csr_array(made)
    once = gram.Gram(matrix).step(matrix[:3])
    monkeypatch.setattr(gram, "MOST", 0)
    through_users = gram.Gram(matrix).step(matrix[:3])
    dense = matrix.toarray()
    assert once == pytest.approx(dense[:3] @ dense.T @ dense, rel=1e-4)
    assert through_users == pytest.approx(once, rel=1e-4)
