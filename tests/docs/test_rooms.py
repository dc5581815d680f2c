"""Rooms import one way: the contract holds, would not let a circle in, and is drawn."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package, in which the code folders are folders and no links."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make lint` says of the imports in `folder/src`."""
    command = Path(sysconfig.get_path("scripts"), "lint-imports")
    return subprocess.run(
        [command, "--no-cache", ROOT / "pyproject.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_arrows_between_rooms_run_one_way() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "from basketweave.serving.recommender import Recommender",
        "def late():\n    from basketweave.loaders.load import load_tables",
        "if TYPE_CHECKING:\n    import basketweave.cli.app",
        "from basketweave import Recommender",
    ],
)
def test_an_arrow_that_runs_up_is_found(tree: Path, line: str) -> None:
    with (tree / "src/basketweave/graph/schema.py").open("a") as file:
        file.write(f"\n{line}\n")
    done = lint(tree)
    assert done.returncode == 1
    assert "Arrows run one way BROKEN" in done.stdout
    assert "basketweave.graph.schema -> basketweave" in done.stdout


def test_a_new_folder_has_to_have_its_place(tree: Path) -> None:
    shutil.copytree(tree / "src/basketweave/queries", tree / "src/basketweave/attic")
    done = lint(tree)
    assert done.returncode == 1
    assert "attic" in done.stdout


def test_the_picture_is_that_of_the_contract() -> None:
    drawing = runpy.run_path(str(ROOT / "docs/rooms.py"))
    drawn = drawing["picture"](drawing["order"]())
    kept = (ROOT / "docs/rooms.svg").read_text(encoding="utf-8")
    assert drawn == kept, "draw it anew: python docs/rooms.py"
