"""What one user had, as the embedded store tells it in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from basketweave.blend.request import Request
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Events, IntArray
from basketweave.queries import statements
from basketweave.serving.state import STATEMENTS, State

if TYPE_CHECKING:
    from basketweave.graph.embedded.session import Session


@dataclass(frozen=True)
class Had:
    """The events of one user until a moment: item (E,) positions, time (E,), kind (E,)."""

    item: IntArray
    time: IntArray
    kind: pa.Array

    @property
    def events(self) -> Events:
        """As events of one user, all of one kind."""
        none = np.zeros(len(self.item), np.int64)
        return Events(none, self.item, self.time, none.astype(np.float32))

    def how(self, items: Sequence[int]) -> dict[int, str]:
        """By what relationship the user had these: PURCHASED before the other kinds."""
        rows = np.flatnonzero(np.isin(self.item, items))
        found: dict[int, str] = {}
        kinds = self.kind.take(pa.array(rows)).to_pylist()
        for item, kind in zip(self.item[rows].tolist(), kinds, strict=True):
            found[item] = min(found.get(item, kind), kind, key=_first)
        return found


def _first(kind: str) -> tuple[bool, str]:
    return kind != PURCHASED, kind


NOTHING = Had(np.empty(0, np.int64), np.empty(0, np.int64), pa.array([], pa.string()))


def read_had(session: Session, state: State, request: Request) -> Had | None:
    """The user's events up to `as_of`; None where the store has no such user."""
    if request.user is None:
        return NOTHING
    statement = statements(STATEMENTS)["history"]
    rows = session.arrow(statement, {"user": request.user})
    if not len(rows):
        return None
    number, time, kind = (column.combine_chunks() for column in rows.columns)
    if number.null_count:  # the one row of a user without a history
        return NOTHING
    item, at = state.positions(number.to_numpy()), time.to_numpy()
    keep = item >= 0
    if request.as_of is not None:
        keep &= at <= request.as_of
    if keep.all():
        return Had(item, at, kind)
    return Had(item[keep], at[keep], kind.filter(pa.array(keep)))
