"""What a home remembers of its server, and what a caller is told of it."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from basketweave.neo4j_server.files import write_private
from basketweave.neo4j_server.home import Home

LOOPBACK = "127.0.0.1"
USER = "neo4j"


@dataclass(frozen=True)
class ServerInfo:
    """A running server: where it answers and how to log in.

    `browser_url` is None where Neo4j Browser could not be had.
    """

    bolt_uri: str
    http_uri: str
    browser_url: str | None
    user: str
    password: str = field(repr=False)
    password_file: Path
    pid: int
    version: str
    home: Path


@dataclass(frozen=True)
class Record:
    """The state file: kept when the server stops, so that its ports stay.

    `pid` is only a hint (another process may have it by now). `ready` says that the
    password was set. `data_version` is the newest Neo4j that has had the data open.
    """

    version: str
    bolt_port: int
    http_port: int
    browser: bool = False
    pid: int | None = None
    ready: bool = False
    data_version: str | None = None

    @classmethod
    def read(cls, home: Home) -> Self | None:
        """The record of a home; None where there is none that can be used."""
        try:
            return cls(**json.loads(home.record_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, home: Home) -> Self:
        """Write this record to its file in the home, and return it."""
        write_private(home.record_file, json.dumps(asdict(self), indent=1))
        return self

    def info(self, home: Home, pid: int) -> ServerInfo:
        """What a caller needs to know of the server that runs as process `pid`."""
        http = f"http://{LOOPBACK}:{self.http_port}"
        return ServerInfo(
            bolt_uri=f"bolt://{LOOPBACK}:{self.bolt_port}",
            http_uri=http,
            browser_url=f"{http}/browser/" if self.browser else None,
            user=USER,
            password=home.read_password(),
            password_file=home.password_file,
            pid=pid,
            version=self.version,
            home=home.folder,
        )


def free_ports(before: Record | None) -> tuple[int, int]:
    """Ports for bolt and http: those of the last start unless they are taken."""
    wanted = (before.bolt_port, before.http_port) if before else (0, 0)
    # Both are held before either is let go, or they could be the same port.
    with _listener(wanted[0]) as bolt, _listener(wanted[1]) as http:
        return bolt.getsockname()[1], http.getsockname()[1]


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    # Connections of the last run that linger in TIME_WAIT do not take the port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.bind((LOOPBACK, 0))
    return listener
