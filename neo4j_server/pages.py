"""A few pages on this machine that another page on it may read: the Browser's tour."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from basketweave.neo4j_server.record import LOOPBACK

PORT = 8751


class Pages(ThreadingHTTPServer):
    """Serves texts by path, on the loopback address only, to any page that asks.

    Neo4j Browser asks with headers of its own, so its host first sends a preflight
    (OPTIONS), which is answered here. Nothing is served that is not printed too.
    """

    daemon_threads = True

    def __init__(self, pages: Mapping[str, tuple[str, str]], port: int = PORT) -> None:
        self.pages = dict(pages)
        super().__init__((LOOPBACK, port), _Handler)

    def url(self, path: str) -> str:
        """Where a page is: on `localhost`, which the Browser lets guides come from."""
        return f"http://localhost:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        """A page, or 404."""
        kind, text = self.server.pages.get(self.path, ("text/plain", ""))
        self._answer(HTTPStatus.OK if text else HTTPStatus.NOT_FOUND, kind, text)

    do_HEAD = do_GET

    def do_OPTIONS(self) -> None:
        """That a page of another origin may ask, with the headers that it named."""
        self._answer(HTTPStatus.NO_CONTENT, "text/plain", "")

    def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", "*, pragma, cache-control")
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are not logged."""
