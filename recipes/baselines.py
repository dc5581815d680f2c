"""Baselines of a ranking experiment: chosen on validation, then fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

from basketweave.baselines.base import Baseline
from basketweave.baselines.registry import baseline
from basketweave.choosing.windows import Windows
from basketweave.evaluation import Split, evaluate
from basketweave.recipes.raters import searched
from basketweave.recipes.sides import Sides

ROWS = 3_000
"""Questions of validation on which settings are compared."""


def baseline_grid(name: str, settings: Mapping[str, Any]) -> list[Baseline[Any]]:
    """A baseline for each combination of the settings that are lists.

    Raises `UsageError` for a name or a setting that is not known.
    """
    keys = searched(settings)
    return [
        baseline(name, **{**settings, **dict(zip(keys, values, strict=True))})
        for values in product(*(settings[key] for key in keys))
    ]


def fit_baseline(
    name: str, settings: Mapping[str, Any], windows: Windows, asked: Split, metric: str
) -> Sides:
    """The baseline, fitted on the events before a window when it is asked for.

    Of several combinations of settings, the one with the highest `metric` on a sample
    of `asked`, the questions of validation, is taken.
    """
    best, *others = grid = baseline_grid(name, settings)
    if others:
        tried = [one.fit(windows.validation.train) for one in grid]
        best = max(tried, key=lambda one: _reached(one, asked, metric))
    chosen = {key: getattr(best.config, key) for key in searched(settings)}

    def fitted(n: int) -> Baseline[Any]:
        if chosen and n == 1:
            return best
        return windows.at(n).fitted(best.config.build())

    return Sides(cache(fitted), chosen=chosen)


def _reached(model: Baseline[Any], asked: Split, metric: str) -> float:
    k = int(metric.partition("@")[2])
    return evaluate({"": model}, asked.drawn(ROWS), [k]).value("", metric)
