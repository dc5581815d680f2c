"""What is written over HTTP is there for the next request, cached answers or not."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from basketweave.errors import UsageError
from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import ServiceSettings, create_app
from basketweave.service.cache import Cache, MemoryCache
from basketweave.service.redis_cache import RedisCache


@pytest.fixture
def own(checkerboard: Tables, tmp_path: Path) -> Iterator[GraphStore]:
    """A checkerboard to write to."""
    with connect(tmp_path / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


@contextmanager
def asking(store: GraphStore, **settings: Any) -> Iterator[TestClient]:
    app = create_app(store, ServiceSettings(**settings))
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def items(client: TestClient, user: str) -> list[str]:
    answer = client.get(f"/api/recommend/{user}")
    assert answer.status_code == 200, answer.text
    return sorted(one["item"] for one in answer.json()["items"])


def lookups(client: TestClient, found: str) -> float:
    text = client.get("/api/metrics").text
    name = f'basketweave_cache_lookups_total{{found="{found}"}} '
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


def bought(user: str, item: str, **more: Any) -> dict[str, Any]:
    return {"events": [{"user": user, "item": item, **more}]}


def test_an_event_counts_once_and_at_once(own: GraphStore) -> None:
    with asking(own) as client:
        assert items(client, "ann") == ["b", "d", "f"]
        event = bought("ann", "b", id="order-1", time=9 * 86_400, answer="an-answer")
        first = client.post("/api/events", json=event).json()
        assert first == {"events": 1, "already_there": 0, "users": 0, "items": 0}
        again = client.post("/api/events", json=event).json()
        assert again["already_there"] == 1
        assert items(client, "ann") == ["d", "f"]
        new = client.post("/api/events", json=bought("zoe", "a")).json()
        assert new["users"] == 1
        assert "a" not in items(client, "zoe")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"events": []}, "'events'"),
        ({"events": [{"user": "ann"}]}, "'events.0.item' is missing"),
        (bought("ann", "b", kind="STOLE"), "no kind of event"),
        (bought("ann", "b", time=4 * 10**9), "more than a day ahead"),
        (bought("ann", "b", size=1), "'events.0.size' is not a field"),
        ({"events": [{"user": "ann", "item": "b"}] * 10_001}, "10000"),
        ({"events": [{"user": True, "item": "b"}]}, "'events.0.user"),
    ],
    ids=str,
)
def test_events_that_cannot_be_recorded_change_nothing(
    client: TestClient, body: dict[str, Any], told: str
) -> None:
    found = client.post("/api/events", json=body)
    assert found.status_code == 422
    assert told in found.json()["detail"]
    assert len(items(client, "ann")) == 3


# --- the cache ---


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with closing(Redis(tmp_path_factory.mktemp("redis"))) as server:
        server.start()
        yield server


class Redis:
    """Debian's redis-server, which can go away and come back."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url, self._folder = f"redis://127.0.0.1:{self.port}", folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing: apt-get install redis-server"
        how = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir"]
        self._process = subprocess.Popen(
            [
                program,
                *how,
                str(self._folder),
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
            ],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(500):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server does not answer")

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def address(request: pytest.FixtureRequest) -> str:
    if request.param == "memory":
        return "memory"
    return str(request.getfixturevalue("redis_server").url)


def test_an_answer_is_kept_until_its_person_does_something(
    own: GraphStore, address: str
) -> None:
    with asking(own, cache=address) as client:
        first, second = (client.get("/api/recommend/ann").json() for _ in range(2))
        assert (lookups(client, "no"), lookups(client, "yes")) == (1, 1)
        assert first.pop("id") != second.pop("id")
        assert first == second
        assert items(client, "cat") == items(client, "cat")
        client.post("/api/events", json=bought("ann", "b"))
        assert items(client, "ann") == ["d", "f"]
        items(client, "cat")
        assert lookups(client, "yes") == 3  # cat's answer is still kept
        derive(own)  # whoever writes: nothing is kept after it
        items(client, "cat")
        assert lookups(client, "yes") == 3


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def cache(request: pytest.FixtureRequest) -> Cache:
    if request.param == "memory":
        return MemoryCache(60)
    return RedisCache(request.getfixturevalue("redis_server").url, 60, str(time.time()))


def test_an_answer_computed_before_a_change_is_not_kept_after_it(cache: Cache) -> None:
    for whom in (["ann"], None):
        _, place = cache.find("ann", "q")
        _, other = cache.find("bob", "q")
        cache.empty(whom)
        cache.keep(place, b"old")
        cache.keep(other, b"his")
        assert cache.find("ann", "q")[0] is None
        assert cache.find("bob", "q")[0] == (b"his" if whom else None)
        _, place = cache.find("ann", "q")
        cache.keep(place, b"new")
        assert cache.find("ann", "q")[0] == b"new"
        assert cache.find("ann", "p")[0] is None


@pytest.mark.redis
def test_without_redis_answers_are_computed_and_nothing_old_comes_back(
    own: GraphStore, redis_server: Redis
) -> None:
    with asking(own, cache=redis_server.url) as client:
        assert items(client, "ann") == ["b", "d", "f"]
        redis_server.close()
        assert items(client, "ann") == ["b", "d", "f"]
        event = client.post("/api/events", json=bought("ann", "b"))
        assert event.status_code == 200
        redis_server.start()  # with all that it had kept
        time.sleep(1.1)
        assert items(client, "ann") == ["d", "f"]
        assert items(client, "ann") == ["d", "f"]
        assert lookups(client, "yes") == 1


def test_what_is_no_cache_is_told(store: GraphStore) -> None:
    with pytest.raises(UsageError, match="redis://host"):
        create_app(store, ServiceSettings(cache="disk"))


def test_who_asks_too_often_is_told_when_to_come_back(store: GraphStore) -> None:
    with asking(store, rate="3/minute") as client:
        answers = [client.get("/api/about") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert client.get("/api/health/live").status_code == 200
    with pytest.raises(UsageError, match="100/second"):
        ServiceSettings(rate="often")
