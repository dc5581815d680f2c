"""Baselines: what every learned model has to beat, under the same evaluation.

They are fitted at once, and score every item. Graph filters and the trees that rank
what a person had stand among them; `BASELINES` and `FITTED` name them all. Names are
loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.baselines.base import Baseline, Config, HistoryBaseline
    from basketweave.baselines.cheby_filter import ChebyFilter, ChebyFilterConfig
    from basketweave.baselines.choice import ChosenConfig, choose
    from basketweave.baselines.ease import EASE, EASEConfig
    from basketweave.baselines.factors import ALS, BPR, ALSConfig, BPRConfig
    from basketweave.baselines.flat_filter import FlatFilter, FlatFilterConfig
    from basketweave.baselines.gram_filter import GramFilter, GramFilterConfig
    from basketweave.baselines.item_knn import ItemKNN, ItemKNNConfig
    from basketweave.baselines.markov import Markov, MarkovConfig
    from basketweave.baselines.own_frequency import OwnFrequency, OwnFrequencyConfig
    from basketweave.baselines.popularity import (
        Popularity,
        PopularityConfig,
        RecentPopularity,
        RecentPopularityConfig,
    )
    from basketweave.baselines.registry import BASELINES, FITTED, baseline
    from basketweave.baselines.repeat_ranker import RepeatRanker, RepeatRankerConfig
    from basketweave.baselines.rp3beta import RP3beta, RP3betaConfig

__all__ = [
    "ALS",
    "BASELINES",
    "BPR",
    "EASE",
    "FITTED",
    "ALSConfig",
    "BPRConfig",
    "Baseline",
    "ChebyFilter",
    "ChebyFilterConfig",
    "ChosenConfig",
    "Config",
    "EASEConfig",
    "FlatFilter",
    "FlatFilterConfig",
    "GramFilter",
    "GramFilterConfig",
    "HistoryBaseline",
    "ItemKNN",
    "ItemKNNConfig",
    "Markov",
    "MarkovConfig",
    "OwnFrequency",
    "OwnFrequencyConfig",
    "Popularity",
    "PopularityConfig",
    "RP3beta",
    "RP3betaConfig",
    "RecentPopularity",
    "RecentPopularityConfig",
    "RepeatRanker",
    "RepeatRankerConfig",
    "baseline",
    "choose",
]

_HOMES = {
    "base": ("Baseline", "Config", "HistoryBaseline"),
    "cheby_filter": ("ChebyFilter", "ChebyFilterConfig"),
    "choice": ("ChosenConfig", "choose"),
    "ease": ("EASE", "EASEConfig"),
    "factors": ("ALS", "BPR", "ALSConfig", "BPRConfig"),
    "flat_filter": ("FlatFilter", "FlatFilterConfig"),
    "gram_filter": ("GramFilter", "GramFilterConfig"),
    "item_knn": ("ItemKNN", "ItemKNNConfig"),
    "markov": ("Markov", "MarkovConfig"),
    "own_frequency": ("OwnFrequency", "OwnFrequencyConfig"),
    "popularity": (
        "Popularity",
        "PopularityConfig",
        "RecentPopularity",
        "RecentPopularityConfig",
    ),
    "registry": ("BASELINES", "FITTED", "baseline"),
    "repeat_ranker": ("RepeatRanker", "RepeatRankerConfig"),
    "rp3beta": ("RP3beta", "RP3betaConfig"),
}

__getattr__ = lazily(
    __name__, {name: home for home, names in _HOMES.items() for name in names}
)
