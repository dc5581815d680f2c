"""`FilterSum`: the flat filter's sharp neighbourhood and the whole spectrum, added."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from basketweave.gnn.cheby_filter import ChebyFilter, ChebyFilterConfig
from basketweave.gnn.flat_filter import FlatFilter, FlatFilterConfig
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph


class FilterSumConfig(BaseModel):
    """The two filters, and what the flat one counts (0 to 1).

    The constants were chosen on held-out tenths of Gowalla's train.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flat: FlatFilterConfig = FlatFilterConfig()
    cheby: ChebyFilterConfig = ChebyFilterConfig(flatness=4, low_pass=0.1)
    weight: float = Field(0.4, ge=0, le=1)


class FilterSum:
    """weight · z(flat filter) + (1 - weight) · z(ChebyFilter), z over a user's items.

    The flat filter keeps the strongest 200 neighbours of an item, so its scores are
    sharp and many are 0; the polynomial reaches every item. No training.
    """

    def __init__(self, config: FilterSumConfig | None = None) -> None:
        self.config = config or FilterSumConfig()
        self._flat = FlatFilter(self.config.flat)
        self._cheby = ChebyFilter(self.config.cheby)

    def fit(self, train: Subgraph) -> Self:
        """Learn from the purchases of `train`; gives the model itself."""
        self._flat.fit(train)
        self._cheby.fit(train)
        return self

    def score(self, users: IntArray) -> FloatArray:
        """Scores (B, I) of every item for `users` (B,), positions in `train`."""
        weight = self.config.weight
        flat, cheby = self._flat.score(users), self._cheby.score(users)
        return weight * _standard(flat) + (1 - weight) * _standard(cheby)


def _standard(scores: FloatArray) -> FloatArray:
    """Rows (B, I) with mean 0 and deviation 1; zeros where all are equal."""
    centred: FloatArray = scores - scores.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    return centred / (deviation + (deviation == 0))
