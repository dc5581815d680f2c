"""Events, items and users taken out of the graph, with all that hangs on them.

Each is one transaction, under the locks of loads and publishing: these write by internal
ids, which a node that is deleted leaves to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import polars as pl

from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.loading.events import lists_of_pairs, put_pairs
from basketweave.graph.neo4j.models.versions import versions
from basketweave.graph.neo4j.recording.stored import of_pairs
from basketweave.graph.neo4j.staging.flip import finish
from basketweave.graph.neo4j.writer import exclusive
from basketweave.graph.recorded import Key
from basketweave.graph.removed import Deleted, Forgotten, Named
from basketweave.graph.schema import (
    EVENT_KINDS,
    ITEM,
    RECOMMENDED,
    SHOWN,
    USER,
    check_kind,
)
from basketweave.graph.tables import MILLIS

T = TypeVar("T")
_KINDS = "|".join(EVENT_KINDS)
_BEGIN = """
    MATCH (d:Dataset {id: 'dataset'})
    SET d.recorded = coalesce(d.recorded, 0) + 1, d.changes = d.changes + 1
    RETURN d.recorded, d.firstAt, d.lastAt
    """
_BOUNDS = f"""
    CALL () {{
      MATCH (:{USER})-[r:{_KINDS}]->(:{ITEM})
      RETURN min(r.firstAt) AS first, max(r.lastAt) AS last
    }}
    MATCH (d:Dataset {{id: 'dataset'}})
    SET d.firstAt = first, d.lastAt = last
    """
_SIZE = "CASE WHEN r.times IS :: LIST<INTEGER NOT NULL> NOT NULL THEN size(r.times) ELSE 1 END"
_EVENTS = f"""
    UNWIND $ids AS one
    MATCH (n:{{label}} {{{{id: one}}}})-[r:{_KINDS}]-()
    RETURN coalesce(sum({_SIZE}), 0), min(r.firstAt), max(r.lastAt)
    """
_LINKS = f"""
    UNWIND $ids AS one
    MATCH (n:Item {{id: one}})-[r]-()
    WHERE NOT type(r) IN {[*EVENT_KINDS, SHOWN, RECOMMENDED]!r}
    RETURN count(DISTINCT r)
    """
_VECTORS = """
    UNWIND $ids AS one
    MATCH (n:{label} {{id: one}})
    RETURN sum(size([k IN $keys WHERE n[k] IS NOT NULL]))
    """


def delete_events(database: Database, named: Sequence[Named]) -> int:
    """Take events away, and return how many there were."""
    with _alone(database):
        return database.in_transaction(lambda tx: _delete_events(tx, named))


def delete_items(database: Database, ids: Sequence[str]) -> Deleted:
    """Take items away, and return how much went with them.

    Under the lock of deriving too: what is staged knows items by their internal ids.
    """
    with exclusive(database, "derive") as writer:
        finish(database, writer)
        return _with_keys(database, lambda tx, keys: _delete_items(tx, ids, keys))


def forget_user(database: Database, name: str) -> Forgotten:
    """Take a person away, and return how much went with them."""
    return _with_keys(database, lambda tx, keys: _forget_user(tx, name, keys))


def _with_keys(database: Database, work: Callable[[InTransaction, list[str]], T]) -> T:
    with _alone(database):
        keys = [one.key for one in versions(database) if one.dim]
        return database.in_transaction(lambda tx: work(tx, keys))


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """While nobody loads or publishes."""
    with ExitStack() as stack:
        names = sorted({one.card.name for one in versions(database)})
        for what in ("load", *(f"publish {name}" for name in names)):
            stack.enter_context(exclusive(database, what))
        yield


def _delete_events(tx: InTransaction, named: Sequence[Named]) -> int:
    begun = tx(_BEGIN)
    events = _frame(tx, _keys(tx, named)) if begun else pl.DataFrame()
    if events.is_empty():
        return 0
    stored = of_pairs(tx, events)
    gone = stored.join(events, on=_KEY, how="semi")
    _put_back(tx, stored, gone, begun[0][0])
    _delete_ids(tx, events.join(gone, on=_KEY, how="semi"))
    _mend_bounds(tx, begun[0], gone["time"].min(), gone["time"].max())
    return len(gone)


_KEY = ["u", "i", "kind", "time", MILLIS]


def _keys(tx: InTransaction, named: Sequence[Named]) -> list[Key]:
    ids = [one.id for one in named if one.id is not None]
    rows = tx(
        "UNWIND $ids AS one MATCH (e:EventId {id: one}) "
        "WHERE e.user IS NOT NULL RETURN e.user, e.item, e.kind, e.time, e.millis",
        ids=ids,
    )
    keys = {one.key for one in named if one.key is not None}
    return sorted(keys | {(u, i, kind, at, ms) for u, i, kind, at, ms in rows})


def _frame(tx: InTransaction, keys: Sequence[Key]) -> pl.DataFrame:
    """The keys with the internal ids `u` and `i`, of users and items that are there."""
    names = ["user", "item", "kind", "time", MILLIS]
    texts = dict.fromkeys(names[:3], pl.String)
    types = {**texts, **dict.fromkeys(names[3:], pl.Int64)}
    frame = pl.DataFrame(keys, schema=types, orient="row")
    for label, name, column in ((USER, "user", "u"), (ITEM, "item", "i")):
        rows = tx(
            f"UNWIND $ids AS one MATCH (n:{label} {{id: one}}) RETURN one, id(n)",
            ids=frame[name].unique().to_list(),
        )
        schema = {name: pl.String, column: pl.Int64}
        frame = frame.join(pl.DataFrame(rows, schema=schema, orient="row"), on=name)
    return frame


def _put_back(
    tx: InTransaction, stored: pl.DataFrame, gone: pl.DataFrame, number: int
) -> None:
    """Write the rest of the pairs' lists; pairs without a rest lose their relationship."""
    pair = ["u", "i", "kind"]
    rest = stored.join(gone, on=_KEY, how="anti")
    rest = rest.join(gone, on=pair, how="semi")
    for (kind,), some in rest.group_by("kind", maintain_order=True):
        put_pairs(tx, str(kind), lists_of_pairs(some), number)
    empty = gone.join(rest, on=pair, how="anti").select(pair).unique()
    for (kind,), some in empty.group_by("kind", maintain_order=True):
        tx(
            "UNWIND range(0, size($u) - 1) AS k MATCH (u) WHERE id(u) = $u[k] "
            "MATCH (i) WHERE id(i) = $i[k] "
            f"MATCH (u)-[r:{check_kind(str(kind))}]->(i) DELETE r",
            u=some["u"].to_list(),
            i=some["i"].to_list(),
        )


