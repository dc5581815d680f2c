"""The events of one user, read from the embedded store by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from basketweave.blend.request import Request
from basketweave.graph.schema import EVENT_KINDS, PURCHASED
from basketweave.graph.subgraph import BoolArray, Events, IntArray
from basketweave.queries import statements
from basketweave.serving.state import State

if TYPE_CHECKING:
    import pyarrow as pa

    from basketweave.graph.embedded.connection import Session

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

    @property
    def events(self) -> Events:
        """The events as those of one user, all of one kind."""
        none = np.zeros(len(self.item), np.int64)
        return Events(none, self.item, self.time, none.astype(np.float32))

    def how(self, wanted: BoolArray) -> dict[int, str]:
        """Position of each wanted item (I,) -> the relationship by which the user had
        it; of several, the first of `KINDS`."""
        rows = np.flatnonzero(wanted[self.item])
        rows = rows[np.argsort(-self.kind[rows], kind="stable")]
        kinds = [KINDS[kind - 1] for kind in self.kind[rows].tolist()]
        return dict(zip(self.item[rows].tolist(), kinds, strict=True))


NOTHING = Had(*(np.empty(0, np.int64) for _ in range(3)))


def read_had(session: Session, state: State, request: Request) -> Had | None:
    """The user's events up to `as_of`; None where the store has no such user."""
    if request.user is None:
        return NOTHING
    if state.kinds:
        rows = session.brief(_history(state.kinds), {"user": request.user})
        if len(rows):
            return _until(request.as_of, state, rows)
    there = session.brief(statements(STATEMENTS)["user"], {"user": request.user})
    return NOTHING if len(there) else None


def _until(as_of: int | None, state: State, rows: pa.Table) -> Had:
    from basketweave.graph.embedded.exporting.arrays import array

    number, at, kind = map(array, rows.columns)
    item = state.numbers[number]
    if as_of is None:
        return Had(item, at, kind)
    keep = at <= as_of
    return Had(item[keep], at[keep], kind[keep])


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
