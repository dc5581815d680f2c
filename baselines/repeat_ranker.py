"""`RepeatRanker`: which of the items a person had they will take again, by trees."""

from __future__ import annotations

from typing import Self

import numpy as np
import polars as pl
import scipy.sparse as sp
from pydantic import Field
from sklearn.ensemble import HistGradientBoostingClassifier

from basketweave.baselines.base import Baseline, Config
from basketweave.baselines.own_pairs import own_pairs
from basketweave.errors import TrainingError
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.moments import DAY


class RepeatRankerConfig(Config):
    """How the trees are trained."""

    days: float = Field(28, gt=0)
    """Learn what is bought within so many days after each cut; the last cut is so long
    before the end."""
    cuts: int = Field(4, ge=1)
    """Past times from which is predicted."""
    step: float = Field(28, gt=0)
    """Days between them."""
    pairs: int = Field(100, ge=1)
    """Items of each person at each of those times: the best by `repeat`."""
    trees: int = Field(200, ge=1)
    """How many trees, one after the other."""
    leaves: int = Field(31, ge=2)
    """Leaves of a tree at most."""
    learning_rate: float = Field(0.06, gt=0)
    """What each tree counts."""
    seed: int = 0
    """Seed of the trees."""

    def build(self) -> RepeatRanker:
        return RepeatRanker(self)


class RepeatRanker(Baseline[RepeatRankerConfig]):
    """The probability that a pair is seen again within `days`, by boosted trees.

    Friedman (2001), "Greedy function approximation: a gradient boosting machine", as
    scikit-learn's histogram trees. It is a `Scorer`: an item a person never had
    scores 0.
    """

    def __init__(self, config: RepeatRankerConfig | None = None) -> None:
        super().__init__(config or RepeatRankerConfig())
        self.chance: sp.csr_array | None = None
        self._trees: HistGradientBoostingClassifier | None = None

    def fit(self, train: Subgraph) -> Self:
        """Learn from past times of `train`, and score its pairs as of its end.

        Raises `TrainingError` where its events are too few or too short in time.
        """
        c = self.config
        if c.kind not in train.events or not len(train.events[c.kind]):
            raise TrainingError(f"There are no {c.kind} events to learn habits from.")
        return super().fit(train)

    def _learn(self, train: Subgraph) -> None:
        c = self.config
        times = self._times(train)
        tables = [self._questions(train, time) for time in times]
        x = np.concatenate([table[0] for table in tables])
        y = np.concatenate([table[1] for table in tables])
        if y.min(initial=1) == y.max(initial=0):
            raise TrainingError(
                "Nothing that was bought once was bought again, or everything was: "
                "there is no habit to learn. Use the blend's own `repeat`."
            )
        self._trees = HistGradientBoostingClassifier(
            learning_rate=c.learning_rate,
            max_iter=c.trees,
            max_leaf_nodes=c.leaves,
            min_samples_leaf=100,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=c.seed,
        ).fit(x, y)

    def _read(self, subgraph: Subgraph) -> None:
        """Score its pairs as of its end, with the trees as they are."""
        trees = self._fitted(self._trees)
        pairs, names = own_pairs(subgraph, _end(subgraph, self.config.kind))
        chance = trees.predict_proba(pairs.select(names).to_numpy())[:, 1]
        where = pairs["user"].to_numpy(), pairs["item"].to_numpy()
        data = chance.astype(np.float32), where
        self.chance = sp.coo_array(data, shape=subgraph.shape).tocsr()

    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        """Probabilities (B, C) of each user (B,) with items of their own (B, C)."""
        held = self._fitted(self.chance)
        rows = np.repeat(users, items.shape[1])
        found = np.asarray(held[rows, items.ravel()], np.float32)
        return found.reshape(items.shape)

    def score(self, users: IntArray) -> FloatArray:
        """Probabilities (B, I) of every item."""
        return self._fitted(self.chance)[users].toarray()

    def _times(self, train: Subgraph) -> list[int]:
        c, events = self.config, train.events[self.config.kind]
        last = _end(train, c.kind) - c.days * DAY
        times = [int(last - n * c.step * DAY) for n in range(c.cuts)]
        found = [t for t in times if t - events.time.min() >= c.days * DAY]
        if not found:
            raise TrainingError(
                f"The events span less than {2 * c.days:g} days, so there is no past "
                "to learn habits from. Give fewer `days`."
            )
        return found

    def _questions(self, train: Subgraph, time: int) -> tuple[FloatArray, IntArray]:
        """Features (N, F) of pairs as of `time`, and whether they came again (N,)."""
        c, events = self.config, train.events[self.config.kind]
        pairs, names = own_pairs(train, time, c.kind)
        rank = pl.col("repeat").rank("ordinal", descending=True).over("user")
        pairs = pairs.filter(rank <= c.pairs)
        after = (events.time > time) & (events.time <= time + c.days * DAY)
        n_items = train.shape[1]
        again = np.unique(events.user[after] * n_items + events.item[after])
        keys = pairs["user"].to_numpy() * n_items + pairs["item"].to_numpy()
        return pairs.select(names).to_numpy(), np.isin(keys, again).astype(np.int64)


def _end(subgraph: Subgraph, kind: str) -> int:
    if subgraph.as_of is not None:
        return subgraph.as_of
    return int(subgraph.events[kind].time.max())
