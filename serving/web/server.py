"""The page over HTTP: three files and five questions, from the standard library."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

from basketweave.errors import BasketweaveError, NotFoundError, UsageError
from basketweave.graph.store import GraphStore
from basketweave.serving.engine import ReadsSessions
from basketweave.serving.recommender import Recommender
from basketweave.serving.web.answers import Answers, AskSession, AskUser, Search

LOG = logging.getLogger(__name__)
PORT = 8750
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
LOCAL = ("127.0.0.1", "localhost", "::1")


class WebServer(ThreadingHTTPServer):
    """Answers for one store; where it listens on this machine only, a page of another
    site that names it by a host of its own (DNS rebinding) gets nothing."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], answers: Answers) -> None:
        self.questions: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "/about": lambda _: answers.about(),
            "/users": lambda given: answers.users(Search.of(**given)),
            "/items": lambda given: answers.items(Search.of(**given)),
            "/recommend": lambda given: answers.recommend(AskUser.of(**given)),
            "/session": lambda given: answers.session(AskSession.of(**given)),
        }
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"

    def trusts(self, host: str) -> bool:
        """Whether a request's Host header names this server."""
        named = urlsplit(f"//{host}").hostname
        return self.server_address[0] not in LOCAL or named in LOCAL


class Handler(BaseHTTPRequestHandler):
    """Reads only: there is nothing to change, so GET is all there is."""

    server: WebServer
    protocol_version = "HTTP/1.1"
    server_version = "basketweave"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """A file of the page, or the answer to one of its questions."""
        asked = urlsplit(self.path)
        if not self.server.trusts(self.headers.get("Host", "")):
            self._json(HTTPStatus.FORBIDDEN, {"error": "This page is for localhost."})
        elif asked.path in FILES:
            name, kind = FILES[asked.path]
            content = files(__package__).joinpath("page", name).read_bytes()
            self._send(HTTPStatus.OK, kind, content)
        elif asked.path in self.server.questions:
            self._json(*self._answer(asked.path, asked.query))
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "There is no such page."})

    def _answer(self, path: str, query: str) -> tuple[HTTPStatus, Any]:
        try:
            return HTTPStatus.OK, self.server.questions[path](parameters(query))
        except NotFoundError as error:
            return HTTPStatus.NOT_FOUND, {"error": str(error)}
        except UsageError as error:
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}
        except BasketweaveError as error:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error)}
        except Exception:
            LOG.exception("%s could not be answered", path)
            told = "Something went wrong here; the terminal says what."
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": told}

    def _json(self, status: HTTPStatus, content: Any) -> None:
        text = json.dumps(content, ensure_ascii=False)
        self._send(status, "application/json", text.encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are no news."""


def parameters(query: str) -> dict[str, Any]:
    """A query string as what may be asked: items in a list, weights by part.

    >>> parameters("k=5&item=a&item=b&weight.graph=0.5")
    {'k': '5', 'item': ['a', 'b'], 'weights': {'graph': '0.5'}}

    Raises `UsageError` where a value is given twice, or is no UTF-8.
    """
    try:
        found = parse_qs(
            query, keep_blank_values=True, max_num_fields=500, errors="strict"
        )
    except ValueError:
        raise UsageError("This address cannot be read.") from None
    asked: dict[str, Any] = {}
    for name, values in found.items():
        if name != "item" and len(values) > 1:
            raise UsageError(f"'{name}' can be given only once.")
        part = name.removeprefix("weight.")
        if part != name:
            asked.setdefault("weights", {})[part] = values[0]
        else:
            asked[name] = values if name == "item" else values[0]
    return asked


def web_server(
    store: GraphStore,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    encoder: ReadsSessions | None = None,
) -> WebServer:
    """A server of the page over a store, listening but not serving yet.

    `encoder` reads sessions. Raises `UsageError` where it cannot listen there.
    """
    answers = Answers(store, Recommender(store, encoder=encoder))
    try:
        return WebServer((host, port), answers)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({error}). Choose another --port."
        ) from error
