"""What a recipe may say: experiments, and the published system that they rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from basketweave.errors import UsageError
from basketweave.plain_yaml import parse_yaml
from basketweave.recipes.experiment import Experiment
from basketweave.settings import Settings

FOLDER = Path(__file__).parent


class Reference(Settings):
    """The published system: what it ran on, how it was measured, what it printed."""

    system: str
    """Its name, and where it was published."""
    data: str
    """What it ran on."""
    protocol: str
    """How it was measured."""
    figures: dict[str, float]
    """What it printed."""
    comparable: str
    """Whether its figures and ours may be set side by side, and why."""


class Recipe(Settings):
    """Experiments on data that can be had: what `basketweave run` runs."""

    name: str = Field(pattern="^[a-z0-9_]+$")
    """Name of the recipe and of its folder."""
    title: str
    """Heading of the report."""
    about: str
    """What is rebuilt, and what was found."""
    reference: Reference | None = None
    """The published system, if it rebuilds one."""
    experiments: dict[str, Experiment] = Field(min_length=1)
    """The tables of the report, by name."""
    show: str | None = None
    """The experiment whose blend is published into its store, and whose answers the
    report prints."""

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if self.show is not None and self.show not in self.experiments:
            raise ValueError(f"`show` names '{self.show}', which is no experiment")
        return self

    def only(self, names: Sequence[str]) -> Recipe:
        """The recipe with these experiments alone, or with all where none is named.

        Raises `UsageError` for an unknown experiment.
        """
        unknown = [name for name in names if name not in self.experiments]
        if unknown:
            raise UsageError(
                f"'{self.name}' has no experiment {', '.join(unknown)}. It has "
                f"{', '.join(self.experiments)}."
            )
        if not names:
            return self
        kept = {n: e for n, e in self.experiments.items() if n in names}
        show = self.show if self.show in kept else None
        return self.model_copy(update={"experiments": kept, "show": show})


def shipped() -> list[str]:
    """The names of the recipes that come with basketweave."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_recipe(source: str | Path) -> Recipe:
    """A recipe from a YAML file, or by the name of one that comes with basketweave.

    Raises `UsageError` naming the key and what it may be.
    """
    path = Path(source)
    try:
        if str(source) in shipped() and not path.is_file():
            path = FOLDER / f"{source}.yaml"
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"There is no recipe '{source}'. Give a .yaml file, or one of "
            f"{', '.join(shipped())}."
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"'{source}' cannot be read as a recipe: {error}") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> Recipe:
    """The recipe that a YAML text holds; `where` names it in errors."""
    content = parse_yaml(text, where)
    if not isinstance(content, Mapping):
        raise UsageError(f"'{where}' holds no recipe: it has no keys.")
    return Recipe.read(content, where)
