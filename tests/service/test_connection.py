"""Whatever is sent to the server is answered, and nothing breaks it."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import UsageError
from basketweave.graph import GraphStore
from basketweave.service import ServiceSettings, create_app
from basketweave.service.server import address, listen, running

REFUSALS = {400, 401, 403, 404, 405, 408, 413, 422, 431}


def opened(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def answer(there: socket.socket, method: str = "GET") -> tuple[int, Any]:
    found = http.client.HTTPResponse(there, method=method)
    found.begin()
    content = found.read()
    if found.headers.get_content_type() == "application/json" and content:
        return found.status, json.loads(content, parse_constant=pytest.fail)
    return found.status, content


def request(path: str, *headers: str, method: str = "GET") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def check(url: str, raw: bytes) -> None:
    """These bytes have an answer, or none where they are no whole request."""
    with opened(url) as there:
        there.sendall(raw)
        there.shutdown(socket.SHUT_WR)
        try:
            status, found = answer(there, raw.split(b" ")[0].decode("latin-1"))
        except (http.client.BadStatusLine, ConnectionError):
            return
    assert status == 200 or status in REFUSALS, (status, found)
    if isinstance(found, dict) and status != 200:
        assert set(found) == {"detail", "request_id"}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request("/api/about", method="POST"), 405),
        (request("/api/about", "Content-Length: 5", method="PUT") + b"hello", 405),
        (request("/"), 200),
        (request("/", method="HEAD"), 200),
        (request("/", "X: " + "x" * 70_000), 431),
        (request("/" + "x" * 70_000), 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / and more HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 403),
    ],
    ids=lambda given: repr(given)[:40],
)
def test_what_is_no_question_has_its_status(url: str, raw: bytes, status: int) -> None:
    with opened(url) as there:
        there.sendall(raw)
        assert answer(there, raw.split(b" ")[0].decode("latin-1"))[0] == status


@pytest.fixture(scope="module")
def hasty(store: GraphStore) -> Iterator[str]:
    """A server that waits .3 seconds for a request."""
    with running(create_app(store, ServiceSettings(patience=0.3))) as found:
        yield found


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        request("/api/about")[:-10],
        request(
            "/api/session",
            "Content-Type: application/json",
            "Content-Length: 99",
            method="POST",
        ) + b'{"items": ',
    ],
)  # fmt: skip
def test_a_request_whose_rest_does_not_come_is_told(hasty: str, sent: bytes) -> None:
    with opened(hasty) as there:
        there.sendall(sent)
        assert answer(there)[0] == 408
        assert there.recv(1) == b""


def test_slow_clients_keep_nobody_waiting(hasty: str) -> None:
    slow = [opened(hasty) for _ in range(50)]
    for one in slow:
        one.sendall(b"GET /api/ab")
    began = time.monotonic()
    with opened(hasty) as there:
        there.sendall(request("/api/health/live"))
        assert answer(there)[0] == 200
    assert time.monotonic() - began < 5
    for one in slow:
        assert answer(one)[0] == 408
        one.close()


def test_a_connection_is_used_again(url: str) -> None:
    there = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for _ in range(3):
        there.request("GET", "/api/about")
        assert json.loads(there.getresponse().read())["items"] == 6
    there.close()


def test_a_reader_who_leaves_breaks_nothing(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            with opened(url) as there:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # reset instead of ending
                there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                there.sendall(request("/page.js") * 20)
        check(url, request("/api/about"))
    assert not caplog.records


@pytest.mark.parametrize("host", ["", " ", "no.such.host.invalid", "a" * 70])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="--host"):
        listen(ServiceSettings(), host, 0)


def test_a_port_that_cannot_be_had_is_refused(url: str) -> None:
    for port in (-1, 65_536, 10**30, urlsplit(url).port or 0):
        with pytest.raises(UsageError, match="another --port"):
            listen(ServiceSettings(), port=port)


def test_only_with_keys_others_are_let_in() -> None:
    with pytest.raises(UsageError, match="keys create"):
        listen(ServiceSettings(), "0.0.0.0", 0)
    with listen(ServiceSettings(), "127.0.0.2", 0) as there:
        assert address(there).startswith("http://127.0.0.2:")


TEXT = st.text(max_size=20)
PATHS = st.one_of(
    st.sampled_from(["/api/about", "/api/search", "/api/recommend/ann", "/", "/docs"]),
    TEXT.map(lambda text: "/api/" + quote(text, safe="/[]:@;")),
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Host", "Content-Length", "Expect", "Connection", "Cookie"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    ).map(": ".join),
    max_size=3,
)


@given(PATHS, st.sampled_from(["q", "k", "known", "self"]), TEXT)
@settings(max_examples=50)
def test_any_question_is_answered(url: str, path: str, name: str, value: str) -> None:
    check(url, request(f"{path}?{name}={quote(value, safe='')}", "Connection: close"))


@given(PATHS, HEADERS, st.integers(1, 300))
@settings(max_examples=50)
def test_any_request_is_answered_even_cut_off(
    hasty: str, path: str, headers: list[str], kept: int
) -> None:
    check(hasty, request(path, *headers)[:kept])


@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=50)
def test_any_bytes_are_answered(hasty: str, raw: bytes) -> None:
    check(hasty, raw)
