"""The scorers by name, for a command line or a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from basketweave.errors import UsageError
from basketweave.ranking.learned import ScorerConfig
from basketweave.ranking.neumf import NeuMFConfig
from basketweave.ranking.rating import BiasConfig, FactorisationConfig
from basketweave.ranking.wide_deep import WideDeepConfig

SCORERS: Mapping[str, type[ScorerConfig]] = {
    "neumf": NeuMFConfig,
    "wide-deep": WideDeepConfig,
}
"""Name -> config, for `train_scorer`."""

RATERS: Mapping[str, type[BiasConfig | FactorisationConfig]] = {
    "bias": BiasConfig,
    "matrix-factorisation": FactorisationConfig,
}
"""Name -> config of the rating baselines: `RATERS[name](…).build().fit(train)`."""


def scorer_config(name: str, **settings: Any) -> ScorerConfig:
    """The config of a named scorer.

    >>> scorer_config("wide-deep", loss="rating").loss
    'rating'

    Raises `UsageError` for a name or a setting that is not known.
    """
    if name not in SCORERS:
        raise UsageError(f"'{name}' is no scorer. Use one of {', '.join(SCORERS)}.")
    return SCORERS[name].read(settings, name)
