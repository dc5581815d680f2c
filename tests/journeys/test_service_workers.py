"""A service of two processes, as its clients and its owner meet it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from basketweave import connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from tests.journeys.service_faults import Killed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no SO_REUSEPORT")


@pytest.fixture(scope="module")
def store(checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workers") / "graph.lbug"
    with connect(path) as opened:
        opened.load(checkerboard)
        derive(opened)
    return path


@pytest.fixture(scope="module")
def service(store: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    started = Killed(store, 0, 2, "--rate", "1000/hour")
    process = started.start()
    yield started.url, process
    process.kill()
    process.wait()


def ask(url: str, path: str, **body: Any) -> Any:
    """Over a connection of its own, which any of the processes may take."""
    method = "POST" if body else "GET"
    return httpx2.request(method, f"{url}/api/{path}", json=body or None, timeout=60)


def answers(url: str) -> list[Any]:
    """Answers of which each process gave some."""
    given: list[Any] = []
    for _ in range(200):
        given.append(ask(url, "recommend/ann?k=3").json())
        if len({one["id"][-2:] for one in given}) == 2:
            return given
    raise AssertionError("one process has answered all")


def test_the_processes_answer_as_one(
    service: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, _ = service
    given = answers(url)
    assert len({str(one["items"]) for one in given}) == 1
    event = {"user": "ann", "item": "b", "time": 2_000_000}
    for _ in range(3):
        assert ask(url, "events", events=[event]).status_code == 200
    for _ in range(8):
        found = {one["item"] for one in ask(url, "recommend/ann").json()["items"]}
        assert found == {"d", "f"}

    for one in given:  # whichever process is told
        assert ask(url, "shown", answer=one["id"]).json() == {"shown": 3}
    asked = 'method="GET",route="/api/recommend/{user}",status="200"'
    counted = ask(url, "metrics").text
    (n,) = [
        float(line.split()[-1])
        for line in counted.splitlines()
        if line.startswith("basketweave_request_seconds_count") and asked in line
    ]
    assert n == len(given) + 8
    gone = httpx2.delete(f"{url}/api/users/ann", timeout=60).json()
    assert (gone["users"], gone["shown"]) == (1, 3 * len(given))
    for _ in range(4):
        assert ask(url, "recommend/ann").status_code == 404
    for one in given:
        assert ask(url, "shown", answer=one["id"]).status_code == 404


def test_a_process_that_ends_is_started_anew(
    service: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, process = service
    workers = serving(process)
    os.kill(workers[0].pid, signal.SIGKILL)
    workers[0].wait()
    while len(serving(process)) < 2:
        time.sleep(0.05)
    first, both = time.monotonic(), set[str]()
    while len(both) < 2:
        assert time.monotonic() < first + 120, "only one process answers"
        both.add(ask(url, "recommend/bob").json()["id"][-2:])
        time.sleep(0.1)


def test_what_one_process_counted_is_the_others_limit_too(
    service: tuple[str, subprocess.Popen[bytes]],
) -> None:
    url, _ = service
    with httpx2.Client(base_url=url, timeout=60) as one:  # whose connection one has
        while one.get("/api/history/bob").status_code == 200:
            pass
    for _ in range(12):
        refused = ask(url, "history/bob")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 3600


def test_the_place_is_taken_and_freed(
    service: tuple[str, subprocess.Popen[bytes]], store: Path
) -> None:
    url, process = service
    port = url.rpartition(":")[2]
    other = store.with_name("other.lbug")
    with connect(other):
        pass
    command = ["-m", "basketweave", "serve", "--store", str(other), "--port", port]
    refused = subprocess.run(
        [sys.executable, *command, "--workers", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "another --port" in refused.stderr
    workers = serving(process)
    process.terminate()
    assert process.wait(60) == 0
    assert not any(one.is_running() for one in workers)
    with connect(store, read_only=True) as opened:
        assert opened.count("User") == 4


def serving(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    found = []
    for one in psutil.Process(process.pid).children():
        with suppress(psutil.Error):  # it has just ended
            if "spawn_main" in " ".join(one.cmdline()):
                found.append(one)
    return found
