"""An app on uvicorn: where it listens, and how it ends."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from basketweave.errors import UsageError
from basketweave.service.connection import patient
from basketweave.service.local import local
from basketweave.service.settings import PORT, ServiceSettings

CONNECTIONS = 1_000
"""Open at once; more are told that the server is busy."""
LEAVE = 30
"""Seconds in which requests come to an end when the server is told to stop."""


def serve(
    app: FastAPI, sock: socket.socket, ready: Callable[[], object] = lambda: None
) -> None:
    """Serve an app until a signal (SIGTERM, Ctrl-C), and call `ready` once it answers.

    What has begun ends and is answered, for `LEAVE` seconds at most.
    """
    _server(app, ready).run(sockets=[sock])


@contextmanager
def running(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The address of an app that is served in a thread until the context ends.

    with running(create_app(store)) as url:
        print(httpx2.get(f"{url}/api/health/live").json())
    """
    sock = listen(app.state.service.settings, host, port)
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    try:
        yield address(sock)
    finally:
        server.should_exit = True
        thread.join()


def listen(
    settings: ServiceSettings, host: str = "127.0.0.1", port: int = PORT
) -> socket.socket:
    """A socket that listens at `host` and `port` (0: any that is free).

    Raises `UsageError` as `bound` does.
    """
    sock = bound(settings, host, port)
    sock.listen(CONNECTIONS)
    return sock


def listening_too(host: str, port: int) -> socket.socket:
    """One more socket that listens where a `bound` one is that is `shared`.

    The system deals out connections among them. Of one socket that several processes
    wait at, the first to wake takes all that have come.
    """
    family, kind, proto, _, where = _found(host, port)
    sock = _bound(socket.socket(family, kind, proto), where, shared=True)
    sock.listen(CONNECTIONS)
    return sock


def bound(
    settings: ServiceSettings, host: str, port: int, *, shared: bool = False
) -> socket.socket:
    """A socket that has the address of a service, `shared` with others of its user.

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
        family, kind, proto, _, where = _found(host, port)
        sock = _bound(socket.socket(family, kind, proto), where)
        if shared:  # only where nobody else is, who might share it too
            where = sock.getsockname()
            sock.close()
            sock = _bound(socket.socket(family, kind, proto), where, shared=True)
    except (OSError, OverflowError, UnicodeError) as error:
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({error}). Choose another --port, or "
            "another --host."
        ) from error
    if settings.keys is None and not local(_written(str(where[0]))):
        sock.close()
        raise UsageError(
            f"{host} lets others in, and nobody is asked who they are. Make a key "
            "(basketweave keys create NAME --scope read), or listen at 127.0.0.1."
        )
    return sock


def _found(host: str, port: int) -> Any:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]


def _bound(sock: socket.socket, where: Any, *, shared: bool = False) -> socket.socket:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind(where)
    except OSError:
        sock.close()
        raise
    return sock


def address(sock: socket.socket) -> str:
    """The address of what listens, for a browser."""
    host, port = sock.getsockname()[:2]
    return f"http://{_written(host)}:{port}"


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Server(uvicorn.Server):
    """Ends on a signal, and lets its caller go on, who has a store to close."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at the second Ctrl-C without waiting for what has begun."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _server(app: FastAPI, ready: Callable[[], object] = lambda: None) -> Server:
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
        ),
        ready,
    )
