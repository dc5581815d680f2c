"""What the page asks, answered from both stores."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from basketweave.errors import UsageError
from basketweave.graph import GraphStore
from basketweave.graph.derive import derive
from basketweave.serving.web import web_server
from basketweave.serving.web.server import WebServer

Get = Callable[..., tuple[int, Any]]


@pytest.fixture
def server(loaded: GraphStore) -> Iterator[WebServer]:
    derive(loaded)
    with web_server(loaded, port=0) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def get(server: WebServer) -> Get:
    """Ask for a path: status, and what the JSON holds."""

    def ask(path: str, host: str | None = None, method: str = "GET") -> Any:
        port = server.server_address[1]
        there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        there.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        answer = there.getresponse()
        content = answer.read()
        there.close()
        return answer.status, json.loads(content) if content[:1] in b"{[" else content

    return ask


def test_people_and_items_are_recommended_with_parts_and_words(get: Get) -> None:
    status, found = get("/recommend?user=ann&known=any&k=5")
    assert status == 200
    assert len(found["items"]) == 5
    for item in found["items"]:
        assert sum(item["parts"].values()) == pytest.approx(item["score"], abs=1e-5)
        assert item["why"].endswith(".")
    assert {item["id"] for item in found["had"]} == {"a", "c", "e"}


def test_a_session_is_answered_in_its_order(get: Get) -> None:
    status, found = get("/session?item=b&item=a&item=b&k=3")
    assert status == 200
    assert [item["id"] for item in found["had"]] == ["b", "a", "b"]
    assert not {"a", "b"} & {item["id"] for item in found["items"]}
    assert any(item["why"].startswith("Holds") for item in found["items"])


def test_weights_are_those_asked_for(get: Get) -> None:
    _, found = get("/recommend?user=ann&weight.popularity=1&weight.graph=0")
    assert found["items"][0]["weights"]["popularity"] == 1
    assert found["items"][0]["parts"]["graph"] == 0


def test_people_and_items_are_found_by_how_they_begin(get: Get) -> None:
    assert get("/users?q=a") == (200, [{"id": "ann"}])
    status, found = get("/items?q=")
    assert (status, len(found)) == (200, 6)
    title = found[0]["title"]
    assert get(f"/items?q={quote(title.upper())}")[1][0] == found[0]
    for odd in ("%27%22%60", "'; MATCH (n) DETACH DELETE n //", "☕", "."):
        assert get(f"/items?q={quote(odd)}") == (200, [])
    assert get("/about")[1]["User"] > 0


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/recommend?user=nobody", 404, "no user 'nobody'"),
        ("/recommend?user=" + quote("<b>&☕"), 404, "<b>&☕"),
        ("/recommend", 400, "'user' is missing"),
        ("/recommend?user=ann&k=0", 400, "'k' cannot be"),
        ("/recommend?user=ann&k=1000000", 400, "'k' cannot be"),
        ("/recommend?user=ann&k=x", 400, "'k' cannot be"),
        ("/recommend?user=ann&known=old", 400, "'known' cannot be"),
        ("/recommend?user=ann&weight.graph=-1", 400, "finite"),
        ("/recommend?user=ann&weight.magic=1", 400, "'magic' is not a part"),
        ("/recommend?user=ann&user=bob", 400, "given only once"),
        ("/recommend?user=ann&more=1", 400, "'more' is not a setting"),
        ("/recommend?user=%ff", 400, "cannot be read"),
        ("/session", 400, "'item' is missing"),
        ("/session?item=", 400, "item"),
        ("/session?item=nothing", 404, "none of these items"),
        ("/items?q=" + "x" * 201, 400, "'q' cannot be"),
        ("/etc/passwd", 404, "no such page"),
        ("/page/../server.py", 404, "no such page"),
    ],
)
def test_what_cannot_be_answered_says_why(
    get: Get, path: str, status: int, told: str
) -> None:
    found = get(path)
    assert found[0] == status
    assert told in found[1]["error"]


def test_another_site_cannot_ask(get: Get) -> None:
    assert get("/about", host="evil.example:80")[0] == 403
    assert get("/about", host="localhost")[0] == 200
    assert get("/about", method="POST")[0] == 405


def test_a_port_in_use_is_told(server: WebServer, loaded: GraphStore) -> None:
    with pytest.raises(UsageError, match="another --port"):
        web_server(loaded, port=server.server_address[1])
    with pytest.raises(UsageError, match="another --port"):
        web_server(loaded, port=99_999)
