"""The two softmax losses against the textbook's."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from basketweave.training import softmax
from basketweave.training.losses import sampled_softmax
from basketweave.training.softmax import catalogue_softmax


def example(n: int = 50, n_items: int = 30) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    u = torch.randn(n, 8, dtype=torch.float64, requires_grad=True)
    v = torch.randn(n_items, 8, dtype=torch.float64, requires_grad=True)
    return u, v, torch.randint(0, n_items, (n,))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_and_its_gradients_are_those_of_cross_entropy(
    smoothing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(softmax.BLOCK, "cpu", 30 * 16)  # four blocks of rows
    u, v, y = example()
    ours = catalogue_softmax(u, v, y, smoothing)
    theirs = F.cross_entropy(u @ v.T, y, label_smoothing=smoothing)
    torch.testing.assert_close(ours, theirs)
    for a, b in zip(
        torch.autograd.grad(3 * ours, (u, v)),
        torch.autograd.grad(3 * theirs, (u, v)),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_logits_of_any_size_stay_finite() -> None:
    u, v, y = example()
    assert catalogue_softmax(1e4 * u, v, y).isfinite()


def test_with_log_q_a_skewed_sample_estimates_the_whole_catalogue() -> None:
    u, v, y = example()
    q = torch.rand(30, dtype=torch.float64) ** 4 + 0.01
    q /= q.sum()
    logits = (u @ v.T).detach() / 4 + q.log()  # what is drawn often also scores high
    drawn = torch.multinomial(q, 100_000, replacement=True)
    good = logits.gather(1, y[:, None]).squeeze(1)
    hits = y[:, None] == drawn[None]
    whole = F.cross_entropy(logits, y)
    corrected = sampled_softmax(
        good, logits[:, drawn], (q[drawn] * len(drawn)).log(), hits
    )
    n_drawn = torch.full((len(drawn),), len(drawn) / 30, dtype=torch.float64)
    uncorrected = sampled_softmax(good, logits[:, drawn], n_drawn.log(), hits)
    assert abs(corrected - whole) < 0.01
    assert abs(uncorrected - whole) > 0.1
