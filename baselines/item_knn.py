"""ItemKNN: items that the same users bought, by cosine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from implicit.nearest_neighbours import bm25_weight, tfidf_weight
from pydantic import Field

from basketweave.baselines.base import Config, HistoryBaseline
from basketweave.errors import UsageError
from basketweave.evaluation.splits.matrices import ones
from basketweave.graph.derive.co_purchased import CoPurchased
from basketweave.graph.subgraph import Edges, FloatArray, Subgraph

Weighting = Literal["binary", "count", "tfidf", "bm25"]
ITEMS_AT_ONCE = 1000


class ItemKNNConfig(Config):
    """How neighbours are found."""

    neighbours: int = Field(100, ge=1)
    """Most similar items kept for each item."""
    shrink: float = Field(10, ge=0)
    """Added to the cosine's denominator: similarities that rest on few users count
    less: 10 beat 0 on Amazon Beauty (validation NDCG@10 .047 against .039) and
    Gowalla."""
    weighting: Weighting = "binary"
    """What a purchase counts: 1, how often, or that weighted by how telling the item is
    (tf-idf, BM25). BM25 was best on groceries (validation NDCG@10 .198 against .169), 1
    on Amazon Beauty (.047 against .036) and Gowalla."""
    min_users: int = Field(1, ge=1)
    """An item with fewer users has no neighbours and is nobody's."""
    threads: int = Field(2, ge=1)
    """Threads that compute in parallel."""

    def build(self) -> ItemKNN:
        return ItemKNN(self)


class ItemKNN(HistoryBaseline[ItemKNNConfig]):
    """The sum of the similarities to the items in a user's history.

    Deshpande & Karypis (2004), "Item-based top-N recommendation algorithms";
    shrinkage as in Ferrari Dacrema et al. (2019), "Are we really making much
    progress?", eq. 1. An item is not its own neighbour.
    """

    def __init__(self, config: ItemKNNConfig | None = None) -> None:
        super().__init__(config or ItemKNNConfig())
        self._similar: sp.csr_array | None = None

    def learnt(self, neighbours: Edges, people: Subgraph) -> Self:
        """The same from neighbours that were found elsewhere, for these people.

        neighbours   with `weight`: CO_PURCHASED as `counting` derives it
        """
        n = people.shape[1]
        entries = (neighbours.columns["weight"], neighbours.index)
        self._similar = sp.csr_array(sp.coo_array(entries, shape=(n, n)))
        return self._remember(people)

    @property
    def counting(self) -> CoPurchased:
        """The derivation that finds the same neighbours, in shards if need be.

        Raises `UsageError` where users or items are weighed: pairs are not added then.
        """
        c = self.config
        if c.weighting != "binary" or c.min_users > 1:
            raise UsageError("Only binary item-kNN is counted in shards.")
        return CoPurchased(
            within="user", min_support=1, top_k=c.neighbours, shrink=c.shrink
        )

    def _learn(self, train: Subgraph) -> None:
        events = train.interactions(self.config.kind)
        weighted = weigh(events, self.config.weighting)
        few = np.bincount(events.indices, minlength=events.shape[1])
        weighted.data[few[weighted.indices] < self.config.min_users] = 0
        weighted.eliminate_zeros()
        find = partial(_neighbours, weighted.T.tocsr(), weighted, self.config)
        starts = range(0, weighted.shape[1], ITEMS_AT_ONCE)
        with ThreadPoolExecutor(self.config.threads) as pool:
            rows = list(pool.map(find, starts))
        self._similar = sp.csr_array(sp.vstack(rows, format="csr"))

    def _from(self, histories: sp.csr_array) -> FloatArray:
        found = ones(histories) @ self._fitted(self._similar)
        scores: FloatArray = found.toarray()
        return scores


def weigh(events: sp.csr_array, weighting: Weighting) -> sp.csr_array:
    """Event counts (U, I) as the weights that ItemKNN compares, float32."""
    if weighting == "binary":
        return ones(events)
    if weighting == "count":
        return events.copy()
    weight = tfidf_weight if weighting == "tfidf" else bm25_weight
    return sp.csr_array(weight(sp.coo_matrix(events)).tocsr()).astype(np.float32)


def _neighbours(
    by_item: sp.csr_array, by_user: sp.csr_array, config: ItemKNNConfig, start: int
) -> sp.csr_array:
    """The rows from `start` of the similarity matrix (I, I)."""
    block = by_item[start : start + ITEMS_AT_ONCE]
    dots = (block @ by_user).tocsr()
    row = np.repeat(np.arange(dots.shape[0]), np.diff(dots.indptr))
    length = np.sqrt(by_item.multiply(by_item).sum(axis=1))
    dots.data /= length[start + row] * length[dots.indices] + config.shrink
    dots.data[row + start == dots.indices] = 0
    return strongest(dots, config.neighbours)


def strongest(rows: sp.csr_array, k: int) -> sp.csr_array:
    """The matrix with only the `k` largest positive entries of each row."""
    keep: npt.NDArray[np.bool_] = rows.data > 0
    bounds = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    for start, end in bounds:
        if end - start > k:
            rest = np.argpartition(rows.data[start:end], end - start - k)
            keep[start + rest[: end - start - k]] = False
    kept = np.concatenate([[0], keep.cumsum()])[rows.indptr]
    return sp.csr_array((rows.data[keep], rows.indices[keep], kept), shape=rows.shape)
