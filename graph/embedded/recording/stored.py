"""What a file has of some users at about some times: a look for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.recorded import Event
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER
from basketweave.graph.store import Dataset


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
    """

    dataset: Dataset | None
    statements: Mapping[str, str]

    @classmethod
    def into(cls, session: Session) -> Looks:
        """Into the file of this session."""
        kinds = [kind for kind in EVENT_KINDS if schema.size(session, kind)]
        return cls(
            dataset.read_dataset(session), {k: _statement(session, k) for k in kinds}
        )

    def about(self, session: Session, events: Iterable[Event]) -> list[Stored]:
        """What stands from the first to the last time of each user's events.

        None is looked for that is later than the latest that the file has.
        """
        last_at = self.dataset.last_at if self.dataset is not None else None
        late: dict[str, list[int]] = {}
        for event in events:
            if last_at is not None and event.time <= last_at:
                late.setdefault(event.user, []).append(event.time)
        return [
            Stored(user, item, kind, *(number or 0 for number in numbers))
            for kind, statement in self.statements.items()
            for user, times in late.items()
            for item, *numbers in session.rows(
                statement, {"user": user, "first": min(times), "last": max(times)}
            )
        ]


def _statement(session: Session, kind: str) -> str:
    there = schema.columns(session, kind)
    finer = (f"e.{name}" if name in there else "0" for name in schema.FINER)
    return (
        f"MATCH (u:{USER} {{id: $user}})-[e:{kind}]->(i:{ITEM}) "
        "WHERE e.at >= $first AND e.at <= $last "
        f"RETURN i.id, e.at, {', '.join(finer)}"
    )
