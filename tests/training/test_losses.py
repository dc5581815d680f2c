"""Losses over positives and samples, by hand."""

from __future__ import annotations

from math import exp, log

import pytest
import torch

from basketweave.training.losses import bpr, info_nce, sampled_softmax


def test_info_nce_is_as_by_hand() -> None:
    # Cosines of 0 and 1 with 0 and 1: [[1, 0], [.6, .8]]; lengths do not matter.
    one = torch.tensor([[2.0, 0], [0.6, 0.8]])
    other = torch.tensor([[1.0, 0], [0, 3]])
    first = -log(exp(2) / (exp(2) + exp(0)))
    second = -log(exp(1.6) / (exp(1.2) + exp(1.6)))
    assert info_nce(one, other, 0.5).item() == pytest.approx((first + second) / 2)


def test_positives_may_share_the_negatives_of_their_user() -> None:
    positive, sampled = torch.randn(5), torch.randn(2, 4)
    row, out = torch.tensor([0, 0, 1, 1, 1]), torch.rand(2, 4) < 0.3
    log_q = torch.rand(4)
    for loss in (bpr, lambda p, s, o, r=None: sampled_softmax(p, s, log_q, o, r)):
        shared = loss(positive, sampled, out, row)
        torch.testing.assert_close(shared, loss(positive, sampled[row], out[row]))
