"""Methods of an object in another process of this machine, which shares a secret."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, NamedTuple

from basketweave.errors import StoreError


class Channel(NamedTuple):
    """Where an object answers, and the secret that its process shares."""

    path: str
    secret: bytes


@contextmanager
def answered(thing: object, names: Collection[str], channel: Channel) -> Iterator[None]:
    """Answer calls of these methods of `thing`, each caller in a thread of its own.

    What they are given and return goes through `pickle`, so only who has the secret is
    let in.
    """
    Path(channel.path).unlink(missing_ok=True)  # of a process that was killed
    listener = Listener(channel.path, "AF_UNIX", backlog=64, authkey=channel.secret)
    there = _There(listener, thing, frozenset(names))
    accepting = threading.Thread(target=there.accept, daemon=True)
    accepting.start()
    try:
        yield
    finally:
        there.over = True
        with suppress(OSError), socket.socket(socket.AF_UNIX) as waking:
            waking.connect(channel.path)  # closing alone leaves it waiting
        accepting.join()
        listener.close()


class Caller:
    """Asks the object at the other end; safe to use from several threads.

    `ask` raises what the method raises, and `StoreError` where nobody answers.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel, self._mine = channel, threading.local()

    def ask(self, name: str, *given: Any, **named: Any) -> Any:
        """What the method of this name returns there."""
        try:
            connection = self._connection()
            connection.send((name, given, named))
            done, result = connection.recv()
        except (OSError, EOFError) as error:
            self._mine.open = None
            raise StoreError(
                "The process that writes the store does not answer. Ask again in a "
                "moment."
            ) from error
        if not done:
            raise result
        return result

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._mine, "open", None)
        if found is None:
            path, secret = self._channel
            found = self._mine.open = Client(path, "AF_UNIX", authkey=secret)
        return found


@dataclass
class _There:
    """The end of a channel where the object is."""

    listener: Listener
    thing: object
    names: frozenset[str]
    over: bool = False

    def accept(self) -> None:
        while not self.over:
            with suppress(OSError, EOFError, AuthenticationError):
                threading.Thread(
                    target=self.answer, args=[self.listener.accept()], daemon=True
                ).start()

    def answer(self, connection: Connection) -> None:
        with connection, suppress(OSError, EOFError):
            while True:
                asked = connection.recv()
                if self.over:
                    return
                connection.send(self._result(*asked))

    def _result(
        self, name: str, given: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[bool, Any]:
        try:
            if name not in self.names:
                raise AttributeError(name)
            return True, getattr(self.thing, name)(*given, **named)
        except Exception as error:  # noqa: BLE001 - which goes to who asked
            return False, error
