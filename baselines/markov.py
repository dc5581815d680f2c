"""Markov chain: what followed the last items, whenever somebody had them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import Field

from basketweave.baselines.base import Baseline, Config
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph


class MarkovConfig(Config):
    """Which transitions are counted, and from where a person goes on.

    On 6,000 validation prefixes of RetailRocket HR@20 / MRR@20 is .331 / .176 for
    these defaults, .504 / .234 for gap 10, last 10 and decay .8; on 3,000 prefixes of
    later sessions .506 / .252 for the latter, .517 / .256 with half of it backward.
    """

    gap: int = Field(1, ge=1)
    """Steps ahead that still count as a transition, each 1 / its distance (1: the next
    item only, the first-order chain)."""
    last: int = Field(1, ge=1)
    """Items of a history that predict, newest first."""
    decay: float = Field(0.7, gt=0, le=1)
    """The k-th from the last counts decay^k."""
    backward: float = Field(0, ge=0)
    """What a transition counts in the other direction."""
    itself: bool = True
    """Whether an item can follow itself (repeated clicks)."""

    def build(self) -> Markov:
        return Markov(self)


class Markov(Baseline[MarkovConfig]):
    """The probability of an item after the last one, from transition counts.

    Shani, Heckerman & Brafman (2005), "An MDP-based recommender system", eq. 4,
    with their skipping as `gap`. Events in the order of time are a sequence; those
    of one second are in the order of their items, which says nothing.
    """

    def __init__(self, config: MarkovConfig | None = None) -> None:
        super().__init__(config or MarkovConfig())
        self._next: sp.csr_array | None = None
        self._lists: sp.csr_array | None = None

    def _read(self, subgraph: Subgraph) -> None:
        events = subgraph.events[self.config.kind]
        count = np.bincount(events.user, minlength=subgraph.shape[0])
        back = count.cumsum()[events.user] - 1 - np.arange(len(events))
        weights = _weights(back, self.config)
        self._lists = _sum(events.user, events.item, weights, subgraph.shape)

    def score(self, users: IntArray) -> FloatArray:
        return self._from(self._fitted(self._lists)[users])

    def score_histories(self, histories: Sequence[IntArray]) -> FloatArray:
        """Scores (B, I) after each history of item positions, the newest last."""
        n_items = self._fitted(self._next).shape[1]
        back = np.concatenate(
            [np.zeros(0, np.int64), *(np.arange(len(h))[::-1] for h in histories)]
        )
        row = np.arange(len(histories)).repeat([len(h) for h in histories])
        item = np.concatenate([np.zeros(0, np.int64), *histories])
        shape = len(histories), n_items
        return self._from(_sum(row, item, _weights(back, self.config), shape))

    def _from(self, weights: sp.csr_array) -> FloatArray:
        scores: FloatArray = (weights @ self._fitted(self._next)).toarray()
        return scores

    def _learn(self, train: Subgraph) -> None:
        counts = transitions(
            train.events[self.config.kind], train.shape[1], self.config.gap
        )
        if self.config.backward:
            counts = sp.csr_array(counts + self.config.backward * counts.T)
        if not self.config.itself:
            counts.setdiag(0)
            counts.eliminate_zeros()
        rows = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
        self._next = sp.csr_array(sp.diags_array(1 / rows) @ counts).astype(np.float32)


def transitions(events: Events, n_items: int, gap: int = 1) -> sp.csr_array:
    """(I, I): how often an item came after another, one `gap` steps on as 1 / gap."""
    none = np.zeros(0, np.int64)
    before, after, weight = [none], [none], [none.astype(np.float32)]
    for step in range(1, gap + 1):
        same = events.user[:-step] == events.user[step:]
        before.append(events.item[:-step][same])
        after.append(events.item[step:][same])
        weight.append(np.full(int(same.sum()), 1 / step, np.float32))
    row, item = np.concatenate(before), np.concatenate(after)
    return _sum(row, item, np.concatenate(weight), (n_items, n_items))


def _weights(back: IntArray, config: MarkovConfig) -> npt.NDArray[np.floating]:
    """What each item counts that stands `back` places from the last."""
    return np.where(back < config.last, config.decay**back, 0)


def _sum(
    row: IntArray,
    item: IntArray,
    data: npt.NDArray[np.floating],
    shape: tuple[int, int],
) -> sp.csr_array:
    summed = sp.csr_array(sp.coo_array((data, (row, item)), shape=shape))
    summed.eliminate_zeros()
    return summed.astype(np.float32)
