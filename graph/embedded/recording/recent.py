"""What was recorded since the file was written, in memory, for who asks of a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from basketweave.graph.embedded.recording.journal import Entry
from basketweave.graph.recorded import Event


@dataclass(frozen=True)
class RecentEvents:
    """The first `n` of the events since a file was written, as one reader sees them.

    last_at   the latest of their times; None where there is none
    items     items that came into being with them, in that order
    """

    n: int = 0
    last_at: int | None = None
    items: Sequence[str] = ()
    _of: Mapping[str, list[tuple[int, Event]]] = field(default_factory=dict)

    def of(self, user: str) -> list[Event]:
        """What the user did, in the order in which it was recorded."""
        return [event for n, event in self._of.get(user, ()) if n < self.n]


class Recent:
    """Events that are in the journal and not in a state's file: only added to.

    A reader takes `now` and sees that to the end, whatever is added meanwhile. One thread
    adds at a time.
    """

    def __init__(self) -> None:
        self.now = RecentEvents()
        self._entries: list[Entry] = []
        self._of: dict[str, list[tuple[int, Event]]] = {}
        self._keys: set[object] = set()
        self._users: set[str] = set()
        self._items: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def add(
        self, entries: Sequence[Entry], users: Iterable[str], items: Iterable[str]
    ) -> None:
        """Show these too, of which none is here, with who and what is new by them."""
        for n, entry in enumerate(entries, len(self._entries)):
            event = entry.event
            self._of.setdefault(event.user, []).append((n, event))
            self._keys |= {event.key} if event.id is None else {event.key, event.id}
        self._entries += entries
        self._users.update(users)
        before = len(self._items)
        self._items.update(dict.fromkeys(items))
        times = [entry.event.time for entry in entries]
        last = self.now.last_at
        self.now = RecentEvents(
            len(self._entries),
            max(times if last is None else [*times, last], default=None),
            self.now.items if len(self._items) == before else tuple(self._items),
            self._of,
        )

    def lacks(self, event: Event) -> bool:
        """Whether neither its id nor its key is here."""
        return event.key not in self._keys and (
            event.id is None or event.id not in self._keys
        )

    def new(self, end: str, names: Iterable[str]) -> set[str]:
        """Those of these names that no event here has brought into being."""
        return set(names).difference(self._users if end == "user" else self._items)
