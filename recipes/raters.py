"""Rating baselines by name, over a grid of constants."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import ValidationError

from basketweave.errors import UsageError
from basketweave.ranking import RATERS


def rater_grid(name: str, settings: Mapping[str, Any]) -> list[Any]:
    """A config for each combination of the settings that are lists.

    Raises `UsageError` for a name or a setting that is not known.
    """
    if name not in RATERS:
        raise UsageError(
            f"'{name}' predicts no stars. Use one of {', '.join(RATERS)}, or a scorer."
        )
    keys = searched(settings)
    try:
        return [
            RATERS[name](**{**settings, **dict(zip(keys, values, strict=True))})
            for values in product(*(settings[key] for key in keys))
        ]
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            f"'{name}' cannot be set up: {'.'.join(map(str, first['loc']))}: "
            f"{first['msg']}. It knows {', '.join(RATERS[name].model_fields)}."
        ) from error


def searched(settings: Mapping[str, Any]) -> list[str]:
    """The settings that are lists, from which validation chooses."""
    return [name for name, value in settings.items() if isinstance(value, list)]
