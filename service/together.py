"""Answers that the processes of one service were asked for, whichever is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from basketweave.calls import Caller, Channel
from basketweave.errors import StoreError
from basketweave.service.remembered import Remembered


class RememberedTogether(Remembered):
    """Remembers what this process answered, and asks the others for the rest.

    An answer's id ends with the number of the process that gave it.
    """

    ASKED: ClassVar = ("mine_shown", "forget_mine")

    def __init__(self, number: int, channels: Sequence[Channel]) -> None:
        super().__init__()
        self._number = number
        self._others = {n: Caller(o) for n, o in enumerate(channels) if n != number}

    def name(self) -> str:
        """The id of a new answer."""
        return f"{super().name()[:-2]}{self._number:02x}"

    def shown(
        self, name: str, items: Iterable[int | str] | None = None
    ) -> list[dict[str, Any]]:
        """What `store.record_shown` takes; raises `NotFoundError` as `Remembered`."""
        other = self._others.get(_process(name))
        if other is not None:
            with suppress(StoreError):  # it has ended, and with it what it knew
                found: list[dict[str, Any]] = other.ask("mine_shown", name, items)
                return found
        return self.mine_shown(name, items)

    def mine_shown(
        self, name: str, items: Iterable[int | str] | None = None
    ) -> list[dict[str, Any]]:
        """The same of an answer of this process."""
        return super().shown(name, items)

    def forget(self, user: str) -> None:
        """Forget the answers that were for a person, in all processes."""
        self.forget_mine(user)
        for other in self._others.values():
            with suppress(StoreError):
                other.ask("forget_mine", user)

    def forget_mine(self, user: str) -> None:
        """Forget those of this process."""
        super().forget(user)


def _process(name: str) -> int:
    try:
        return int(name[-2:], 16)
    except ValueError:
        return -1
