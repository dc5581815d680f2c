"""OwnFrequency: what the user bought most, lately."""

from __future__ import annotations

import scipy.sparse as sp
from pydantic import Field

from basketweave.baselines.base import Baseline, Config
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph
from basketweave.moments import DAY


class OwnFrequencyConfig(Config):
    """How fast a purchase loses its weight."""

    half_life_days: float | None = Field(60, gt=0)
    """Days after which a purchase counts half; None: it never fades. On the Complete
    Journey's validation window NDCG@10 is .394 for 30 days, .412 for 60, .415 for 90,
    .391 for none."""

    def build(self) -> OwnFrequency:
        return OwnFrequency(self)


class OwnFrequency(Baseline[OwnFrequencyConfig]):
    """A user's own purchases of each item, faded by age.

    The strongest single signal where people buy the same again (Hu et al. 2020,
    "Modeling personalized item frequency information for next-basket
    recommendation"); it can offer nothing new.
    """

    def __init__(self, config: OwnFrequencyConfig | None = None) -> None:
        super().__init__(config or OwnFrequencyConfig())
        self._frequency: sp.csr_array | None = None

    def score(self, users: IntArray) -> FloatArray:
        frequency: FloatArray = self._fitted(self._frequency)[users].toarray()
        return frequency

    def _learn(self, train: Subgraph) -> None:
        """There is nothing that one user's scores owe to others."""

    def _read(self, subgraph: Subgraph) -> None:
        events, weight = subgraph.events[self.config.kind], None
        if self.config.half_life_days is not None:
            now = subgraph.as_of if subgraph.as_of is not None else events.time.max()
            weight = 0.5 ** ((now - events.time) / DAY / self.config.half_life_days)
        self._frequency = subgraph.interactions(self.config.kind, weight)
