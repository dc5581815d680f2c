"""The config that does best on validation is chosen."""

from __future__ import annotations

import pytest

from basketweave.baselines import (
    OwnFrequencyConfig,
    PopularityConfig,
    choose,
)
from basketweave.errors import UsageError
from basketweave.evaluation import time_split
from tests.graphs import events_graph, random_graph


def test_choose_takes_the_config_that_does_best_on_validation() -> None:
    rows = [(u, u, day) for u in range(4) for day in (1, 2, 30)]
    subgraph = events_graph([*rows, *[(u, 3, 1) for u in range(3)]], 4, 4)
    configs = [PopularityConfig(), OwnFrequencyConfig(half_life_days=None)]
    choice = choose(configs, time_split(subgraph, days=5), "NDCG@1")
    assert choice.config == configs[1]
    assert [config for config, _ in choice.tried] == configs
    assert choice.tried[1][1] == pytest.approx(1)


def test_choose_needs_something_to_choose_from() -> None:
    with pytest.raises(UsageError, match="at least one"):
        choose([], time_split(random_graph(5, 5)))
