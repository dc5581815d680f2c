"""Baselines: what every learned model has to beat, under the same evaluation."""

from basketweave.baselines.baseline import Baseline, Config, HistoryBaseline
from basketweave.baselines.choose import Choice, choose
from basketweave.baselines.ease import EASE, EASEConfig
from basketweave.baselines.factors import ALS, BPR, ALSConfig, BPRConfig
from basketweave.baselines.item_knn import ItemKNN, ItemKNNConfig
from basketweave.baselines.markov import Markov, MarkovConfig
from basketweave.baselines.own_frequency import OwnFrequency, OwnFrequencyConfig
from basketweave.baselines.popularity import (
    Popularity,
    PopularityConfig,
    RecentPopularity,
    RecentPopularityConfig,
)
from basketweave.baselines.registry import BASELINES, baseline
from basketweave.baselines.rp3beta import RP3beta, RP3betaConfig

__all__ = [
    "ALS",
    "BASELINES",
    "BPR",
    "EASE",
    "ALSConfig",
    "BPRConfig",
    "Baseline",
    "Choice",
    "Config",
    "EASEConfig",
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
    "baseline",
    "choose",
]
