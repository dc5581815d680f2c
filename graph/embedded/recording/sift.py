"""Which of some events a state does not have yet, by as few looks as can be.

An event later than all in the file cannot stand in it: of most that are recorded only
their users and items are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.recording.recent import Recent
from basketweave.graph.embedded.recording.stored import Looks
from basketweave.graph.planned.popularity import first_bought
from basketweave.graph.recorded import Event, once, unknown_ids
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.upserted import Said


@dataclass(frozen=True)
class Sifted:
    """The events that are new, and the users and items that are so with them.

    bought   the popularity of items that are bought for the first time
    """

    new: list[Event]
    users: list[str]
    items: list[str]
    bought: list[Said]

    def check_none_is_created(self) -> None:
        """Raise `NotFoundError` for users or items that the store lacks."""
        for what, names in (("user", self.users), ("item", self.items)):
            if names:
                raise unknown_ids(what, names)


def sift(
    session: Session, looks: Looks, recent: Recent, events: Iterable[Event]
) -> Sifted:
    """What neither the session's file has, nor was recorded since."""
    asked = once(event for event in events if recent.lacks(event))
    known = _stored_ids(session, looks, {e.id for e in asked if e.id is not None})
    stored_keys = {one[:5] for one in looks.about(session, asked)}
    new = [e for e in asked if e.id not in known and e.key not in stored_keys]
    users = looks.lacking(session, USER, recent.new(USER, {e.user for e in new}))
    wanted = {e.item for e in new}
    stored = _popularity(session, list(wanted))
    items = sorted(recent.new(ITEM, wanted.difference(stored)))
    return Sifted(new, users, items, _first_bought(looks, recent, new, stored))


def _first_bought(
    looks: Looks,
    recent: Recent,
    new: Sequence[Event],
    stored: dict[str, float | None],
) -> list[Said]:
    stood = looks.dataset.last_at if looks.dataset is not None else None
    ends = (stood, recent.now.last_at)
    last = max((at for at in ends if at is not None), default=None)
    known = stored | recent.popularity({event.item for event in new})
    told = first_bought(new, known, last)
    return [Said(ITEM, item, {"popularity": v}, {}) for item, v in told.items()]


def _stored_ids(session: Session, looks: Looks, ids: set[str]) -> set[str]:
    if not ids or schema.EVENT_ID not in schema.names(session):
        return set()
    return {*ids}.difference(looks.lacking(session, schema.EVENT_ID, ids))


def _popularity(session: Session, ids: list[str]) -> dict[str, float | None]:
    """Each of these items that the file has -> its popularity."""
    match = f"MATCH (n:{ITEM} {{id: one}}) RETURN n.id, n.popularity"
    return {item: value for item, value in session.each(match, ids)}
