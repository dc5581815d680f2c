"""What others may do to a service: it says no, or does it once, and goes on answering."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from basketweave import remote
from basketweave.errors import ServiceError, UsageError
from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.remote_client.remote import Remote
from basketweave.service import ServiceSettings, create_app
from basketweave.service.keys import Keys
from basketweave.service.server import running

INJECTED = [
    "') DETACH DELETE (n) //",
    "x'}) MATCH (n) DETACH DELETE n RETURN ('",
    "$user",
    "`); MATCH (n) DELETE n; //",
    "<script>document.title=1</script>",
    "a\r\nX-Evil: 1",
    "{{7*7}}${7*7}%s%n",
    "../../../etc/passwd",
    "\u202e\ufeff\u0000",
]


@pytest.fixture(scope="module")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    with connect(tmp_path_factory.mktemp("attacked") / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


@pytest.fixture(scope="module")
def url(store: GraphStore) -> Iterator[str]:
    with running(create_app(store)) as found:
        yield found


@pytest.fixture(scope="module")
def service(url: str) -> Iterator[Remote]:
    with remote(url, timeout=60) as found:
        yield found


def size(store: GraphStore) -> tuple[int, int]:
    return store.count("User"), store.count("Item")


@pytest.mark.parametrize("text", INJECTED)
def test_what_would_be_code_is_text_in_every_field(
    url: str, store: GraphStore, text: str
) -> None:
    before = size(store)
    rules = ("categories", "not_categories", "brands", "not_brands", "exclude")
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("recommend", {"user": text}),
        ("recommend", {"user": "ann", "known": text}),
        ("recommend", {"user": "ann", "as_of": text}),
        ("recommend", {"user": "ann", "session": [text]}),
        ("recommend", {"user": "ann", "weights": {text: 1}}),
        ("recommend", {"user": "ann", text: text}),
        *(("recommend", {"user": "ann", "where": {rule: [text]}}) for rule in rules),
        ("session", {"items": [text]}),
        ("batch", {"requests": [{"user": text}]}),
        ("events", {"events": [{"user": "ann", "item": "a", "kind": text}]}),
        ("events", {"events": [{"user": "ann", "item": "a", "time": text}]}),
        ("events", {"events": [{"user": "ann", "item": "a", "value": text}]}),
    ]
    with httpx2.Client(base_url=f"{url}/api/", timeout=60) as client:
        found = [client.post(path, json=body) for path, body in bodies]
        found += [client.get("search", params={"q": text})]
    assert {one.status_code for one in found} <= {200, 404, 422}
    assert all(one.headers["Content-Type"] == "application/json" for one in found)
    assert all("X-Evil" not in one.headers for one in found)
    assert size(store) == before


@pytest.mark.parametrize("text", [t for t in INJECTED if "\0" not in t])
def test_an_id_that_would_be_code_is_an_id(service: Remote, text: str) -> None:
    service.record({"user": text, "item": "a", "id": text})
    found = service.recommend(text, 3, known="any")
    assert found.user == text
    assert service.explain(text, "a").item == "a"


def test_what_is_too_large_is_refused(url: str, service: Remote) -> None:
    with httpx2.Client(base_url=url, timeout=60) as client:
        body = json.dumps({"items": ["a" * 10_000_000]})
        head = {"Content-Type": "application/json"}
        assert (
            client.post("/api/session", content=body, headers=head).status_code == 413
        )
    with pytest.raises(UsageError, match="at most"):
        service.session([f"item {n}" for n in range(10_000)])
    with pytest.raises(UsageError, match=r"10[,.]?000"):
        service.record([{"user": "ann", "item": "a"}] * 10_001)


def test_deep_nests_and_huge_numbers_are_refused(url: str) -> None:
    texts = ["[" * 100_000, '{"user": ' * 10_000, '{"user": ' + "9" * 100_000 + "}"]
    head = {"Content-Type": "application/json"}
    for text in texts:
        found = httpx2.post(f"{url}/api/recommend", content=text, headers=head)
        assert found.status_code in (400, 422)
        assert found.json()["detail"]


def test_of_many_writers_of_one_event_one_writes_it(
    service: Remote, store: GraphStore
) -> None:
    event = {"user": "bob", "item": "b", "time": 86_400 * 30, "id": "order-1"}
    twin = {**event, "id": None}
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(service.record, [event, twin] * 8))
    assert sum(one.events for one in done) == 1
    assert sum(one.already_there for one in done) == 15


def test_a_clock_that_is_ahead_is_not_trusted_for_long(service: Remote) -> None:
    hour, now = 3_600, int(time.time())
    ahead = {"user": "cat", "item": "f", "time": now + hour}
    assert service.record(ahead).events == 1
    assert all(one.score == one.score for one in service.recommend("dan", known="any"))
    with pytest.raises(UsageError, match="more than a day ahead"):
        service.record({"user": "cat", "item": "f", "time": now + 48 * hour})


def test_keys_that_are_none_open_nothing(store: GraphStore, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    reader = keys.create("reader", ["read"])
    held = keys.list()[0]
    with running(create_app(store, ServiceSettings(keys=keys.path))) as url:
        for forged in ("", "bw_", reader[:-1], reader + "A", reader.upper(), held.hash):
            with remote(url, forged) as stranger, pytest.raises(ServiceError):
                stranger.recommend("ann")
        with remote(url) as stranger, pytest.raises(ServiceError, match="the key"):
            stranger.models()
        with remote(url, reader) as shop:
            assert len(shop.recommend("ann", known="any"))
            for refused in (
                lambda: shop.record({"user": "ann", "item": "a"}),
                lambda: shop.rollback("gat"),
            ):
                with pytest.raises(ServiceError, match="scope"):
                    refused()


def test_requests_are_answered_while_all_is_written(
    checkerboard: Tables, tmp_path: Path
) -> None:
    with connect(tmp_path / "graph.lbug") as store:
        store.load(checkerboard)
        derive(store)
        with running(create_app(store)) as url, remote(url, timeout=60) as service:
            during(lambda: asks(service), lambda: writes(store, service, checkerboard))
            assert service.models()


def asks(service: Remote) -> None:
    answer = service.recommend("ann", 3, known="any")
    assert len(answer) == 3
    assert answer.degraded is None
    assert sum(part.score for part in answer[0].parts.values()) == pytest.approx(
        answer[0].score, rel=1e-4
    )
    service.similar("a")
    service.session(["a", "b"])


def writes(store: GraphStore, service: Remote, tables: Tables) -> None:
    random = np.random.default_rng(0)
    users, items = tables.users["id"], tables.items["id"]
    for n in range(3):
        rows = unit(random.normal(size=(len(users) + len(items), 8)))
        vectors = Vectors(
            ModelCard("gat"), users, items, rows[: len(users)], rows[len(users) :]
        )
        store.publish(vectors)
        service.record({"user": "ann", "item": "f", "time": 86_400 * (40 + n)})
        if n:
            service.rollback("gat")
        store.load(tables)
        derive(store)


def during(ask: Callable[[], None], write: Callable[[], None]) -> None:
    """Ask in two threads until all is written, and at least once after it."""
    ended = threading.Event()

    def ask_on() -> int:
        times = 0
        while True:
            last = ended.is_set()
            ask()
            times += 1
            if last:
                return times

    with ThreadPoolExecutor(2) as threads:
        asking = [threads.submit(ask_on) for _ in range(2)]
        try:
            write()
        finally:
            ended.set()
        assert all(one.result() for one in asking)


def test_a_store_that_another_program_holds_is_not_served(store: GraphStore) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "basketweave", "serve", "--store", store.uri],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "another process" in done.stderr.lower() or "in use" in done.stderr.lower()
