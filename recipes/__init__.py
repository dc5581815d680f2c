"""Recipes: a published system, rebuilt and reported on by one command.

    run_recipe(read_recipe("sasrec_sessions"), Path("runs/sasrec_sessions"))

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basketweave.recipes.recipe import Recipe, read_recipe, shipped
    from basketweave.recipes.run import Finished
    from basketweave.recipes.run import run as run_recipe

_HOMES = {
    "Finished": ("run", "Finished"),
    "Recipe": ("recipe", "Recipe"),
    "read_recipe": ("recipe", "read_recipe"),
    "run_recipe": ("run", "run"),
    "shipped": ("recipe", "shipped"),
}

__all__ = ["Finished", "Recipe", "read_recipe", "run_recipe", "shipped"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'basketweave.recipes' has no attribute {name!r}")
    module, original = _HOMES[name]
    return getattr(import_module(f"basketweave.recipes.{module}"), original)
