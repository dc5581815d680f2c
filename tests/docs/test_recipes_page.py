"""The recipe that docs/recipes.md shows can be read, and names what there is."""

from __future__ import annotations

from pathlib import Path

from basketweave.recipes import shipped
from basketweave.recipes.models import check
from basketweave.recipes.recipe import parse

DOCS = Path(__file__).parents[2] / "docs/recipes.md"


def test_the_documented_recipe_can_be_run() -> None:
    text = DOCS.read_text(encoding="utf-8")
    block = text.split("```yaml\n")[1].split("```")[0]
    for experiment in parse(block, str(DOCS)).experiments.values():
        check(experiment)


def test_every_shipped_recipe_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in shipped())
