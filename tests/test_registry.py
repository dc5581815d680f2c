"""What a registry names is what is listed: in help, in the documentation, in errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from basketweave.baselines.registry import BASELINES, FITTED
from basketweave.cli.app import app
from basketweave.encoders.registry import ENCODERS
from basketweave.errors import UsageError
from basketweave.ranking.registry import RATERS, SCORERS
from basketweave.registry import Registry
from basketweave.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("registry", [ENCODERS, FITTED, SCORERS, RATERS], ids=str)
def test_every_name_has_a_config_with_defaults(registry: Registry[Any]) -> None:
    for name in registry:
        assert isinstance(registry.configured(name), Settings)
        assert callable(registry[name].build)


def test_a_name_that_is_none_is_told_with_what_was_meant() -> None:
    with pytest.raises(UsageError, match=r"'gatt' is no encoder\. Did you mean 'gat'"):
        ENCODERS.configured("gatt")
    with pytest.raises(UsageError, match=r"gat: 'dims' .* Did you mean 'dim'"):
        ENCODERS.configured("gat", dims=3)


def test_two_registries_are_one() -> None:
    both = ENCODERS | RATERS
    assert list(both) == [*ENCODERS, *RATERS]
    assert both["bias"] is RATERS["bias"]
    with pytest.raises(UsageError, match="is no encoder or model of stars"):
        both.configured("nothing")


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("train", [*ENCODERS]),
        ("tune", [*ENCODERS, *FITTED]),
        ("evaluate", [*ENCODERS, *FITTED]),
    ],
)
def test_help_names_all_of_them(command: str, names: list[str]) -> None:
    done = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "400"})
    for name in names:
        assert re.search(rf"\b{name}[,.)]", done.stdout), name


def listed(page: str, head: str) -> list[str]:
    """The names in the first column of the table under this head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    rows = text.split(f"\n| {head} |", 1)[1].split("\n\n")[0].splitlines()[2:]
    return re.findall(r"`([a-z0-9-]+)`", " ".join(row.split(" | ")[0] for row in rows))


def test_the_tables_of_the_documentation_name_all_of_them() -> None:
    assert listed("models.md", "encoder") == list(ENCODERS)
    assert listed("evaluation.md", "model") == list(FITTED)
    assert listed("evaluation.md", "model")[: len(BASELINES)] == list(BASELINES)
    assert listed("models.md", "scorer") == [*SCORERS, *RATERS]
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert "`train " + r"\|".join(ENCODERS) + "`" in readme
