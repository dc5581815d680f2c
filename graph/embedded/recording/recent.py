"""What was recorded since the file was written, in memory, for who asks of a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from basketweave.graph.embedded.recording.journal import Entry
from basketweave.graph.pages import Node
from basketweave.graph.planned import properties
from basketweave.graph.planned.placing import Placed
from basketweave.graph.recorded import Event
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.upserted import Said


@dataclass(frozen=True)
class RecentEvents:
    """The first `n` of the changes since a file was written, as one reader sees them.

    last_at   the latest time of their events; None where there is none
    items     items that came into being with them, in that order
    said      how often something was said of an item
    placed    how many vectors of new items there are
    kinds     the kinds of which there are events
    """

    n: int = 0
    last_at: int | None = None
    items: Sequence[str] = ()
    said: int = 0
    placed: int = 0
    kinds: frozenset[str] = frozenset()
    _of: Mapping[str, list[tuple[int, Event]]] = field(default_factory=dict)
    _said: Sequence[Said] = ()
    _placed: Sequence[Placed] = ()

    def of(self, user: str) -> list[Event]:
        """What the user did, in the order in which it was recorded."""
        return [event for n, event in self._of.get(user, ()) if n < self.n]

    def said_since(self, first: int) -> Sequence[Said]:
        """What was said of items, from the one of this number on."""
        return self._said[first : self.said]

    def placed_since(self, first: int) -> Sequence[Placed]:
        """The vectors of new items, from the one of this number on."""
        return self._placed[first : self.placed]


class Recent:
    """Changes that are in the journal and not in a state's file: only added to.

    A reader takes `now` and sees that to the end, whatever is added meanwhile. One thread
    adds at a time.
    """

    def __init__(self) -> None:
        self.now = RecentEvents()
        self._entries: list[Entry] = []
        self._of: dict[str, list[tuple[int, Event]]] = {}
        self._keys: set[object] = set()
        self._new: dict[str, dict[str, None]] = {USER: {}, ITEM: {}}
        self._said: dict[str, dict[str, Said]] = {USER: {}, ITEM: {}}
        self._types: dict[tuple[str, str], tuple[str, dict[str, None]]] = {}
        self._of_items: list[Said] = []
        self._placed: list[Placed] = []
        self._places: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def add(
        self, entries: Sequence[Entry], users: Iterable[str], items: Iterable[str]
    ) -> None:
        """Show these too, of which none is here, with who and what is new by them."""
        for n, entry in enumerate(entries, len(self._entries)):
            if isinstance(entry.change, Event):
                self._add_event(n, entry.change)
            elif isinstance(entry.change, Said):
                self._add_said(entry.change)
            elif isinstance(entry.change, Placed):
                self._placed.append(entry.change)
                self._places.add(entry.change[:2])
        self._entries += entries
        before = len(self._new[ITEM])
        self._new[USER].update(dict.fromkeys(users))
        self._new[ITEM].update(dict.fromkeys(items))
        events = [e.change for e in entries if isinstance(e.change, Event)]
        times = [event.time for event in events]
        last = self.now.last_at
        same = len(self._new[ITEM]) == before
        self.now = RecentEvents(
            len(self._entries),
            max(times if last is None else [*times, last], default=None),
            self.now.items if same else tuple(self._new[ITEM]),
            len(self._of_items),
            len(self._placed),
            self.now.kinds | {event.kind for event in events},
            self._of,
            self._of_items,
            self._placed,
        )

    @property
    def users(self) -> frozenset[str]:
        """Who did something here, or came into being; for the thread that may add."""
        return frozenset([*self._of, *self._new[USER]])

    def lacks(self, event: Event) -> bool:
        """Whether neither its id nor its key is here."""
        return event.key not in self._keys and (
            event.id is None or event.id not in self._keys
        )

    def new(self, label: str, names: Iterable[str]) -> set[str]:
        """Those of these names that nothing here has brought into being."""
        return set(names).difference(self._new[label])

    def created(self, label: str) -> list[str]:
        """The ids that came into being here."""
        return list(self._new.get(label, ()))

    def touched(self, label: str) -> set[str]:
        """The ids of which something was said, or that came into being."""
        # As lists first: another thread may add to them meanwhile.
        return {*list(self._said[label]), *list(self._new[label])}

    def popularity(self, items: Iterable[str]) -> dict[str, float | None]:
        """Of those of these items that were bought first here, their popularity."""
        said = self._said[ITEM]
        told = {item: said[item].properties for item in items if item in said}
        return {
            item: float(str(of["popularity"]))
            for item, of in told.items()
            if "popularity" in of
        }

    def typed(
        self, label: str, name: str, stored: tuple[str, str | None]
    ) -> tuple[str, str | None]:
        """The spelling of a property and the type for all its values, those said here too.

        stored   the same in the file
        """
        spelt, told = self._types.get((label, name.lower()), (stored[0], {}))
        held = [kind for kind in (stored[1], *told) if kind is not None]
        if not held:
            return spelt, None
        return spelt, reduce(lambda a, b: properties.grown(label, spelt, a, b), held)

    def described(self) -> list[tuple[str, str]]:
        """Label and name of the properties that have a value here."""
        return [(label, spelt) for (label, _), (spelt, _) in self._types.items()]

    def has_place(self, key: str, item: str) -> bool:
        """Whether an item was given a vector in a version here."""
        return (item, key) in self._places

    def over(self, label: str, name: str, stored: Node | None) -> Node | None:
        """A node as the file has it, with what was said of it since."""
        if stored is None and name in self._new[label]:
            stored = Node(name, {})
        said = self._said[label].get(name)
        if said is None or stored is None:
            return stored
        links = {**stored.links, **said.links}
        return Node(name, {**stored.properties, **said.properties}, links)

    def _add_event(self, n: int, event: Event) -> None:
        self._of.setdefault(event.user, []).append((n, event))
        self._keys |= {event.key} if event.id is None else {event.key, event.id}

    def _add_said(self, said: Said) -> None:
        of = self._said[said.label]
        before = of.get(said.id)
        of[said.id] = said if before is None else before.then(said)
        for name, value in said.properties.items():
            if value is not None:
                key = said.label, name.lower()
                told = self._types.setdefault(key, (name, {}))[1]
                told[properties.kind_of(value)] = None
        if said.label == ITEM:
            self._of_items.append(said)
