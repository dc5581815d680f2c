"""Answers that were given lately, until a page says what of them it showed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from cachetools import TTLCache
from pydantic_core import from_json, to_json

from basketweave.errors import NotFoundError
from basketweave.shown import shown

MOST = 100_000
"""Answers: some 70 MB where each has ten items."""
SECONDS = 3_600


class Kept(NamedTuple):
    """What is kept of an answer."""

    user: int | str
    blend: str | None
    experiment: str | None
    group: str | None
    items: bytes
    """Items and propensities as JSON, a quarter of the memory of a tuple."""


class Remembered:
    """The answers of this process, each for an hour, and at most `MOST` of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: TTLCache[str, Kept] = TTLCache(MOST, SECONDS)

    def name(self) -> str:
        """The id of a new answer."""
        return str(uuid4())

    def keep(self, name: str, answer: Mapping[str, Any]) -> None:
        """Keep an answer for a person by its id."""
        if answer["user"] is None:
            return
        items = [(one["item"], one["propensity"]) for one in answer["items"]]
        kept = Kept(
            answer["user"],
            answer["blend"],
            answer["experiment"],
            answer["group"],
            to_json(items),
        )
        with self._lock:
            self._given[name] = kept

    def shown(
        self, name: str, items: Iterable[int | str] | None = None
    ) -> list[dict[str, Any]]:
        """What `store.record_shown` takes: of all of an answer, or of these items.

        Raises `NotFoundError` where the answer is not remembered, or has no such item.
        """
        with self._lock:
            given = self._given.get(name)
        if given is None:
            raise NotFoundError(
                f"No answer {shown(name)} was given in the last hour, or it was of "
                "another process or for nobody. Ask with record_shown instead."
            )
        wanted = None if items is None else {str(item) for item in items}
        held = from_json(given.items)
        there = {str(item) for item, _ in held}
        for one in (wanted or set()) - there:
            raise NotFoundError(f"The answer has no item {shown(one)}.")
        return [
            {
                "answer": name,
                "user": given.user,
                "item": item,
                "place": place,
                "propensity": propensity,
                "blend": given.blend,
                "experiment": given.experiment,
                "group": given.group,
            }
            for place, (item, propensity) in enumerate(held, 1)
            if wanted is None or str(item) in wanted
        ]

    def forget(self, user: str) -> None:
        """Forget the answers that were for a person."""
        with self._lock:
            mine = [n for n, one in self._given.items() if str(one.user) == user]
            for name in mine:
                del self._given[name]
