"""Baselines: what every learned model has to beat, under the same evaluation."""

from basketweave.baselines.baseline import Baseline, Config, HistoryBaseline
from basketweave.baselines.choose import Choice, choose
from basketweave.baselines.ease import EASE, EASEConfig
from basketweave.baselines.factors import ALS, BPR, ALSConfig, BPRConfig
from basketweave.baselines.item_knn import ItemKNN, ItemKNNConfig
from basketweave.baselines.own_frequency import OwnFrequency, OwnFrequencyConfig
from basketweave.baselines.popularity import (
    Popularity,
    PopularityConfig,
    RecentPopularity,
    RecentPopularityConfig,
)
from basketweave.baselines.registry import BASELINES, baseline

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
    "OwnFrequency",
    "OwnFrequencyConfig",
    "Popularity",
    "PopularityConfig",
    "RecentPopularity",
    "RecentPopularityConfig",
    "baseline",
    "choose",
]
