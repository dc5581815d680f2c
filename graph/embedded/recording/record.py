"""Recorded events into the store's file, as a load of the same rows would put them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.loading.events import add_events
from basketweave.graph.embedded.loading.nodes import write_nodes
from basketweave.graph.embedded.recording import shown
from basketweave.graph.embedded.recording.journal import Change
from basketweave.graph.embedded.recording.place import write_placed
from basketweave.graph.embedded.recording.recent import Recent
from basketweave.graph.embedded.recording.sift import sift
from basketweave.graph.embedded.recording.stored import Looks
from basketweave.graph.embedded.recording.upsert import write_said
from basketweave.graph.impressions import Impression
from basketweave.graph.planned.arrival import ARRIVAL
from basketweave.graph.planned.nodes import Described
from basketweave.graph.planned.placing import Placed
from basketweave.graph.recorded import Checked, Event, Recorded
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.tables import EVENTS, MILLIS
from basketweave.graph.upserted import Said

_TEXTS = dict.fromkeys(("user", "item", "kind"), pl.String())
_KEY: dict[str, pl.DataType] = {**_TEXTS, "time": pl.Int64(), MILLIS: pl.Int64()}
_STORED: dict[str, pl.DataType] = {**_KEY, ARRIVAL: pl.Int64()}


def record(session: Session, given: Checked, *, create: bool) -> Recorded:
    """Write the events that a file lacks; the file says all that there is."""
    looks = Looks.into(session)
    found = sift(session, looks, Recent(), given.events)
    if not create:
        found.check_none_is_created()
    if found.new and looks.dataset is None:
        dataset.note_begun(session, given.user_ids, given.item_ids)
    write_changes(session, [*found.new, *found.bought])
    known = len(given.events) - len(found.new)
    return Recorded(len(found.new), known, len(found.users), len(found.items))


def write_changes(session: Session, changes: Sequence[Change]) -> None:
    """Write what the journal has: what was said, then events that are known to be new,
    and what was shown."""
    events = [one for one in changes if isinstance(one, Event)]
    write_said(session, [one for one in changes if isinstance(one, Said)])
    write_recorded(session, events)
    shown.write(session, [one for one in changes if isinstance(one, Impression)])
    shown.note_taken(session, events)
    write_placed(session, [one for one in changes if isinstance(one, Placed)])


def write_recorded(session: Session, events: Sequence[Event]) -> None:
    """Write events that are known to be new, their ids, and users and items that are."""
    if not events:
        return
    looks = Looks.into(session)
    frame, stored = _frame(events), looks.about(session, events)
    for label, end in ((USER, "user"), (ITEM, "item")):
        write_nodes(session, label, Described.of_ids(frame[end].unique()))
    add_events(session, frame, pl.DataFrame(stored, schema=_STORED, orient="row"))
    _write_ids(session, looks, events)
    dataset.note_recorded(session, [event.time for event in events])


def _frame(events: Sequence[Event]) -> pl.DataFrame:
    """As tables have them; `millis` only where there are any."""
    types: dict[str, pl.DataType] = {**_KEY, "value": pl.Float64()}
    frame = pl.DataFrame([event[:6] for event in events], schema=types, orient="row")
    fine = [MILLIS] if (frame[MILLIS] != 0).any() else []
    return frame.select(*EVENTS, *fine)


def _write_ids(session: Session, looks: Looks, events: Iterable[Event]) -> None:
    rows = [(event.id, *event.key) for event in events if event.id is not None]
    if not rows:
        return
    new = pl.DataFrame(rows, schema={"id": pl.String, **_KEY}, orient="row")
    new = new.unique("id", keep="first", maintain_order=True)
    schema.create_event_ids(session)
    lacking = looks.lacking(session, schema.EVENT_ID, {*new["id"]})
    session.copy(schema.EVENT_ID, new.filter(pl.col("id").is_in(lacking)))
