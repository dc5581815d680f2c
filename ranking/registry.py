"""The scorers and the rating models by name, for a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from basketweave.registry import Registry

if TYPE_CHECKING:
    from basketweave.ranking.learned import ScorerConfig
    from basketweave.ranking.rating import BiasConfig, FactorisationConfig

SCORERS: Registry[ScorerConfig] = Registry(
    "scorer",
    {
        "neumf": "ranking.neumf:NeuMFConfig",
        "wide-deep": "ranking.wide_deep:WideDeepConfig",
    },
)
"""Name -> config, for `train_scorer`."""

RATERS: Registry[BiasConfig | FactorisationConfig] = Registry(
    "model of stars",
    {
        "bias": "ranking.rating:BiasConfig",
        "matrix-factorisation": "ranking.rating:FactorisationConfig",
    },
)
"""Name -> config of the rating baselines: `RATERS[name](…).build().fit(train)`."""


def scorer_config(name: str, **settings: Any) -> ScorerConfig:
    """The config of a named scorer.

    >>> scorer_config("wide-deep", loss="rating").loss
    'rating'

    Raises `UsageError` for a name or a setting that is not known.
    """
    return SCORERS.configured(name, **settings)
