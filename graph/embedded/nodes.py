"""Users and items one by one, with all that the file has of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.recording.recent import Recent
from basketweave.graph.pages import Node, Sought
from basketweave.graph.planned.said import LINKED
from basketweave.graph.schema import ITEM, relation


def find(
    session: Session, recent: Recent, label: str, ids: Iterable[str]
) -> dict[str, Node | None]:
    """Each id -> what there is of it, also since the file was written."""
    wanted = list(ids)
    stored = stored_nodes(session, label, wanted)
    return {name: recent.over(label, name, stored.get(name)) for name in wanted}


def stored_nodes(session: Session, label: str, ids: list[str]) -> dict[str, Node]:
    """The nodes of these ids that the file has."""
    match = f"MATCH (n:{label} {{id: one}}) RETURN n"
    found = [row[0] for row in session.each(match, ids)]
    return _with_links(session, label, found)


def page(session: Session, recent: Recent, label: str, sought: Sought) -> list[Node]:
    """The nodes that are sought, in order: one more than the page where there is one."""
    touched = {one for one in recent.touched(label) if one > sought.after}
    found: list[Node] = []
    after: str | None = sought.after
    while after is not None and len(found) <= sought.limit:
        nodes = _stored_page(session, label, sought, after)
        end = nodes[-1].id if len(nodes) > sought.limit else None
        found += [node for node in nodes if node.id not in touched]
        here = {one for one in touched if one > after and (end is None or one <= end)}
        found += _that_is_sought(session, recent, label, sought, here)
        after = end
    return sorted(found, key=lambda node: node.id)[: sought.limit + 1]


def _that_is_sought(
    session: Session, recent: Recent, label: str, sought: Sought, ids: Iterable[str]
) -> list[Node]:
    nodes = find(session, recent, label, ids).values()
    return [node for node in nodes if node is not None and sought.finds(label, node)]


def _stored_page(
    session: Session, label: str, sought: Sought, after: str
) -> list[Node]:
    words = "lower(n.title) CONTAINS $words OR " if label == ITEM else ""
    asked = {"after": after}
    if sought.q:
        asked |= {"q": sought.q}
        asked |= {"words": sought.words} if words else {}
    where = f"AND ({words}n.id STARTS WITH $q) " if sought.q else ""
    rows = session.rows(
        f"MATCH (n:{label}) WHERE n.id > $after {where}"
        f"RETURN n ORDER BY n.id LIMIT {sought.limit + 1:d}",
        asked,
    )
    return list(_with_links(session, label, [row[0] for row in rows]).values())


def _with_links(
    session: Session, label: str, found: list[Mapping[str, Any]]
) -> dict[str, Node]:
    links: dict[str, dict[str, list[str]]] = {one["id"]: {} for one in found}
    for kind in LINKED if label == ITEM else ():
        match = (
            f"MATCH (n:{label} {{id: one}})-[:{kind}]->(m:{relation(kind)[2]}) "
            "RETURN n.id, m.id"
        )
        for name, other in session.each(match, list(links)):
            links[name].setdefault(kind, []).append(other)
    return {one["id"]: Node(one["id"], _own(one), links[one["id"]]) for one in found}


def _own(node: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in node.items() if v is not None and n not in _NOT_OWN}


_NOT_OWN = ("id", "_id", "_label", "_ID", "_LABEL")
