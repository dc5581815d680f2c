"""The page over HTTP: three files and five questions, from the standard library."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from basketweave.errors import UsageError
from basketweave.graph.store import GraphStore
from basketweave.serving.engine import SessionEncoder
from basketweave.serving.recommender import Recommender
from basketweave.serving.web.answers import (
    Answers,
    AskSession,
    AskUser,
    Nothing,
    Search,
)
from basketweave.serving.web.handler import Handler

LOG = logging.getLogger(__name__)
PORT = 8750


class WebServer(ThreadingHTTPServer):
    """The server of the page for one store.

    Where it listens on this machine only, it refuses requests under a foreign host
    name, so that another site cannot read from it (DNS rebinding)."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], answers: Answers) -> None:
        self.questions: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "/about": lambda given: answers.about(Nothing(**given)),
            "/users": lambda given: answers.users(Search(**given)),
            "/items": lambda given: answers.items(Search(**given)),
            "/recommend": lambda given: answers.recommend(AskUser(**given)),
            "/session": lambda given: answers.session(AskSession(**given)),
        }
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Handler)

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        host, port = self.server_address[:2]
        return f"http://{_written(str(host))}:{port}/"

    def trusts(self, host: str) -> bool:
        """Whether a request's Host header names this server."""
        return local(host) or not local(_written(str(self.server_address[0])))

    def shutdown_request(self, request: Any) -> None:
        """Close a connection once the rest of its request has come.

        Otherwise the client would lose the answer, as when a request is too long."""
        with suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(1)
            for _ in range(64):
                if not request.recv(1 << 16):
                    break
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the error, unless the client went away or was too slow."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            LOG.exception("A request could not be answered")


def local(host: str) -> bool:
    """Whether a host, as an address has it (`localhost:8750`, `[::1]`), is this machine.

    >>> local("localhost:80"), local("127.0.0.2"), local("[::1]:80"), local("[::1")
    (True, True, True, False)
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def web_server(
    store: GraphStore,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    encoder: SessionEncoder | None = None,
) -> WebServer:
    """A server of the page over a store, listening but not serving yet.

    `encoder` reads sessions. Raises `UsageError` where the server cannot listen at this
    address, or where `host` is empty, which would mean every address of the machine.
    """
    if not host.strip():
        raise UsageError(
            "An empty --host would be every address of this machine. Name 127.0.0.1 "
            "for this machine alone, or 0.0.0.0 to let others in."
        )
    answers = Answers(store, Recommender(store, encoder=encoder))
    try:
        return WebServer((host, port), answers)
    except (OSError, OverflowError, ValueError) as error:
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({error}). Choose another --port, or "
            "another --host."
        ) from error
