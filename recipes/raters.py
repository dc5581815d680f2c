"""Rating baselines by name, over a grid of constants."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from basketweave.ranking import RATERS


def rater_grid(name: str, settings: Mapping[str, Any]) -> list[Any]:
    """A config for each combination of the settings that are lists.

    Raises `UsageError` for a name or a setting that is not known.
    """
    keys = searched(settings)
    return [
        RATERS.configured(name, **{**settings, **dict(zip(keys, values, strict=True))})
        for values in product(*(settings[key] for key in keys))
    ]


def searched(settings: Mapping[str, Any]) -> list[str]:
    """The settings that are lists, from which validation chooses."""
    return [name for name, value in settings.items() if isinstance(value, list)]
