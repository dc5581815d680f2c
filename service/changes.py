"""The work behind what is written: events, items, users, versions of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from basketweave.errors import NotFoundError
from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import ModelVersion
from basketweave.service.asked import ShownIn
from basketweave.service.cache import Cache, of_user
from basketweave.service.metrics import Metrics
from basketweave.service.remembered import Remembered
from basketweave.shown import shown

Row = Mapping[str, Any]


class Changes:
    """Writes to a store, and empties the cache of what is no longer so.

    When a method returns, what it wrote is on the disk. Raises `DataError` for rows that
    cannot be used: none of them is written then.
    """

    def __init__(
        self, store: GraphStore, cache: Cache, given: Remembered, metrics: Metrics
    ) -> None:
        self._store, self._cache = store, cache
        self._given, self._metrics = given, metrics

    def record(self, events: Sequence[Row]) -> dict[str, int]:
        """What people did; each counts once, however often it is sent."""
        done = self._store.record(events)
        self._metrics.events.inc(done.events)
        self._emptied(events)
        return asdict(done)

    def shown(self, asked: ShownIn) -> dict[str, int]:
        """What a page showed of an answer."""
        rows = self._given.shown(asked.answer, asked.items)
        return {"shown": self._store.record_shown(rows)}

    def delete_events(self, events: Sequence[Row]) -> dict[str, int]:
        """Take events back."""
        found = self._store.delete_events(events)
        if all(event.get("user") for event in events):
            self._emptied(events)
        else:
            self._cache.empty()
        return {"events": found}

    def delete_item(self, item: str) -> dict[str, int]:
        """Take an item away with all that is its own."""
        done = self._store.delete_items(item)
        if not done.items:
            raise NotFoundError(f"The store has no item {shown(item)}.")
        self._cache.empty()
        return asdict(done)

    def forget(self, user: str) -> dict[str, int]:
        """Take a person away with all that is stored of them."""
        done = self._store.forget_user(user)
        self._cache.empty([of_user(user)])
        self._given.forget(user)
        if not done.users:
            raise NotFoundError(f"The store has no user {shown(user)}.")
        return asdict(done)

    def models(self) -> list[dict[str, Any]]:
        """All versions, the newest first within each name."""
        return [_version(one) for one in self._store.models()]

    def rollback(self, name: str) -> dict[str, Any]:
        """Make the version before the live one live again."""
        version = self._store.rollback(name)
        self._cache.empty()
        return _version(version)

    def _emptied(self, events: Iterable[Row]) -> None:
        self._cache.empty(
            {of_user(event["user"]) for event in events if event.get("user")}
        )


def _version(one: ModelVersion) -> dict[str, Any]:
    card = one.card
    return {
        "name": card.name,
        "version": one.version,
        "key": one.key,
        "kind": card.kind,
        "part": card.part,
        "status": one.status,
        "metrics": dict(card.metrics),
        "weights": dict(one.weights),
        "learned_with": dict(one.learned_with),
        "stale": one.stale,
    }
