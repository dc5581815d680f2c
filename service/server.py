"""An app on uvicorn: where it listens, and how it ends."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from basketweave.errors import UsageError
from basketweave.service.connection import patient
from basketweave.service.local import local
from basketweave.service.settings import PORT

CONNECTIONS = 1_000
"""Open at once; more are told that the server is busy."""
LEAVE = 30
"""Seconds in which requests come to an end when the server is told to stop."""


def serve(app: FastAPI, sock: socket.socket) -> None:
    """Serve an app until a signal (SIGTERM, Ctrl-C) or `should_exit`.

    What has begun ends and is answered, for `LEAVE` seconds at most.
    """
    _server(app).run(sockets=[sock])


@contextmanager
def running(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The address of an app that is served in a thread until the context ends.

    with running(create_app(store)) as url:
        print(httpx2.get(f"{url}/api/health/live").json())
    """
    sock = listen(app, host, port)
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    try:
        yield address(sock)
    finally:
        server.should_exit = True
        thread.join()


def listen(app: FastAPI, host: str = "127.0.0.1", port: int = PORT) -> socket.socket:
    """A socket that listens at `host` and `port` (0: any that is free).

    Raises `UsageError` where nothing can listen there, where `host` is empty, which
    would be every address of this machine, or where others could ask and no keys are
    set.
    """
    if not host.strip():
        raise UsageError(
            "An empty --host would be every address of this machine. Name 127.0.0.1 "
            "for this machine alone, or 0.0.0.0 to let others in."
        )
    try:
        if not 0 <= port < 1 << 16:  # which would be taken as another one
            raise OverflowError("a port is at most 65535")
        family, kind, proto, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        sock = socket.socket(family, kind, proto)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        sock.listen(CONNECTIONS)
    except (OSError, OverflowError, UnicodeError) as error:
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({error}). Choose another --port, or "
            "another --host."
        ) from error
    if app.state.service.settings.keys is None and not local(_written(str(where[0]))):
        sock.close()
        raise UsageError(
            f"{host} lets others in, and nobody is asked who they are. Make a key "
            "(basketweave keys create NAME --scope read), or listen at 127.0.0.1."
        )
    return sock


def address(sock: socket.socket) -> str:
    """The address of what listens, for a browser."""
    host, port = sock.getsockname()[:2]
    return f"http://{_written(host)}:{port}"


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Server(uvicorn.Server):
    """Ends on a signal, and lets its caller go on, who has a store to close."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at the second Ctrl-C without waiting for what has begun."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _server(app: FastAPI) -> Server:
    return Server(
        uvicorn.Config(
            app,
            http=patient(app.state.service.settings.patience),  # type: ignore[arg-type]
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=LEAVE,
        )
    )
