"""`NewItemRanker`: which of the items that the blend offers are taken up, by trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import HistGradientBoostingClassifier

from basketweave.errors import TrainingError, UsageError
from basketweave.evaluation import Split
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.ranking.pair_tables import PairTables
from basketweave.serving.blend import Parts
from basketweave.serving.offline import Sources, values_at


class NewItemRankerConfig(BaseModel):
    """How the trees are trained: many small ones, since takers are one in a hundred.

    without   features to leave out, by how their names begin: a part such as
              `content`, or a group such as `brand`
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = PURCHASED
    trees: int = Field(200, ge=1)
    leaves: int = Field(8, ge=2)
    least: int = Field(500, ge=1)
    learning_rate: float = Field(0.05, gt=0)
    without: tuple[str, ...] = ()
    seed: int = 0


class NewItemRanker:
    """The probability that someone takes up an item they never had, by boosted trees.

    It learns from what was offered before past windows, and was taken in them. Its
    features are the blend's raw parts and each part's share of the request's
    largest, what is known of the item and the person, and the person's habits in
    its category, the one above and its brand (`PairTables`). Friedman (2001),
    "Greedy function approximation", as scikit-learn's histogram trees. A `Scorer`.
    """

    def __init__(self, config: NewItemRankerConfig | None = None) -> None:
        self.config = config or NewItemRankerConfig()
        self.names: list[str] = []
        self._trees: HistGradientBoostingClassifier | None = None
        self._now: tuple[Sources, PairTables] | None = None

    def fit(self, windows: Sequence[tuple[Sources, Split]]) -> Self:
        """Learn from past windows: what was known before each, and what came after.

        Raises `TrainingError` where nothing that was offered was taken.
        """
        asked = [self._questions(*window) for window in windows]
        known = pl.concat([table for table, _ in asked])
        taken = np.concatenate([y for _, y in asked])
        if not taken.any():
            raise TrainingError(
                "Nothing new that the blend offered was taken in these windows, so "
                "there is nothing to learn. Use longer ones, or the blend as it is."
            )
        c, left_out = self.config, tuple(f"{name}_" for name in self.config.without)
        self.names = [
            name
            for name, none in zip(known.columns, known.null_count().row(0), strict=True)
            if none < len(known) and not f"{name}_".startswith(left_out)
        ]
        self._trees = HistGradientBoostingClassifier(
            learning_rate=c.learning_rate,
            max_iter=c.trees,
            max_leaf_nodes=c.leaves,
            min_samples_leaf=c.least,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=c.seed,
        ).fit(known.select(self.names).to_numpy(), taken)
        return self

    def refresh(self, sources: Sources, subgraph: Subgraph) -> Self:
        """Score from now on as of the end of `subgraph`, of which `sources` are."""
        self._now = sources, PairTables.of(subgraph, self.config.kind)
        return self

    def score_pairs(self, users: IntArray, items: IntArray) -> FloatArray:
        """Probabilities (B, C) of each user (B,) with items of their own (B, C)."""
        sources, tables = self._ready()
        row = np.repeat(np.arange(len(users)), items.shape[1])
        parts = sources.pairs(users, row, items.ravel())
        return self._chances(parts, users, tables).reshape(items.shape)

    def score(self, users: IntArray) -> FloatArray:
        """Probabilities (B, I) of what the blend offers; -inf at all other items."""
        sources, tables = self._ready()
        parts = sources.parts(users, "new")
        out = np.full((len(users), len(sources.popularity)), -np.inf, np.float32)
        out[parts.user, parts.item] = self._chances(parts, users, tables)
        return out

    def _ready(self) -> tuple[Sources, PairTables]:
        if self._now is None or self._trees is None:
            raise UsageError(
                "This NewItemRanker is not ready. Call fit(windows), then "
                "refresh(sources, subgraph)."
            )
        return self._now

    def _chances(self, parts: Parts, users: IntArray, tables: PairTables) -> FloatArray:
        assert self._trees is not None
        if not len(parts.item):
            return np.zeros(0, np.float32)
        x = _features(parts, users, tables).select(self.names).to_numpy()
        chance: FloatArray = self._trees.predict_proba(x)[:, 1].astype(np.float32)
        return chance

    def _questions(
        self, sources: Sources, split: Split
    ) -> tuple[pl.DataFrame, IntArray]:
        """Features of what was offered, a row each, and whether it was taken (N,)."""
        asked = split.under("new")
        parts = sources.parts(asked.users, "new")
        tables = PairTables.of(split.train, self.config.kind)
        taken = values_at(asked.truth, parts.user, parts.item) > 0
        return _features(parts, asked.users, tables), taken.astype(np.int64)


def _features(parts: Parts, users: IntArray, tables: PairTables) -> pl.DataFrame:
    raw = {name: v for name, v in parts.raw.items() if name != "repeat"}
    share = {
        f"{name}_share": pl.col(name) / pl.col(name).max().over("row") for name in raw
    }
    pairs = pl.DataFrame(
        {"row": parts.user, "user": users[parts.user], "item": parts.item, **raw}
    ).with_columns(**share)
    return tables.join(pairs).drop("row", "user", "item").cast(pl.Float32)
