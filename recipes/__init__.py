"""Recipes: experiments, most on a published system, run and reported on by one command.

    run_recipe(read_recipe("sasrec_sessions"), Path("runs/sasrec_sessions"))

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.recipes.recipe import Recipe, read_recipe, shipped
    from basketweave.recipes.run import Finished, run_recipe

__all__ = ["Finished", "Recipe", "read_recipe", "run_recipe", "shipped"]

__getattr__ = lazily(
    __name__,
    {
        "Finished": "run",
        "Recipe": "recipe",
        "read_recipe": "recipe",
        "run_recipe": "run",
        "shipped": "recipe",
    },
)
