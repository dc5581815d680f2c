"""Ranking losses on small numbers."""

from __future__ import annotations

from math import log

import pytest
import torch

from basketweave.ranking.losses import listwise, warp


def test_warp_weighs_the_first_violation_by_the_rank_it_implies() -> None:
    positive = torch.tensor([2.0])
    sampled = torch.tensor([[0.5, 1.5, 3.0]])  # the margin is violated from 1 up
    none = torch.zeros(1, 3, dtype=torch.bool)
    # found as the 2nd of 10 items: rank (10 - 1) // 2 = 4, hinge 1 - 2 + 1.5
    expected = (1 + 1 / 2 + 1 / 3 + 1 / 4) * 0.5
    assert float(warp(positive, sampled, none, 10)) == pytest.approx(expected)


def test_warp_does_not_count_what_is_no_negative_as_a_try() -> None:
    positive, sampled = torch.tensor([2.0]), torch.tensor([[9.0, 1.5]])
    hits = torch.tensor([[True, False]])
    expected = sum(1 / n for n in range(1, 10)) * 0.5  # found at once: rank 9
    assert float(warp(positive, sampled, hits, 10)) == pytest.approx(expected)


def test_warp_costs_nothing_where_no_sample_comes_near() -> None:
    none = torch.zeros(1, 2, dtype=torch.bool)
    assert float(warp(torch.tensor([5.0]), torch.zeros(1, 2), none, 10)) == 0


def test_listwise_is_the_cross_entropy_of_the_relevant_among_the_candidates() -> None:
    logits = torch.tensor([[log(1.0), log(2.0), log(1.0), 99.0], [1.0, 1.0, 1.0, 1.0]])
    relevant = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    held = torch.tensor([[True, True, True, False], [True, True, True, True]])
    expected = -(log(1 / 4) + log(2 / 4)) / 2  # the second row has none to find
    assert float(listwise(logits, relevant, held)) == pytest.approx(expected)
