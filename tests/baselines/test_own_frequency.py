"""What a person bought most, the later the more."""

from __future__ import annotations

import numpy as np

from basketweave.baselines import (
    OwnFrequency,
    OwnFrequencyConfig,
)
from tests.graphs import events_graph


def test_own_frequency_fades_by_half_after_each_half_life() -> None:
    subgraph = events_graph([(0, 0, 0), (0, 0, 10), (0, 1, 20), (1, 2, 20)], 2, 3)
    faded = OwnFrequency(OwnFrequencyConfig(half_life_days=10)).fit(subgraph)
    assert faded.score(np.array([0])).tolist() == [[0.25 + 0.5, 1, 0]]
    forever = OwnFrequency(OwnFrequencyConfig(half_life_days=None)).fit(subgraph)
    assert forever.score(np.array([0])).tolist() == [[2, 1, 0]]
