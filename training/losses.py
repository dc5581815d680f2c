"""What the encoders are trained to make small."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Temperature(nn.Module):
    """Divides cosines before a softmax; learnt, as CLIP learns it.

    It starts at .07 (Wu et al. 2018, Radford et al. 2021) and stays above .01, where
    Radford et al. found training to become unstable. Not `learnt`, it stays at `start`.
    """

    def __init__(self, start: float = 0.07, learnt: bool = True) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(math.log(start)), requires_grad=learnt)

    def forward(self, cosines: Tensor) -> Tensor:
        """Logits of the same shape."""
        return cosines / self.log.exp().clamp(min=0.01)


def sampled_softmax(
    positive: Tensor,
    sampled: Tensor,
    log_q: Tensor | None,
    out: Tensor,
    row: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the positives among items drawn from a distribution q.

    positive (P,)    logits of the positives
    sampled (P, S)   logits of S items drawn with replacement
    log_q (S,)       log of how often each of them was to be expected, log(S q);
                     None where they are all there is
    out (P, S)       drawn items to leave out: the positive itself, for one
    row (P,)         where positives share their negatives: which row each takes

    Subtracting `log_q` makes the sum over the sample an unbiased estimate of the
    sum over the catalogue. Bengio & Senécal (2008), "Adaptive importance sampling",
    eq. 11; Yi et al. (2019), "Sampling-bias-corrected neural modeling", eq. 3-4.
    """
    others = sampled if log_q is None else sampled - log_q
    others = others.masked_fill(out, -math.inf)
    rest = others.logsumexp(dim=1)
    total = torch.logaddexp(rest if row is None else rest[row], positive)
    return (total - positive).mean()


def bpr(
    positive: Tensor, sampled: Tensor, out: Tensor, row: Tensor | None = None
) -> Tensor:
    """-log σ(positive - negative), each positive (P,) against each sample (P, S).

    `row` (P,), where given, says which row of `sampled` and `out` a positive takes.
    Rendle et al. (2009), "BPR: Bayesian personalized ranking", section 4.1.
    """
    if row is not None:
        sampled, out = sampled[row], out[row]
    loss = F.softplus(sampled - positive[:, None]).masked_fill(out, 0)
    return loss.sum() / (~out).sum().clamp(min=1)


def info_nce(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding each row of `one` (N, w) in `other` (N, w), by cosine.

    Row n of both are two views of the same thing; the other rows are its negatives.
    Oord et al. (2018), "Representation learning with contrastive predictive coding",
    eq. 4; as in Yu et al. (2022), eq. 3.
    """
    cosines = F.normalize(one) @ F.normalize(other).T
    same = torch.arange(len(one), device=one.device)
    return F.cross_entropy(cosines / temperature, same)
