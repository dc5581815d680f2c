"""`basketweave serve` as a program: asked, written to, told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from basketweave.graph import connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service.keys import Keys

COUNT = "MATCH (:User {id: 'ann'})-[e:PURCHASED]->(:Item) RETURN count(e) AS n"


@pytest.fixture
def path(checkerboard: Tables, tmp_path: Path) -> Path:
    with connect(tmp_path / "shop.lbug") as store:
        store.load(checkerboard)
        derive(store)
    return tmp_path / "shop.lbug"


@contextmanager
def serving(path: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and where it answers."""
    line = [sys.executable, "-m", "basketweave", "serve", "--store", str(path)]
    with subprocess.Popen(
        [*line, "--port", "0", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    ) as program:
        assert program.stderr is not None
        told = program.stderr.readline()
        try:
            yield program, re.findall(r"http://[\d.:]+", told)[0]
        finally:
            program.kill()


def test_it_stops_when_told_and_has_all_that_it_accepted(path: Path) -> None:
    secret = Keys(path.with_name("shop.lbug.keys")).create("shop", ["read", "write"])
    with serving(path) as (program, url):
        with httpx2.Client(base_url=url, headers={"X-API-Key": secret}) as shop:
            assert httpx2.get(f"{url}/api/about").status_code == 401
            assert shop.get("/api/recommend/ann").status_code == 200
        accepted: list[int] = []
        sending = threading.Thread(target=_send, args=(url, secret, accepted))
        sending.start()
        while len(accepted) < 30:
            time.sleep(0.01)
        program.send_signal(signal.SIGTERM)
        assert program.stderr is not None
        lines = program.stderr.read().splitlines()
        assert program.wait(60) == 0
        sending.join()
    assert lines[-1] == "Ended."
    logged = [json.loads(line) for line in lines[:-1]]
    assert {line["route"] for line in logged} >= {"/api/events", "/api/about"}
    with connect(path, read_only=True) as store:
        assert store.run(COUNT)["n"][0] == 4 + len(accepted)


def _send(url: str, secret: str, accepted: list[int]) -> None:
    """Events one after the other, until there is no answer; `accepted` were answered."""
    with httpx2.Client(base_url=url, headers={"X-API-Key": secret}) as shop:
        for n in range(len(accepted) + 10, 100_000):
            bought = {"user": "ann", "item": "a", "time": 86_400 * n + 1}
            try:
                answer = shop.post("/api/events", json={"events": [bought]})
            except httpx2.TransportError:
                return
            if answer.status_code != 200:
                return
            accepted.append(n)
