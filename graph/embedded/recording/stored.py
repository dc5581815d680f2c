"""What a file has of some users at about some times: a look for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.recording.moments import FileIds, Moments
from basketweave.graph.recorded import Event
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER
from basketweave.graph.store import Dataset

MANY_NODES = 200_000
"""Of more nodes than these, ids are compared in memory where many are asked for: to look
for a thousand among 92,000 takes 9 ms, and four times as long among 833,000."""

FEW_USERS = 100
"""The late events of so many users are looked up one by one."""


class Stored(NamedTuple):
    """An event in the file; see `graph.planned.arrival` for the last column."""

    user: str
    item: str
    kind: str
    time: int
    millis: int
    arrival: int


@dataclass(frozen=True)
class Looks:
    """How to look up what one file has; it stays true as long as that file does.

    dataset      what it says that it holds; None where that is nothing
    statements   for each kind of events that it has, of one user in a stretch of time
    moments      when there are events, once that was read
    names        label -> the ids that there are, once they were read
    """

    dataset: Dataset | None
    statements: Mapping[str, str]
    moments: list[Moments] = field(default_factory=list)
    names: dict[str, FileIds] = field(default_factory=dict)

    @classmethod
    def into(cls, session: Session) -> Looks:
        """Into the file of this session."""
        kinds = [kind for kind in EVENT_KINDS if schema.size(session, kind)]
        return cls(
            dataset.read_dataset(session), {k: _statement(session, k) for k in kinds}
        )

    def about(self, session: Session, events: Iterable[Event]) -> list[Stored]:
        """What stands from the first to the last time of each user's events, and at all
        of their times.

        None is looked for that is later than the latest that the file has.
        """
        late: dict[str, list[int]] = {}
        for event in self._late(session, events):
            late.setdefault(event.user, []).append(event.time)
        return [
            Stored(user, item, kind, *(number or 0 for number in numbers))
            for kind, statement in self.statements.items()
            for user, times in late.items()
            for item, *numbers in session.rows(
                statement, {"user": user, "first": min(times), "last": max(times)}
            )
        ]

    def lacking(self, session: Session, label: str, names: set[str]) -> list[str]:
        """Those of these ids that the file has no node of, sorted."""
        if len(names) > FEW_USERS and schema.nodes(session, label) > MANY_NODES:
            if label not in self.names:
                self.names[label] = FileIds(session, label)
            return sorted(self.names[label].lacking(names))
        return unknown(session, label, names)

    def _late(self, session: Session, events: Iterable[Event]) -> list[Event]:
        last_at = self.dataset.last_at if self.dataset is not None else None
        if last_at is None:
            return []
        late = [event for event in events if event.time <= last_at]
        if len({event.user for event in late}) <= FEW_USERS:
            return late
        if not self.moments:
            self.moments.append(Moments(session, self.statements))
        return self.moments[0].among(late)


def _statement(session: Session, kind: str) -> str:
    there = schema.columns(session, kind)
    finer = (f"e.{name}" if name in there else "0" for name in schema.FINER)
    return (
        f"MATCH (u:{USER} {{id: $user}})-[e:{kind}]->(i:{ITEM}) "
        "WHERE e.at >= $first AND e.at <= $last "
        f"RETURN i.id, e.at, {', '.join(finer)}"
    )


def unknown(session: Session, label: str, names: set[str]) -> list[str]:
    """Those of these ids that the file has no node of, sorted."""
    return sorted(names.difference(there(session, label, list(names))))


def there(session: Session, label: str, ids: Sequence[str]) -> list[str]:
    """Those of these ids that the file has a node of."""
    match = f"MATCH (n:{label} {{id: one}}) RETURN n.id"
    return [name for (name,) in session.each(match, ids)]
