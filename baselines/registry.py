"""The baselines by name, for a command line or a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basketweave.baselines.baseline import Baseline, Config
from basketweave.baselines.ease import EASEConfig
from basketweave.baselines.factors import ALSConfig, BPRConfig
from basketweave.baselines.item_knn import ItemKNNConfig
from basketweave.baselines.markov import MarkovConfig
from basketweave.baselines.own_frequency import OwnFrequencyConfig
from basketweave.baselines.popularity import PopularityConfig, RecentPopularityConfig
from basketweave.baselines.rp3beta import RP3betaConfig
from basketweave.errors import UsageError

BASELINES: Mapping[str, type[Config]] = {
    "popularity": PopularityConfig,
    "recent-popularity": RecentPopularityConfig,
    "own-frequency": OwnFrequencyConfig,
    "item-knn": ItemKNNConfig,
    "rp3beta": RP3betaConfig,
    "markov": MarkovConfig,
    "ease": EASEConfig,
    "als": ALSConfig,
    "bpr": BPRConfig,
}
"""Name -> config; `BASELINES[name](…).build()` is the model."""


def baseline(name: str, **settings: Any) -> Baseline[Any]:
    """The named baseline, not fitted yet; `settings` are its config's fields.

    >>> baseline("ease", regularization=100).config
    EASEConfig(kind='PURCHASED', regularization=100.0, max_side=12500)

    Raises `UsageError` for a name or a setting that is not known.
    """
    if name not in BASELINES:
        raise UsageError(
            f"'{name}' is not a baseline. Use one of {', '.join(BASELINES)}."
        )
    return BASELINES[name].read(settings, name).build()
