"""What one user had, as the embedded store tells it in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from basketweave.blend.parts import IntArray
from basketweave.blend.request import Request
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Events
from basketweave.queries import statements
from basketweave.serving.state import STATEMENTS, State

if TYPE_CHECKING:
    from basketweave.graph.embedded.session import Session


@dataclass(frozen=True)
class Had:
    """The events of one user until a moment: item (E,) positions, time (E,), kinds."""

    item: IntArray
    time: IntArray
    kinds: tuple[str, ...]

    @property
    def events(self) -> Events:
        """As events of one user, all of one kind."""
        none = np.zeros(len(self.item), np.int64)
        return Events(none, self.item, self.time, none.astype(np.float32))

    def how(self, items: Iterable[int]) -> dict[int, str]:
        """By what relationship the user had these: PURCHASED before the other kinds."""
        wanted = np.flatnonzero(np.isin(self.item, list(items)))
        found: dict[int, str] = {}
        for row in wanted:
            item, kind = int(self.item[row]), self.kinds[row]
            found[item] = min(found.get(item, kind), kind, key=_first)
        return found


def _first(kind: str) -> tuple[bool, str]:
    return kind != PURCHASED, kind


NOTHING = Had(np.empty(0, np.int64), np.empty(0, np.int64), ())


def read_had(session: Session, state: State, request: Request) -> Had | None:
    """The user's events up to `as_of`; None where the store has no such user."""
    if request.user is None:
        return NOTHING
    statement = statements(STATEMENTS)["history"]
    rows = session.rows(statement, {"user": request.user})
    if not rows:
        return None
    rows = [row for row in rows if row[0] is not None]
    if not rows:
        return NOTHING
    number, time, kinds = zip(*rows, strict=True)
    item, at = state.positions(np.array(number, np.int64)), np.array(time, np.int64)
    keep = item >= 0
    if request.as_of is not None:
        keep &= at <= request.as_of
    if keep.all():
        return Had(item, at, kinds)
    kept = np.flatnonzero(keep)
    return Had(item[kept], at[kept], tuple(kinds[row] for row in kept))
