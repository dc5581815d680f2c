"""Beyond accuracy: how much of the catalogue is shown, and how well known it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray

POPULAR = 0.01
"""The share of the sold items that counts as popular: the top 1 %."""


@dataclass(frozen=True)
class Beyond:
    """What a model's lists of `k` items look like, taken together.

    coverage       share of the offered items that stand in anybody's list
    novelty        mean self-information of a listed item in bits: -log2 of the
                   share of users who bought it. Zhou et al. (2010), "Solving the
                   apparent diversity-accuracy dilemma", eq. 4. An item that nobody
                   bought counts as if one user had
    popular_share  share of the listed items that are among the most bought 1 %
    """

    k: int
    coverage: float
    novelty: float
    popular_share: float


class Exposure:
    """In how many lists of `k` each item stands, expected over the ties.

    Add the scores of one block of users after the other, then ask for `beyond`;
    `n_users` are those in train, whom novelty speaks of.
    """

    def __init__(self, n_items: int, n_users: int, k: int) -> None:
        self.k, self.n_users = k, n_users
        self.lists = np.zeros(n_items)
        self._log_absent = np.zeros(n_items)

    def add(self, scores: FloatArray, floor: FloatArray) -> None:
        """Count scores (B, I), whose `k`-th highest in each row is `floor` (B,)."""
        row, item = np.nonzero((scores >= floor[:, None]) & (scores > -np.inf))
        tied = scores[row, item] == floor[row]
        n_tied = np.bincount(row[tied], minlength=len(scores))
        n_above = np.bincount(row[~tied], minlength=len(scores))
        share = (self.k - n_above) / np.maximum(n_tied, 1)
        chance = np.where(tied, np.minimum(share, 1)[row], 1)
        self.lists += np.bincount(item, chance, len(self.lists))
        with np.errstate(divide="ignore"):
            self._log_absent += np.bincount(item, np.log1p(-chance), len(self.lists))

    def beyond(self, users: IntArray, offered: BoolArray) -> Beyond:
        """The figures, given how many users had each item, and what is offered."""
        listed = max(self.lists.sum(), 1e-9)
        information = -np.log2(np.maximum(users, 1) / self.n_users)
        shown = 1 - np.exp(self._log_absent)
        return Beyond(
            self.k,
            coverage=float(shown.sum() / offered.sum()),
            novelty=float(self.lists @ information / listed),
            popular_share=float(self.lists[popular(users)].sum() / listed),
        )


def popular(users: IntArray) -> npt.NDArray[np.int64]:
    """The items with most users: `POPULAR` of those that have any, at least one."""
    n = max(1, round(POPULAR * int((users > 0).sum())))
    return np.argsort(-users, kind="stable")[:n]
