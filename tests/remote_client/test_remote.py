"""A client asks again where that may help, and says what a service said."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import signature
from typing import Any

import pytest

from basketweave import remote, remote_async
from basketweave.errors import (
    BasketweaveError,
    NotFoundError,
    ServiceError,
    StoreError,
    UsageError,
)
from basketweave.graph.recorded import Recorded
from basketweave.remote_client import asking, telling
from basketweave.remote_client.question import Call
from basketweave.remote_client.remote import Remote
from basketweave.remote_client.served import Served

ITEM = {
    "item": 42,
    "title": "Bread",
    "score": 0.5,
    "parts": {"graph": {"raw": 3.0, "value": 1.0, "weight": 0.5}},
    "path": [
        {"label": "User", "id": 7, "title": "", "relationship": "PURCHASED"},
        {"label": "Item", "id": 41, "title": "Butter", "relationship": "CO_PURCHASED"},
        {"label": "Item", "id": 42, "title": "Bread", "relationship": None},
    ],
    "explored": True,
    "propensity": 0.25,
}
ANSWER = {
    "id": "a1",
    "user": 7,
    "blend": "blend_new_v3",
    "seed": None,
    "experiment": "autumn",
    "group": "b",
    "degraded": None,
    "models": {"gnn": "gat_v3"},
    "notes": ["so"],
    "items": [ITEM],
}
LOST = 0
"""A reply of this status is none: the connection ends."""


@dataclass
class Script(ThreadingHTTPServer):
    """A server that gives these replies, one after another, the last of them for ever."""

    replies: list[tuple[int, dict[str, str], Any]]
    heard: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Reader)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next(self) -> tuple[int, dict[str, str], Any]:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class Reader(BaseHTTPRequestHandler):
    server: Script
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = json.loads(body) if body else None
        self.server.heard.append((self.command, self.path, self.headers, told))
        status, headers, content = self.server.next()
        if status == LOST:
            self.close_connection = True
            return
        text = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


Serve = Callable[..., Script]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Script] = []

    def start(*replies: tuple[int, dict[str, str], Any]) -> Script:
        started.append(Script(list(replies)))
        threading.Thread(
            target=started[-1].serve_forever, args=(0.02,), daemon=True
        ).start()
        return started[-1]

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def now(url: str, question: Call[Any], **how: Any) -> Any:
    with remote(url, "k1", **how) as there:
        return there.ask(question)


def soon(url: str, question: Call[Any], **how: Any) -> Any:
    async def ask() -> Any:
        async with remote_async(url, "k1", **how) as there:
            return await there.ask(question)

    return asyncio.run(ask())


def no_rows(given: Any) -> Any:
    return given


both = pytest.mark.parametrize("ask", [now, soon])
Ask = Callable[..., Any]


@both
def test_an_answer_comes_in_the_classes_of_a_recommender(
    serve: Serve, ask: Ask
) -> None:
    there = serve((200, {}, ANSWER))
    found = ask(there.url, asking.recommend(7, 3, where={"price": (None, 9)}))
    assert isinstance(found, Served)
    assert (found.id, found.group, found.models) == ("a1", "b", {"gnn": "gat_v3"})
    assert found[0].why() == "7 -PURCHASED-> Butter -CO_PURCHASED-> Bread"
    assert found[0].parts["graph"].score == 0.5
    assert found.to_dict() == ANSWER
    [(method, path, headers, told)] = there.heard
    assert (method, path, headers["X-API-Key"]) == ("POST", "/api/recommend", "k1")
    assert told == {"user": "7", "k": 3, "known": "new", "where": {"price": [None, 9]}}


@both
def test_asked_too_often_it_waits_as_long_as_the_service_says(
    serve: Serve, ask: Ask
) -> None:
    there = serve((429, {"Retry-After": "0.3"}, {}), (200, {}, ANSWER))
    begin = time.monotonic()
    assert ask(there.url, asking.similar(1)).id == "a1"
    assert time.monotonic() - begin >= 0.3
    assert len(there.heard) == 2


@both
def test_a_lost_answer_is_asked_for_again_where_that_does_no_harm(
    serve: Serve, ask: Ask
) -> None:
    there = serve((LOST, {}, None), (503, {}, {}), (502, {}, "<p>"), (200, {}, ANSWER))
    assert ask(there.url, asking.recommend(7)).id == "a1"
    assert len(there.heard) == 4


@both
@pytest.mark.parametrize(
    "question",
    [
        telling.rollback("gat"),
        asking.recommend(7, record_shown=True),
        asking.batch([{"user": 7}, {"user": 8, "record_shown": True}]),
    ],
)
def test_what_would_count_twice_is_not_sent_twice(
    serve: Serve, ask: Ask, question: Call[Any]
) -> None:
    there = serve((LOST, {}, None))
    with pytest.raises(ServiceError, match="did not answer"):
        ask(there.url, question)
    assert len(there.heard) == 1


@both
def test_an_event_is_the_same_event_however_often_it_is_sent(
    serve: Serve, ask: Ask
) -> None:
    there = serve((LOST, {}, None), (200, {}, {"events": 1}))
    assert ask(there.url, telling.record({"user": 7, "item": 42})) == Recorded(1)
    first, second = (told for *_, told in there.heard)
    assert first == second
    assert first["events"][0]["time"] == pytest.approx(time.time(), abs=60)


@both
def test_it_does_not_wait_for_long_pauses_and_gives_up_in_the_end(
    serve: Serve, ask: Ask
) -> None:
    told = {"detail": "The store is away.", "request_id": "r9"}
    there = serve((503, {"Retry-After": "3600"}, told))
    with pytest.raises(StoreError, match=r"The store is away\. \(request r9\)"):
        ask(there.url, asking.models())
    assert len(there.heard) == 1
    there = serve((503, {"Retry-After": "0"}, told))
    with pytest.raises(StoreError):
        ask(there.url, asking.models(), tries=2)
    assert len(there.heard) == 2


@both
@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, ServiceError, r"No\. Give the key: .* \(request r1\)"),
        (403, ServiceError, r"No\. Use a key whose scope"),
        (404, NotFoundError, "No"),
        (413, UsageError, "No"),
        (422, UsageError, "No"),
        (500, ServiceError, "No"),
    ],
)
def test_a_refusal_says_what_the_service_said(
    serve: Serve, ask: Ask, status: int, kind: type[BasketweaveError], said: str
) -> None:
    there = serve((status, {"X-Request-Id": "r1"}, {"detail": "No."}))
    with pytest.raises(kind, match=said) as caught:
        ask(there.url, asking.health())
    assert type(caught.value) is kind
    assert len(there.heard) == 1


@both
@pytest.mark.parametrize("content", ["<html>", [], {"items": [{}]}, None])
def test_what_is_no_service_is_called_so(
    serve: Serve, ask: Ask, content: object
) -> None:
    there = serve((200, {}, content))
    with pytest.raises(ServiceError, match="Is that the address of one"):
        ask(there.url, asking.similar(1))


@both
def test_an_id_is_one_step_of_the_path_whatever_it_holds(
    serve: Serve, ask: Ask
) -> None:
    there = serve((200, {}, ITEM))
    ask(there.url, asking.explain("a/b?c#d", ".."))
    assert there.heard[0][1] == "/api/explain/a%2Fb%3Fc%23d/%2E%2E"


@both
def test_nobody_there_is_said_so(serve: Serve, ask: Ask) -> None:
    there = serve((200, {}, ANSWER))
    url = there.url
    there.shutdown()
    there.server_close()
    with pytest.raises(ServiceError, match=f"{url} did not answer"):
        ask(url, asking.health(), tries=2)


@both
def test_mistakes_are_told_before_anything_is_sent(serve: Serve, ask: Ask) -> None:
    there = serve((200, {}, ANSWER))
    for mistake in (
        lambda: asking.recommend(7, 0),
        lambda: asking.session([]),
        lambda: asking.recommend(7, where={"colour": "red"}),
        lambda: telling.record(no_rows("7,42")),
        lambda: telling.record(no_rows([7])),
    ):
        with pytest.raises(UsageError):
            ask(there.url, mistake())
    assert not there.heard


def test_a_slow_service_is_not_waited_for() -> None:
    silent = ThreadingHTTPServer(("127.0.0.1", 0), Reader)  # accepts, answers nothing
    with pytest.raises(ServiceError, match="timed out"):
        now(
            f"http://127.0.0.1:{silent.server_port}",
            asking.health(),
            timeout=0.1,
            tries=1,
        )
    silent.server_close()


def test_many_are_asked_at_once_and_each_is_asked_again_on_its_own(
    serve: Serve,
) -> None:
    busy: tuple[int, dict[str, str], Any] = (429, {"Retry-After": "0"}, {})
    there = serve(*[busy] * 20, (200, {}, ANSWER))

    async def ask() -> list[Served]:
        async with remote_async(there.url, tries=9) as service:
            return await asyncio.gather(*(service.similar(n) for n in range(20)))

    assert [found.id for found in asyncio.run(ask())] == ["a1"] * 20
    assert len(there.heard) == 40


def test_it_has_the_verbs_of_a_recommender() -> None:
    from basketweave import Recommender

    # A nightly job's; what every answer has; what `about` says.
    elsewhere = {"recommend_all", "everyone", "typed", "notes", "dataset", "origin"}
    verbs = {name for name in vars(Recommender) if not name.startswith("_")}
    assert verbs - elsewhere <= set(dir(Remote))
    for verb in verbs - elsewhere:
        taken = set(signature(getattr(Recommender, verb)).parameters) - {"self"}
        assert taken <= set(signature(getattr(asking, verb)).parameters), verb
    assert set(dir(Remote)) - {"__enter__", "__exit__"} == (
        set(dir(remote_async("http://there")))
        - {"__aenter__", "__aexit__", "_connection"}
    )


def test_it_loads_no_torch_no_store_and_no_server() -> None:
    code = (
        "import sys, basketweave; basketweave.remote('http://127.0.0.1:1').close();"
        "print({'torch', 'ladybug', 'neo4j', 'fastapi', 'uvicorn'}"
        " & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
