"""The best items of each row, ties in the order of the items."""

from __future__ import annotations

import numpy as np

from basketweave.evaluation.ranking import top_k

INF = np.inf


def test_the_top_k_of_tied_items_stand_in_the_order_of_the_items() -> None:
    items, best = top_k(np.array([[1, 3, 1, 3, 1], [-INF, 5, -INF, -INF, 2]]), 3)
    assert items.tolist() == [[1, 3, 0], [1, 4, -1]]
    assert best.tolist() == [[3, 3, 1], [5, 2, -INF]]


def test_a_top_k_beyond_the_catalogue_is_filled_with_nothing() -> None:
    items, best = top_k(np.array([[1.0, 2.0]], np.float32), 4)
    assert items.tolist() == [[1, 0, -1, -1]]
    assert best.tolist() == [[2, 1, -INF, -INF]]
