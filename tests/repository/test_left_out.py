"""A test that needs what is not there is left out, counted, and not forgotten on CI."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[2] / "conftest.py"
TESTS = """
import pytest

def test_plain(): pass

@pytest.mark.data
def test_whole(): pass

@pytest.mark.data
def test_whole_too(): pass

@pytest.mark.compose
def test_composed(): assert False, "no compose"
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_summary_says_how_many_were_left_out(
    tmp_path: Path, processes: str
) -> None:
    told = run(tmp_path, "-n", processes)
    assert "1 passed" in told
    assert "2 tests need the published data sets: set BASKETWEAVE_DATA" in told
    assert "1 test needs Docker Compose: install docker compose" in told
    assert "skipped" not in told


def test_what_is_there_is_used(tmp_path: Path) -> None:
    told = run(tmp_path, BASKETWEAVE_DATA=str(tmp_path))
    assert "3 passed, 1 deselected" in told
    assert "data sets" not in told


def test_on_ci_nothing_that_can_be_installed_is_left_out(tmp_path: Path) -> None:
    told = run(tmp_path, CI="true")
    assert "1 failed, 1 passed, 2 deselected" in told
    assert "Docker Compose" not in told


def run(folder: Path, *arguments: str, **environment: str) -> str:
    shutil.copy(CONFTEST, folder)
    (folder / "test_some.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments, "test_some.py"],
        check=False,
        cwd=folder,
        env={"PATH": str(folder), "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr
