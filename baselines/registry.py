"""What is fitted at once and scores every item, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from basketweave.registry import Registry

if TYPE_CHECKING:
    from basketweave.baselines.base import Baseline, Config

BASELINES: Registry[Config] = Registry(
    "baseline",
    {
        "popularity": "baselines.popularity:PopularityConfig",
        "recent-popularity": "baselines.popularity:RecentPopularityConfig",
        "own-frequency": "baselines.own_frequency:OwnFrequencyConfig",
        "item-knn": "baselines.item_knn:ItemKNNConfig",
        "rp3beta": "baselines.rp3beta:RP3betaConfig",
        "markov": "baselines.markov:MarkovConfig",
        "ease": "baselines.ease:EASEConfig",
        "als": "baselines.factors:ALSConfig",
        "bpr": "baselines.factors:BPRConfig",
    },
)
"""What `evaluate` compares with; `BASELINES[name](…).build()` is the model."""

OTHERS: Registry[Config] = Registry(
    "scorer",
    {
        "gram-filter": "baselines.gram_filter:GramFilterConfig",
        "flat-filter": "baselines.flat_filter:FlatFilterConfig",
        "cheby-filter": "baselines.cheby_filter:ChebyFilterConfig",
        "repeat-ranker": "baselines.repeat_ranker:RepeatRankerConfig",
    },
)
"""What takes longer or answers one question alone: compared with where it is named."""

OWN = ("own-frequency", "repeat-ranker")
"""Those that know only what a person had: of what is new to them they can say nothing."""

FITTED: Registry[Config] = BASELINES | OTHERS


def baseline(name: str, **settings: Any) -> Baseline[Any]:
    """The named model of `FITTED`, not fitted yet; `settings` are its config's fields.

    >>> baseline("ease", regularization=100).config
    EASEConfig(kind='PURCHASED', regularization=100.0, max_side=12500)

    Raises `UsageError` for a name or a setting that is not known.
    """
    return FITTED.configured(name, **settings).build()
