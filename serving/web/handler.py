"""One connection to the page: every request is answered, with a file or with JSON."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from basketweave.errors import BasketweaveError, NotFoundError, UsageError
from basketweave.serving.web.parameters import parameters

if TYPE_CHECKING:
    from basketweave.serving.web.server import WebServer

LOG = logging.getLogger(__name__)
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
REFUSED = {
    HTTPStatus.BAD_REQUEST: "This request cannot be read.",
    HTTPStatus.METHOD_NOT_ALLOWED: "There is nothing to change here: only GET is answered.",
    HTTPStatus.REQUEST_TIMEOUT: "The rest of the request did not come.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "This address is too long.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are too many or too long.",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "Ask in HTTP/1.1.",
}
"""What requests are told that never come to a question."""


class Handler(BaseHTTPRequestHandler):
    """Answers GET alone, since the page changes nothing."""

    server: WebServer
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # 0.9 has no status
    server_version = "basketweave"
    sys_version = ""
    timeout = 60
    first, answered = True, False

    def handle_one_request(self) -> None:
        """Answer one request, also one that broke off before it was complete.

        A connection that only waits for its next request is closed without an answer.
        """
        self.command = self.requestline = ""
        self.request_version = self.default_request_version
        self.raw_requestline, self.answered = b"", False
        super().handle_one_request()
        line, first, self.first = self.raw_requestline, self.first, False
        if not self.answered and (line or first):
            self.send_error(400 if line and not line.strip() else 408)

    def do_GET(self) -> None:
        """A file of the page, or the answer to one of its questions."""
        if {"Content-Length", "Transfer-Encoding"} & {*map(str.title, self.headers)}:
            self.close_connection = True  # what follows is no question
        hosts = self.headers.get_all("Host", [])
        try:
            asked = urlsplit(self.path)
        except ValueError:  # such as //[
            return self.send_error(HTTPStatus.BAD_REQUEST)
        if len(hosts) > 1:
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif not self.server.trusts("".join(hosts)):
            self._json(HTTPStatus.FORBIDDEN, {"error": "This page is for localhost."})
        elif asked.path in FILES:
            name, kind = FILES[asked.path]
            content = files(__package__).joinpath("page", name).read_bytes()
            self._send(HTTPStatus.OK, kind, content)
        elif asked.path in self.server.questions:
            self._json(*self._answer(asked.path, asked.query))
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "There is no such page."})

    do_HEAD = do_GET

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Answer with a sentence that says why the request was refused, and close."""
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:  # as the base class calls a method
            code = HTTPStatus.METHOD_NOT_ALLOWED
        told = REFUSED.get(HTTPStatus(code), HTTPStatus(code).phrase)
        self._json(HTTPStatus(code), {"error": told})

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
        self._send(status, "application/json", text.encode("utf-8", "replace"))

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.answered = True
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are not logged."""
