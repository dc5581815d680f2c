"""A row for each pair of values."""

from __future__ import annotations

import torch

from basketweave.ranking.wide import Cross


def test_a_cross_has_a_row_for_each_pair_of_values_and_none_for_nothing() -> None:
    cross = Cross(3, 4, most=100)
    a, b = torch.tensor([[1], [2], [0]]), torch.tensor([[1, 3], [2, 0], [1, 2]])
    assert cross.rows(a, b).tolist() == [[6, 8], [11, 0], [0, 0]]
    hashed = Cross(1000, 1000, most=16).rows(torch.arange(1, 900)[:, None], a[:1])
    assert hashed.min() >= 1
    assert hashed.max() <= 16
    assert len(hashed.unique()) == 16
