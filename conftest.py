"""Tests that need what not every machine has: left out where it is missing, and counted.

On CI (the variable CI is set) a browser, Redis and Docker Compose have to be there; the
published data sets are read where BASKETWEAVE_DATA names their folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

LEFT_OUT = pytest.StashKey[Counter[str]]()
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Need(NamedTuple):
    """What a test marked so needs: whether it is there, what it is, how to have it."""

    there: Callable[[], object]
    what: str
    how: str


def _ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _browser() -> bool:
    if _ci() or any(map(shutil.which, BROWSERS)):
        return True
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).is_file()


def _compose() -> bool:
    return _ci() or _runs("docker", "compose") or _runs("docker-compose")


def _java() -> bool:
    from basketweave.errors import UsageError
    from basketweave.graph.sharded.spark_session import check_java

    try:
        check_java()
    except UsageError:
        return False
    return True


def _runs(*words: str) -> bool:
    if shutil.which(words[0]) is None:
        return False
    asked = [*words, "version"]
    return not subprocess.run(asked, check=False, capture_output=True).returncode


NEEDS = {
    "data": Need(
        lambda: os.environ.get("BASKETWEAVE_DATA"),
        "the published data sets",
        "set BASKETWEAVE_DATA to the folder of beauty/, gowalla/ … (docs/loaders.md)",
    ),
    "browser": Need(
        _browser,
        "a browser",
        "install Chromium or Chrome, or run .venv/bin/playwright install chromium",
    ),
    "redis": Need(
        lambda: _ci() or shutil.which("redis-server"),
        "a Redis server",
        "install redis (Debian: redis-server); it need not run",
    ),
    "spark": Need(
        _java,
        "a Java that Spark runs on",
        "install Java 17 or later (Debian: openjdk-17-jre-headless), or set JAVA_HOME",
    ),
    "connector": Need(
        lambda: os.environ.get("BASKETWEAVE_SPARK_CONNECTOR"),
        "Neo4j's connector for Spark",
        "set BASKETWEAVE_SPARK_CONNECTOR to its jar (docs/scale.md names the release)",
    ),
    "compose": Need(
        _compose,
        "Docker Compose",
        "install docker compose, or on Debian docker-compose; no engine has to run",
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()
    for mark, need in NEEDS.items():
        config.addinivalue_line("markers", f"{mark}: needs {need.what}")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    marked = {m: [i for i in items if i.get_closest_marker(m)] for m in NEEDS}
    without = {m for m, found in marked.items() if found and not NEEDS[m].there()}
    out = {item: mark for mark in without for item in marked[mark]}
    config.stash[LEFT_OUT].update(out.values())
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=list(out))


def pytest_sessionfinish(session: pytest.Session) -> None:
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:  # in a process of pytest-xdist
        told["left_out"] = dict(session.config.stash[LEFT_OUT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """All processes of pytest-xdist collect the same: what one left out, all did."""
    told = getattr(node, "workeroutput", {}).get("left_out", {})
    node.config.stash[LEFT_OUT] |= Counter(told)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash[LEFT_OUT]
    if left_out:
        terminalreporter.section("left out")
    for mark, count in left_out.items():
        need = NEEDS[mark]
        tests = "1 test needs" if count == 1 else f"{count} tests need"
        terminalreporter.line(f"{tests} {need.what}: {need.how}.")
