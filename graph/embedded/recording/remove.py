"""Events, items and users taken out of the file, with all that hangs on them."""

from __future__ import annotations

from collections.abc import Container, Sequence

from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.models.vectors import table
from basketweave.graph.embedded.models.versions import versions
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.embedded.recording import shown, stored
from basketweave.graph.recorded import Key
from basketweave.graph.removed import Deleted, Forgotten, Named
from basketweave.graph.schema import EVENT_KINDS, ITEM, RELATIONS, USER, check_kind


def events(file: StoreFile, named: Sequence[Named]) -> int:
    """Take events away, and return how many there were."""
    with file.alone():
        with file.reading() as session:
            keys = keys_of(session, named)
        if not keys:
            return 0
        with file.writing() as session:
            return delete_events(session, keys)


def items(file: StoreFile, ids: Sequence[str]) -> Deleted:
    """Take items away, and return how much went with them."""
    with file.alone():
        with file.reading() as session:
            there = stored.there(session, ITEM, ids)
        if not there:
            return Deleted()
        with file.writing() as session:
            return delete_items(session, there)


def user(file: StoreFile, name: str) -> Forgotten:
    """Take a person away, and return how much went with them."""
    with file.alone():
        with file.reading() as session:
            there = stored.there(session, USER, [name])
        if not there:
            return Forgotten()
        with file.writing() as session:
            return forget_user(session, name)


def keys_of(session: Session, named: Sequence[Named]) -> list[Key]:
    """The keys of those of the events that the file has, each once."""
    ids = [one.id for one in named if one.id is not None]
    wanted = {one.key for one in named if one.key is not None}
    wanted |= set(_of_ids(session, ids))
    fine = _fine(session)
    return sorted(key for key in wanted if _has(session, key, fine))


def delete_events(session: Session, keys: Sequence[Key]) -> int:
    """Take events away that the file has, and the callers' ids of them."""
    fine = _fine(session)
    for key in keys:
        session.do(f"{_match(key, fine)} DELETE e", _asked(key))
    _delete_ids(session, _ID_KEY, [dict(zip(_KEY, key, strict=True)) for key in keys])
    dataset.note_bounds(session)
    return len(keys)


def delete_items(session: Session, there: Sequence[str]) -> Deleted:
    """Take items away that the file has, with their events, links and vectors."""
    asked: dict[str, object] = {"ids": list(there)}
    at = "WHERE i.id IN $ids"
    events = sum(
        session.delete(f"MATCH (:{USER})-[e:{kind}]->(i:{ITEM}) {at}", "e", asked)
        for kind in EVENT_KINDS
    )
    links = sum(
        session.delete(f"MATCH (i:{ITEM})-[e:{kind}]->(:{ends[1]}) {at}", "e", asked)
        for kind, ends in RELATIONS.items()
        if ends[0] == ITEM
    )
    links += sum(
        session.delete(f"MATCH (:{ITEM})-[e:{kind}]->(i:{ITEM}) {at}", "e", asked)
        for kind, ends in RELATIONS.items()
        if ends == (ITEM, ITEM)
    )
    shown.forget(session, ITEM, there)
    vectors = _delete_vectors(session, ITEM, there)
    _delete_ids(session, "n.item = row", there)
    session.delete(f"MATCH (i:{ITEM}) {at}", "i", asked)
    dataset.note_bounds(session)
    return Deleted(len(there), events, links, vectors)


def forget_user(session: Session, user: str) -> Forgotten:
    """Take a person away whom the file has, and all that it has of them."""
    asked: dict[str, object] = {"user": user}
    events = sum(
        session.delete(
            f"MATCH (:{USER} {{id: $user}})-[e:{kind}]->(:{ITEM})",
            "e",
            asked,
        )
        for kind in EVENT_KINDS
    )
    seen = shown.forget(session, USER, [user])
    vectors = _delete_vectors(session, USER, [user])
    _delete_ids(session, "n.user = row", [user])
    session.delete(f"MATCH (u:{USER} {{id: $user}})", "u", asked)
    dataset.note_bounds(session)
    return Forgotten(1, events, vectors, seen)


_KEY = ("user", "item", "kind", "time", "millis")
_ID_KEY = (
    "n.user = row.user AND n.item = row.item AND n.kind = row.kind "
    "AND n.at = row.time AND n.millis = row.millis"
)


def _of_ids(session: Session, ids: list[str]) -> list[Key]:
    if not ids or schema.EVENT_ID not in schema.names(session):
        return []
    rows = session.rows(
        f"UNWIND $ids AS one MATCH (n:{schema.EVENT_ID} {{id: one}}) "
        "RETURN n.user, n.item, n.kind, n.at, n.millis",
        {"ids": ids},
    )
    return [(user, item, kind, at, ms) for user, item, kind, at, ms in rows]


def _fine(session: Session) -> set[str]:
    """The kinds of events whose table has milliseconds."""
    return {k for k in EVENT_KINDS if "millis" in schema.columns(session, k)}


def _has(session: Session, key: Key, fine: Container[str]) -> bool:
    return bool(session.rows(f"{_match(key, fine)} RETURN 1 LIMIT 1", _asked(key)))


def _match(key: Key, fine: Container[str]) -> str:
    kind = check_kind(key[2])
    millis = "e.millis = $millis" if kind in fine else "$millis = 0"
    return (
        f"MATCH (:{USER} {{id: $user}})-[e:{kind}]->(:{ITEM} {{id: $item}}) "
        f"WHERE e.at = $time AND {millis}"
    )


def _asked(key: Key) -> dict[str, object]:
    user, item, _, time, millis = key
    return {"user": user, "item": item, "time": time, "millis": millis}


def _delete_vectors(session: Session, label: str, ids: Sequence[str]) -> int:
    tables = [table(label, one) for one in versions(session) if one.dim]
    return sum(
        session.delete(f"MATCH (v:{name}) WHERE v.id IN $ids", "v", {"ids": list(ids)})
        for name in tables
    )


def _delete_ids(session: Session, where: str, rows: Sequence[object]) -> None:
    if rows and schema.EVENT_ID in schema.names(session):
        session.do(
            f"UNWIND $rows AS row MATCH (n:{schema.EVENT_ID}) WHERE {where} DELETE n",
            {"rows": list(rows)},
        )
