"""Events as relationships: one for each user, item and kind, with sorted times."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.exporting.histories import HISTORY, read_history
from basketweave.graph.neo4j.loading.nodes import stored_nodes
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned.arrival import after_stored, with_arrival
from basketweave.graph.planned.load import EventCounts
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER, check_kind
from basketweave.progress import Advance

PAIR = ["u", "i"]
_MOMENT = ["u", "i", "time", "millis"]
_PROPERTIES = """
      count: size(times), firstAt: times[0], lastAt: times[-1],
      times: times, values: values, millis: millis, arrivals: arrivals"""
# A pair of which no event has a value has no `values` at all; and so on.
_ANY = {
    "any_value": pl.col("value").is_not_nan().any(),
    "any_millis": (pl.col("millis") > 0).any(),
    "any_arrival": (pl.col("arrival") > 0).any(),
}
_LIST_IF = dict(zip(("values", "millis", "arrivals"), _ANY, strict=True))
# Who records meanwhile has this lock from the beginning to the end, or waits: a pair that
# is new to both gets one relationship.
_GATE = """
    MERGE (gate:Lock {{name: $gate}})
    SET gate.lock = true
    REMOVE gate.lock
    WITH gate
    """
# As soon as something was recorded since the load looked, relationships may be there.
_CREATE = f"""{_GATE}
    MATCH (d:Dataset {{{{id: 'dataset'}}}})
    WHERE coalesce(d.recorded, 0) = $since[0]
    UNWIND range(0, $n - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    MATCH (i) WHERE id(i) = $i[k]
    WITH
      u, i, $times[k] AS times, $values[k] AS values,
      $millis[k] AS millis, $arrivals[k] AS arrivals
    CREATE (u)-[:{{kind}} {{{{{{properties}}}}}}]->(i)
    """
# Where relationships of the kind are there, a pair may have one, made by hand as well.
_FIND = """
    UNWIND range(0, $n - 1) AS k
    MATCH (u) WHERE id(u) = $u[k]
    MATCH (i) WHERE id(i) = $i[k]
    OPTIONAL MATCH (u)-[r:{kind}]->(i)
    WITH u, i, k, head(collect(r)) AS r
    """
_LISTS = """
    WITH
      u, i, r, $times[k] AS times, $values[k] AS values,
      $millis[k] AS millis, $arrivals[k] AS arrivals"""
# What was recorded since the load read this pair stays. The load looks again at the end.
_PUT = f"""{_GATE}{_FIND}
    {_LISTS}, $since[k] AS since
    FOREACH (x IN CASE
      WHEN r IS NULL OR coalesce(r.recorded, 0) > since THEN [] ELSE [r]
    END |
      SET x += {{{{{{properties}}}}}})
    FOREACH (x IN CASE WHEN r IS NULL THEN [1] ELSE [] END |
      CREATE (u)-[:{{kind}} {{{{{{properties}}}}}}]->(i))
    """
_RECORD = f"""{_FIND}
    {_LISTS}
    FOREACH (x IN CASE WHEN r IS NULL THEN [] ELSE [r] END |
      SET x += {{{{{{properties}}, recorded: $number}}}})
    FOREACH (x IN CASE WHEN r IS NULL THEN [1] ELSE [] END |
      CREATE (u)-[:{{kind}} {{{{{{properties}}, recorded: $number}}}}]->(i))
    SET u.recordedTo = CASE
      WHEN u.recordedTo >= times[-1] THEN u.recordedTo ELSE times[-1] END
    """


def write_events(writer: Writer, events: pl.DataFrame, advance: Advance) -> EventCounts:
    """Add the events that the store does not have; return how many were added.

    Their users and items have to be in the store. Two events are the same where user,
    item, kind, time and millisecond are equal.
    """
    found = with_nodes(writer.database, with_arrival(events))
    single = found.unique(["kind", *_MOMENT], keep="first", maintain_order=True)
    advance(len(events) - len(single))
    load = {
        check_kind(str(kind)): of_kind.select(*HISTORY)
        for (kind,), of_kind in single.group_by("kind", maintain_order=True)
    }
    since, new = _recorded(writer.database), _not_there(writer.database, load)
    added = sum(len(of_kind) for _, of_kind in new.values())
    advance(len(single) - added)
    _write_new(writer, new, since, advance)
    # Pairs for which something was recorded meanwhile were left alone.
    while added and (now := _recorded(writer.database)) != since:
        since, new = now, _not_there(writer.database, load)
        if not any(len(of_kind) for _, of_kind in new.values()):
            break
        _write_new(writer, new, since, lambda _: None)
    return EventCounts(added, len(single) - added, len(found) - len(single))


def lists_of_pairs(events: pl.DataFrame) -> pl.DataFrame:
    """One row a pair: the lists that its relationship holds, by time.

    In the order of the items, which have fewer events than users: .6 of the server's
    time in the order of the users (measured, 320,000 pairs).
    """
    finer = [name for name in ("millis", "arrival") if (events[name] != 0).any()]
    return (
        events.sort("i", "u", "time", *finer, maintain_order=True)
        .with_columns(
            pl.col("value").fill_null(float("nan")),
            pair=pl.any_horizontal(pl.col(c) != pl.col(c).shift() for c in PAIR)
            .fill_null(value=True)
            .cum_sum(),
        )
        .group_by("pair", maintain_order=True)
        .agg(
            *(pl.col(c).first() for c in PAIR),
            times="time",
            values="value",
            millis="millis",
            arrivals="arrival",
            **_ANY,
        )
        .with_columns(pl.when(any_).then(list_) for list_, any_ in _LIST_IF.items())
        .drop("pair", *_ANY)
    )


def put_pairs(tx: InTransaction, kind: str, lists: pl.DataFrame, number: int) -> None:
    """Write these pairs' lists, under the number of who recorded them."""
    statement = _RECORD.format(kind=check_kind(kind), properties=_PROPERTIES)
    tx(statement, n=len(lists), number=number, **lists.to_dict(as_series=False))


def _recorded(database: Database) -> int:
    """The number of the last who recorded: relationships bear it."""
    rows = database.read("MATCH (d:Dataset {id: 'dataset'}) RETURN d.recorded")
    return (rows[0][0] if rows else None) or 0


def with_nodes(database: Database, events: pl.DataFrame) -> pl.DataFrame:
    """The events of users and items that are there, with their internal ids, `PAIR`."""
    users = stored_nodes(database, USER, events["user"].unique())
    items = stored_nodes(database, ITEM, events["item"].unique())
    return events.join(users.select(user="id", u="node"), on="user").join(
        items.select(item="id", i="node"), on="item", maintain_order="left"
    )


def _not_there(
    database: Database, load: dict[str, pl.DataFrame]
) -> dict[str, tuple[pl.DataFrame | None, pl.DataFrame]]:
    """By kind, the stored events of these users (None for none), and the new events.

    A relationship without a time is no event here: the first event with a time replaces
    it.
    """
    kinds = [k for k in EVENT_KINDS if _any(database, k)] if load else []
    if not kinds:
        return {kind: (None, events) for kind, events in load.items()}
    users = pl.concat(events["u"] for events in load.values()).unique().sort()
    stored = {
        kind: read_history(database, kind, users=users.to_numpy(), undated=None)
        for kind in kinds
    }
    new = {
        kind: events
        if kind not in stored
        else events.join(stored[kind], on=_MOMENT, how="anti", maintain_order="left")
        for kind, events in load.items()
    }
    named = after_stored(_of_all(new), _of_all(load), _of_all(stored))
    return {kind: (stored.get(kind), _of(named, kind)) for kind in load}


def _any(database: Database, kind: str) -> bool:
    return bool(database.read(f"MATCH ()-[r:{kind}]->() RETURN count(r)")[0][0])


def _of_all(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Events of all kinds, with the column names of `graph.planned.arrival`."""
    return pl.concat(
        events.select(*HISTORY).with_columns(kind=pl.lit(kind))
        for kind, events in frames.items()
    ).rename({"u": "user", "i": "item"})


def _of(events: pl.DataFrame, kind: str) -> pl.DataFrame:
    of_kind = events.filter(pl.col("kind") == kind)
    return of_kind.rename({"user": "u", "item": "i"}).select(*HISTORY)


def _write_new(
    writer: Writer,
    new: dict[str, tuple[pl.DataFrame | None, pl.DataFrame]],
    since: int,
    advance: Advance,
) -> None:
    for kind, (stored, of_kind) in new.items():
        if stored is None and not _any(writer.database, kind):
            _write(writer, _CREATE, kind, of_kind, since, advance)
            continue
        there = [] if stored is None else [stored.join(of_kind, on=PAIR, how="semi")]
        all_of_pair = pl.concat([*there, of_kind])
        share = len(of_kind) / max(len(all_of_pair), 1)
        _write(writer, _PUT, kind, all_of_pair, since, _part(advance, share))


def _write(
    writer: Writer,
    template: str,
    kind: str,
    events: pl.DataFrame,
    since: int,
    advance: Advance,
) -> None:
    """One relationship a pair, its times sorted."""
    lists = lists_of_pairs(events).with_columns(since=pl.lit(since))
    statement = template.format(kind=kind, properties=_PROPERTIES)
    told = _part(advance, len(events) / max(len(lists), 1))
    writer.columns(statement, lists, by="u", size="times", advance=told)


def _part(advance: Advance, share: float) -> Advance:
    return lambda n: advance(n * share)
