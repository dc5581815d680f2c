"""Events: one relationship each, told apart by user, item, kind, time and millisecond.

Few events have more than a time and a value. So the two other columns are added with
the first event that needs them, and are filled for such events alone: filling them for
all events was measured at 15 % of the time of a load.
"""

from __future__ import annotations

import polars as pl

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.schema import FINER, columns, size, widen
from basketweave.graph.planned.arrival import ARRIVAL, EVENT, after_stored, with_arrival
from basketweave.graph.planned.distinct import first_of_each
from basketweave.graph.planned.load import EventCounts
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER, check_kind
from basketweave.graph.tables import MILLIS
from basketweave.progress import Advance

_PAIR = ["user", "item"]


def write_events(
    session: Session, events: pl.DataFrame, advance: Advance
) -> EventCounts:
    """Add the events that the store does not have; return how many were added.

    Their users and items have to be in the store. Two events are the same where user,
    item, kind, time and millisecond are equal.
    """
    load = with_arrival(events).with_columns(pl.col("value").cast(pl.Float32))
    kinds = {check_kind(k): size(session, k) for k in load["kind"].unique()}
    key = EVENT if len(kinds) > 1 else [c for c in EVENT if c != "kind"]
    single = first_of_each(load, key if MILLIS in events.columns else key[:-1])
    new = _not_there(session, single) if any(kinds.values()) else single
    for kind in kinds:
        _copy(session, kind, new.filter(pl.col("kind") == kind))
    advance(len(events))
    return EventCounts(len(new), len(single) - len(new), len(events) - len(single))


def add_events(session: Session, events: pl.DataFrame, stored: pl.DataFrame) -> None:
    """Add events that are known not to be there, behind what is `stored` of their times.

    stored   the columns `EVENT` and `arrival` of what stands at these moments
    """
    load = with_arrival(events).with_columns(pl.col("value").cast(pl.Float32))
    new = after_stored(load, load, stored).select(load.columns)
    for kind in new["kind"].unique():
        _copy(session, check_kind(kind), new.filter(pl.col("kind") == kind))


def _copy(session: Session, kind: str, new: pl.DataFrame) -> None:
    plain = (pl.col(MILLIS) == 0) & (pl.col(ARRIVAL) == 0)
    rows = new.select(*_PAIR, "time", "value", *FINER)
    finer = rows.filter(~plain)
    if len(finer):
        widen(session, kind)
        rows = rows.filter(plain)
    session.copy(f"{kind}(at, value)", rows.drop(*FINER))
    session.copy(f"{kind}(at, value, {', '.join(FINER)})", finer)


def _not_there(session: Session, load: pl.DataFrame) -> pl.DataFrame:
    """The events that the store does not have.

    They are compared by the engine's own node numbers: joining numbers is quicker than
    joining text.
    """
    compared = load.rename({end: f"{end} id" for end in _PAIR})
    for end, label in (("user", USER), ("item", ITEM)):
        nodes = session.frame(
            f"MATCH (n:{label}) RETURN n.id AS id, offset(id(n)) AS {end}"
        )
        compared = compared.join(
            nodes, left_on=f"{end} id", right_on="id", maintain_order="left"
        )
    stored = {kind: _stored(session, kind) for kind in compared["kind"].unique()}
    key = [c for c in EVENT if c != "kind"]
    new = pl.concat(
        part.join(stored[str(kind)], on=key, how="anti", maintain_order="left")
        for (kind,), part in compared.group_by("kind", maintain_order=True)
    )
    if len(new):
        stored |= {k: _stored(session, k) for k in EVENT_KINDS if k not in stored}
        named = (f.with_columns(kind=pl.lit(kind)) for kind, f in stored.items())
        new = after_stored(new, compared, pl.concat(named))
    ids = {f"{end} id": end for end in _PAIR}
    return new.drop(_PAIR).rename(ids).select(load.columns)


def _stored(session: Session, kind: str) -> pl.DataFrame:
    there = columns(session, kind)
    finer = (f"{f'e.{name}' if name in there else '0'} AS {name}" for name in FINER)
    return session.frame(
        f"MATCH (u:{USER})-[e:{kind}]->(i:{ITEM}) RETURN offset(id(u)) AS user, "
        f"offset(id(i)) AS item, e.at AS time, {', '.join(finer)}"
    )
