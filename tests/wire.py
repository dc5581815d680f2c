"""A wire to a server, which can be cut at a statement and mended again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


class Wire:
    """Passes all on between a port of this machine and a server's port.

    Once the statement has gone through in which `cut_at` stands, its answer does not come
    back, and nobody gets through any more, until the wire is mended.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._doomed = self.is_cut = False
        self._cut_at: bytes | None = None
        Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        """The address of this end."""
        return f"bolt://127.0.0.1:{self._listening.getsockname()[1]}"

    @contextmanager
    def cut_at(self, text: str) -> Iterator[None]:
        """Cuts at a statement with this text in it; mended at the end."""
        self._cut_at = text.encode()
        try:
            yield
        finally:
            assert self.is_cut, f"Nothing was said of {text}."
            self._doomed = self.is_cut = False
            self._cut_at = None

    def close(self) -> None:
        """Nobody gets through any more, for good."""
        self._cut()
        self._listening.close()

    def _cut(self) -> None:
        self.is_cut = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                end, _ = self._listening.accept()
                if self.is_cut:
                    end.close()
                    continue
                other = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [end, other]
                for pair in ((end, other), (other, end)):
                    Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                if self._cut_at and self._cut_at in data:
                    self._doomed = True
                elif self._doomed:
                    break
                target.sendall(data)
        if self._doomed:
            self._cut()
        else:
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