def _delete_ids(tx: InTransaction, events: pl.DataFrame) -> None:
    tx(
        "UNWIND $rows AS row MATCH (e:EventId {user: row.user}) "
        "WHERE e.item = row.item AND e.kind = row.kind AND e.time = row.time "
        "AND e.millis = row.millis DELETE e",
        rows=events.select("user", "item", "kind", "time", MILLIS).to_dicts(),
    )


def _mend_bounds(tx: InTransaction, begun: list[Any], first: Any, last: Any) -> None:
    """Where one of the first or the last events went, the bounds are those of the rest."""
    _, first_at, last_at = begun
    if first is not None and (first <= (first_at or 0) or last >= (last_at or 0)):
        tx(_BOUNDS)


def _delete_items(tx: InTransaction, ids: Sequence[str], keys: list[str]) -> Deleted:
    there = _there(tx, ITEM, ids)
    if not there:
        return Deleted()
    begun = tx(_BEGIN)
    ((events, first, last),) = tx(_EVENTS.format(label=ITEM), ids=there)
    ((links,),) = tx(_LINKS, ids=there)
    ((vectors,),) = tx(_VECTORS.format(label=ITEM), ids=there, keys=keys)
    tx(
        "UNWIND $ids AS one "
        f"MATCH (u:{USER})-[:{_KINDS}]->(:{ITEM} {{id: one}}) WITH DISTINCT u, one "
        "MATCH (e:EventId {user: u.id}) WHERE e.item = one DELETE e",
        ids=there,
    )
    tx(f"UNWIND $ids AS one MATCH (n:{ITEM} {{id: one}}) DETACH DELETE n", ids=there)
    if begun:
        _mend_bounds(tx, begun[0], first, last)
    return Deleted(len(there), events, links, vectors)


def _forget_user(tx: InTransaction, name: str, keys: list[str]) -> Forgotten:
    there = _there(tx, USER, [name])
    if not there:
        return Forgotten()
    begun = tx(_BEGIN)
    ((events, first, last),) = tx(_EVENTS.format(label=USER), ids=there)
    ((vectors,),) = tx(_VECTORS.format(label=USER), ids=there, keys=keys)
    seen = f"MATCH (:{USER} {{id: $user}})-[r:{SHOWN}]->() RETURN count(r)"
    ((shown,),) = tx(seen, user=name)
    tx("MATCH (e:EventId {user: $user}) DELETE e", user=name)
    tx(f"MATCH (n:{USER} {{id: $user}}) DETACH DELETE n", user=name)
    if begun:
        _mend_bounds(tx, begun[0], first, last)
    return Forgotten(1, events, vectors, shown)


def _there(tx: InTransaction, label: str, ids: Sequence[str]) -> list[str]:
    find = f"UNWIND $ids AS one MATCH (n:{label} {{id: one}}) RETURN DISTINCT n.id"
    return [name for (name,) in tx(find, ids=list(ids))]
