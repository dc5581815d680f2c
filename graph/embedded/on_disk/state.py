"""One state of the store: a complete file that many threads read and none writes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from queue import Empty, SimpleQueue

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.nodes import find
from basketweave.graph.embedded.on_disk.engine import opened
from basketweave.graph.embedded.recording.journal import Change, Entry
from basketweave.graph.embedded.recording.place import places
from basketweave.graph.embedded.recording.recent import Recent, RecentEvents
from basketweave.graph.embedded.recording.sift import Sifted, sift
from basketweave.graph.embedded.recording.stored import Looks, unknown
from basketweave.graph.embedded.recording.upsert import look
from basketweave.graph.impressions import Impression
from basketweave.graph.planned.placing import Placed
from basketweave.graph.planned.said import Differences, PropertyTypes, compared
from basketweave.graph.recorded import Event
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.upserted import Descriptions, Said


@dataclass(frozen=True)
class Follows:
    """How a file differs from the one before it: by models, and by what was recorded.

    number   of the one before
    folded   what was recorded since that one, and is in this file
    users    who did something there, or came into being
    """

    number: int
    folded: RecentEvents
    users: frozenset[str]


class OpenFile:
    """An open file, which is closed once it is `over` and its last reader has left.

    number   which write of this process made it: others have other numbers
    follows  what came to the file before; None where it is another one
    recent   what was recorded since
    shown    what was shown since, which no request asks for
    """

    def __init__(
        self,
        path: Path,
        number: int,
        follows: Follows | None = None,
        *,
        buffer_mb: int | None,
        named: str,
    ) -> None:
        self.number, self.follows = number, follows
        self.recent = Recent()
        self.shown: list[Entry] = []
        self._stored_types: dict[tuple[str, str], tuple[str, str | None]] = {}
        self._named = named
        self._database = opened(path, read_only=True, buffer_mb=buffer_mb, named=named)
        self._idle: SimpleQueue[Session] = SimpleQueue()
        self._changed = threading.Condition()
        self._readers, self._over = 0, False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A context with a session on the file, which refuses to write."""
        session = self._take()
        try:
            yield session
        finally:
            self._idle.put(session)

    @cached_property
    def looks(self) -> Looks:
        """How to look up what the file has."""
        with self.reading() as session:
            return Looks.into(session)

    def sifted(self, events: Iterable[Event]) -> Sifted:
        """What of some events is neither in the file nor among the recent ones."""
        with self.reading() as session:
            return sift(session, self.looks, self.recent, events)

    def recall(self, entries: Sequence[Entry]) -> None:
        """Show entries of the journal, of which the file may hold some already."""
        self.shown += [e for e in entries if isinstance(e.change, Impression)]
        if not entries:
            return
        events = [e.change for e in entries if isinstance(e.change, Event)]
        new = {id(event) for event in self.sifted(events).new}
        self.take_over(
            [
                entry
                for entry in entries
                if id(entry.change) in new or isinstance(entry.change, Said | Placed)
            ]
        )

    def take_over(self, entries: Sequence[Entry]) -> None:
        """Show entries of the journal that the file does not hold; impressions wait."""
        kept = [e for e in entries if not isinstance(e.change, Impression)]
        if not kept:
            return
        named = [_named(entry.change) for entry in kept]
        users, items = (
            self._new(label, dict.fromkeys(id_ for one in named for id_ in one[label]))
            for label in (USER, ITEM)
        )
        self.recent.add(kept, users, items)

    def _new(self, label: str, named: Mapping[str, object]) -> list[str]:
        lacking = set(self.lacking(label, set(named)))
        return [one for one in named if one in lacking]

    def lacking(self, label: str, names: set[str]) -> list[str]:
        """Those of these users or items that neither the file nor a recent change has."""
        with self.reading() as session:
            return unknown(session, label, self.recent.new(label, names))

    def compared(self, rows: Descriptions) -> Differences:
        """What of some rows is neither in the file nor said since."""
        with self.reading() as session:
            stand = find(session, self.recent, rows.label, rows.rows)
            types = PropertyTypes(partial(self._look, session))
            return compared(rows, stand, types)

    def check_types(self) -> None:
        """Raise `DataError` where what was said since has no place in the file."""
        with self.reading() as session:
            for label, name in self.recent.described():
                self._look(session, label, name)

    def places(self, said: Iterable[Said]) -> list[Placed]:
        """Vectors for those of the items that have none."""
        with self.reading() as session:
            return places(session, self.recent, said)

    def _look(self, session: Session, label: str, name: str) -> tuple[str, str | None]:
        if (label, name) not in self._stored_types:
            self._stored_types[label, name] = look(session, label, name)
        return self.recent.typed(label, name, self._stored_types[label, name])

    def enter(self) -> None:
        """Count one more reader: the file stays open until `leave`."""
        with self._changed:
            self._readers += 1

    def leave(self) -> None:
        """Count one reader less; close the file if it was the last and it is `over`."""
        with self._changed:
            self._readers -= 1
            self._end()

    def over(self, *, wait: bool = False) -> None:
        """Close the file now, or when its last reader leaves; `wait` waits for that.

        No new reader may enter after this.
        """
        with self._changed:
            self._over = True
            self._end()
            while wait and self._readers:
                self._changed.wait()

    def native(self) -> list[object]:
        """The objects that must not be destroyed in a forked child."""
        return [self._database, self._idle]

    def _end(self) -> None:
        if self._over and not self._readers:
            while not self._idle.empty():
                self._idle.get().close()
            self._database.close()
            self._changed.notify_all()

    def _take(self) -> Session:
        try:
            return self._idle.get_nowait()
        except Empty:
            return Session(self._database, self._named)


def _named(change: Change) -> dict[str, list[str]]:
    """The users and items that come into being with a change, where they are not there."""
    if isinstance(change, Event):
        return {USER: [change.user], ITEM: [change.item]}
    if isinstance(change, Said):
        return {USER: [], ITEM: [], change.label: [change.id]}
    return {USER: [], ITEM: []}
