"""Methods of an object, called from elsewhere on the machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from basketweave.calls import Caller, Channel, answered
from basketweave.errors import DataError, StoreError


class Counter:
    """Counts up, and refuses to count down."""

    def __init__(self) -> None:
        self.n = 0

    def up(self, by: int = 1) -> int:
        if by < 0:
            raise DataError("only up")
        self.n += by
        return self.n

    def secret(self) -> None: ...


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    return Channel(str(tmp_path / "channel"), b"s3cret")


@pytest.fixture
def caller(channel: Channel) -> Iterator[Caller]:
    with answered(Counter(), ["up"], channel):
        yield Caller(channel)


def test_what_a_method_returns_or_raises_comes_back(caller: Caller) -> None:
    assert caller.ask("up") == 1
    assert caller.ask("up", by=2) == 3
    with pytest.raises(DataError, match="only up"):
        caller.ask("up", -1)
    assert caller.ask("up") == 4


def test_only_named_methods_can_be_called(caller: Caller) -> None:
    with pytest.raises(AttributeError):
        caller.ask("secret")


def test_threads_each_have_a_connection(caller: Caller) -> None:
    asking = [threading.Thread(target=caller.ask, args=["up"]) for _ in range(8)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert caller.ask("up") == 9


def test_who_has_not_the_secret_is_kept_out(channel: Channel, caller: Caller) -> None:
    with pytest.raises(AuthenticationError):
        Client(channel.path, "AF_UNIX", authkey=b"guessed")
    assert caller.ask("up") == 1


def test_nobody_at_the_other_end_is_said(channel: Channel) -> None:
    caller = Caller(channel)
    for _ in range(2):
        with answered(Counter(), ["up"], channel):
            assert caller.ask("up") == 1
        with pytest.raises(StoreError, match="does not answer"):
            caller.ask("up")
