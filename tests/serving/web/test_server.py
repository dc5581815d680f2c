"""Whatever is sent to the page's server is answered, and nothing breaks it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basketweave.errors import UsageError
from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.web import web_server
from basketweave.serving.web.handler import Handler
from basketweave.serving.web.server import WebServer

REFUSALS = {400, 403, 404, 405, 408, 414, 431, 505}


@contextmanager
def serving(store: GraphStore, host: str = "127.0.0.1") -> Iterator[WebServer]:
    with web_server(store, host=host, port=0) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    with connect(tmp_path_factory.mktemp("page") / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


@pytest.fixture(scope="module")
def server(store: GraphStore) -> Iterator[WebServer]:
    with serving(store) as found:
        yield found


def address(server: WebServer) -> tuple[str, int]:
    host, port = server.server_address[:2]
    return str(host), int(port)


def send(server: WebServer, raw: bytes) -> tuple[int, Any]:
    """What is answered to these bytes, after which nothing more comes."""
    with socket.create_connection(address(server), timeout=120) as there:
        try:
            there.sendall(raw)
            there.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # it has answered before all was sent
        found = http.client.HTTPResponse(there, method=raw.split(b" ")[0].decode("l1"))
        found.begin()
        content = found.read()
    if found.headers.get_content_type() == "application/json" and content:
        return found.status, json.loads(content, parse_constant=pytest.fail)
    return found.status, content


def request(
    path: str, *headers: str, method: str = "GET", host: str | None = ""
) -> bytes:
    named = [] if host is None else [f"Host: {host or 'localhost'}"]
    lines = [f"{method} {path} HTTP/1.1", *named, *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def check(answer: tuple[int, Any]) -> None:
    status, found = answer
    assert status == 200 or status in REFUSALS, answer
    if status != 200 and found:
        assert set(found) == {"error"}
        assert found["error"].endswith(".")


# --- what was seen to break it ---


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/about?cls=1", "'cls' is not a setting"),
        ("/users?self=1", "'self' is not a setting"),
        ("/recommend?user=ann&weights=1&weight.graph=1", "weight.graph=0.5"),
        ("/recommend?user=ann&weight.graph=1&weights=1", "weight.graph=0.5"),
        ("/recommend?user=ann&weight.=1", "'' is not a part"),
        ("/recommend?user=ann&weight.graph=", "weights"),
        ("/recommend?user=ann&weight.graph=nan", "weight"),
        ("/recommend?user=ann&k=", "'k' cannot be"),
        ("/recommend?user=ann&k=²", "'k' cannot be"),
        ("/recommend?user=", "'user' cannot be"),
        ("/recommend?user=%ED%A0%80", "cannot be read"),
        ("/session?" + "&".join(["item=a"] * 201), "'item' cannot be"),
        ("/session?" + "&".join(["item=a"] * 501), "cannot be read"),
        ("http://[/about", "cannot be read"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_says_why(
    server: WebServer, path: str, told: str
) -> None:
    status, found = send(server, request(quote(path, safe="/?=&%[.:")))
    assert status == 400
    assert told in found["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("[::1", 403),
        ("[::1]:80", 200),
        ("localhost:8750", 200),
        ("LOCALHOST.", 200),
        ("127.0.0.1:x", 200),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1@evil.example", 403),
        (None, 403),
        ("localhost\r\nHost: localhost", 400),
    ],
)
def test_only_this_machine_is_answered(
    server: WebServer, host: str | None, status: int
) -> None:
    assert send(server, request("/about", host=host))[0] == status


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request("/about", method="POST"), 405),
        (request("/about", "Content-Length: 5", method="PUT") + b"hello", 405),
        (request("/about", method="get"), 405),
        (request("/about", method="HEAD"), 200),
        (request("/about", "Content-Length: 9") + b"GET /x\r\n", 200),
        (request("/" + "x" * 70_000), 414),
        (request("/", "X: " + "x" * 70_000), 431),
        (request("/", *["X: y"] * 150), 431),
        (b"\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.x\r\n\r\n", 400),
        (b"GET / and more HTTP/1.1\r\n\r\n", 400),
        (b"GET /about", 403),
        (request("/about")[:-2], 200),
        (b"", 408),
    ],
    ids=lambda given: repr(given)[:40],
)
def test_what_is_no_question_has_its_status(
    server: WebServer, raw: bytes, status: int
) -> None:
    found = send(server, raw)
    assert found[0] == status
    check(found)


def test_a_request_whose_rest_does_not_come_is_told(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "timeout", 0.2)
    with (
        serving(store) as server,
        socket.create_connection(address(server), timeout=120) as there,
    ):
        there.sendall(request("/about")[:-10])
        assert there.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_connection_is_used_again(server: WebServer) -> None:
    there = http.client.HTTPConnection(*address(server), timeout=120)
    for _ in range(3):
        there.request("GET", "/about")
        assert json.loads(there.getresponse().read())["Item"] == 6
    there.close()


def test_a_reader_who_leaves_breaks_nothing(
    server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        with socket.create_connection(address(server)) as there:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # reset instead of ending
            there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            there.sendall(request("/page.js") * 20)
    assert send(server, request("/about"))[0] == 200
    assert not caplog.records


# --- where it listens ---


@pytest.mark.parametrize("host", ["", " ", "*", "no.such.host.invalid", "..", "a" * 70])
def test_a_host_that_is_none_is_refused(store: GraphStore, host: str) -> None:
    with pytest.raises(UsageError, match="--host"):
        web_server(store, host=host, port=0)


@pytest.mark.parametrize("port", [-1, 65_536, 10**30])
def test_a_port_that_is_none_is_refused(store: GraphStore, port: int) -> None:
    with pytest.raises(UsageError, match="another --port"):
        web_server(store, port=port)


def test_the_other_addresses_of_this_machine_stay_on_it(store: GraphStore) -> None:
    with serving(store, "127.0.0.2") as server:
        assert server.url.startswith("http://127.0.0.2:")
        assert send(server, request("/about", host="127.0.0.2"))[0] == 200
        assert send(server, request("/about", host="evil.example"))[0] == 403


# --- anything ---

NAMES = st.sampled_from(
    [
        "q",
        "user",
        "item",
        "k",
        "known",
        "weight.graph",
        "weight.gnn",
        "weight.",
        "weights",
        "cls",
        "self",
        "given",
        "as_of",
        "where",
        "encoder",
        "__class__",
        "",
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        ["ann", "a", "new", "any", "again", "10", "0", "-1", "1e308", "nan"]
    ),
    st.sampled_from(
        ["", "²", "inf", "0x1", "1_0", " ", "\0", "%", "\x1b[31m", "'", "{}"]
    ),
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
)
PATHS = st.one_of(
    st.sampled_from(["/about", "/users", "/items", "/recommend", "/session", "/"]),
    st.text(max_size=10).map(lambda text: "/" + quote(text, safe="/[]:@;")),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Host", "Content-Length", "Expect", "Connection", "Cookie"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    ).map(": ".join),
    max_size=3,
)


@given(PATHS, st.lists(st.tuples(NAMES, VALUES), max_size=5))
@example("/recommend", [("user", "ann"), ("weight.graph", "1e308"), ("k", "3")])
@example("/users", [("q", "\0")])
def test_any_question_is_answered(
    server: WebServer, path: str, given: list[tuple[str, str]]
) -> None:
    query = "&".join(f"{quote(n, safe='.')}={quote(v, safe='')}" for n, v in given)
    check(send(server, request(f"{path}?{query}")))


@given(PATHS, st.text(max_size=30), HEADERS, st.integers(1, 300))
def test_any_request_is_answered_even_cut_off(
    server: WebServer, path: str, query: str, headers: list[str], kept: int
) -> None:
    loose = query.encode("utf-8", "surrogatepass").decode("latin-1")
    words = "".join(c for c in loose if c > " ")
    check(send(server, request(f"{path}?{words}", *headers)[:kept]))


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_answered(server: WebServer, raw: bytes) -> None:
    check(send(server, raw))
