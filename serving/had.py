"""What one user had: of the embedded file in one statement, and what came since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from basketweave.blend.request import Request
from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import EVENT_KINDS, PURCHASED
from basketweave.graph.subgraph import BoolArray, Events, IntArray
from basketweave.queries import statements
from basketweave.serving.state import State

if TYPE_CHECKING:
    from basketweave.graph.embedded.connection import Session
    from basketweave.graph.embedded.recording.recent import RecentEvents

STATEMENTS = "recommend.ladybug"
KIND = "list_position($kinds, label(had))"
KINDS = (PURCHASED, *sorted(set(EVENT_KINDS) - {PURCHASED}))
"""How a path says that a user had an item: what they bought says more than the rest."""


@dataclass(frozen=True)
class Had:
    """The events of one user until a moment: positions of items (E,), times (E,) and
    kinds (E,), which count from 1 in the order of `KINDS`."""

    item: IntArray
    time: IntArray
    kind: IntArray

    def events(self, counts: Kinds | None) -> Events:
        """The events as those of one user, each counting as its kind does.

        counts   None: it is all one of which kind an event is
        """
        none = np.zeros(len(self.item), np.int64)
        found = Events(none, self.item, self.time, none.astype(np.float32))
        if counts is None:
            return found
        weights = np.array([counts.weights[kind] for kind in KINDS], np.float32)
        known = np.array([kind in counts.known for kind in KINDS])
        kind = self.kind - 1
        return replace(found, weight=weights[kind], known=known[kind])

    def until(self, as_of: int) -> Had:
        """Those that are not later."""
        keep = self.time <= as_of
        return Had(self.item[keep], self.time[keep], self.kind[keep])

    def and_then(self, later: Had) -> Had:
        """These, and those that were recorded after them."""
        if not len(later.item):
            return self
        columns = ((self.item, later.item), (self.time, later.time))
        pairs = (*columns, (self.kind, later.kind))
        return Had(*(np.concatenate(pair) for pair in pairs))

    def how(self, wanted: BoolArray) -> dict[int, str]:
        """Position of each wanted item (I,) -> the relationship by which the user had
        it; of several, the first of `KINDS`."""
        rows = np.flatnonzero(wanted[self.item])
        rows = rows[np.argsort(-self.kind[rows], kind="stable")]
        kinds = [KINDS[kind - 1] for kind in self.kind[rows].tolist()]
        return dict(zip(self.item[rows].tolist(), kinds, strict=True))


NOTHING = Had(*(np.empty(0, np.int64) for _ in range(3)))


def read_had(
    session: Session, seen: RecentEvents, state: State, request: Request
) -> Had | None:
    """The user's events up to `as_of`; None where the store has no such user."""
    if request.user is None:
        return NOTHING
    user = request.user
    stored = state.of_person(user, "had", lambda: _stored(session, state, user))
    recorded = _recorded(seen, state, user)
    if stored is None and recorded is None:
        return None
    had = (stored or NOTHING).and_then(recorded or NOTHING)
    return had if request.as_of is None else had.until(request.as_of)


def _stored(session: Session, state: State, user: str) -> Had | None:
    from basketweave.graph.embedded.exporting.arrays import array

    if state.kinds:
        rows = session.brief(_history(state.kinds), {"user": user})
        if len(rows):
            number, at, kind = map(array, rows.columns)
            return Had(state.numbers[number], at, kind)
    there = session.brief(statements(STATEMENTS)["user"], {"user": user})
    return NOTHING if len(there) else None


def _recorded(seen: RecentEvents, state: State, user: str) -> Had | None:
    """What the user did since the file was written; None where that is nothing."""
    events = seen.of(user)
    if not events:
        return None
    place = state.catalogue.position
    item = [place[event.item] for event in events]
    kind = [1 + KINDS.index(event.kind) for event in events]
    columns = (item, [event.time for event in events], kind)
    return Had(*(np.array(column, np.int64) for column in columns))


@cache
def _history(kinds: tuple[str, ...]) -> str:
    """The statement for the kinds of events that there are: others cost as much, and
    the kind of one alone needs no look."""
    found = statements(STATEMENTS)["history"].replace(
        "|".join(EVENT_KINDS), "|".join(kinds)
    )
    if len(kinds) == 1:
        found = found.replace(KIND, str(1 + KINDS.index(kinds[0])))
    return found.replace("$kinds", str(list(KINDS)))
