"""Users and items one by one, with all that the graph has of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from basketweave.graph.neo4j.adopted.spelling import Spelling
from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.pages import Node, Sought
from basketweave.graph.planned.said import LINKED
from basketweave.graph.schema import ITEM

_TOLD = """RETURN
      n.id,
      [k IN keys(n) WHERE NOT k =~ '.+_v[0-9]+' AND NOT k IN ['id', 'recordedTo'] | [k, n[k]]],
      [(n)-[:IN_CATEGORY]->(c:Category) | c.id],
      [(n)-[:MADE_BY]->(b:Brand) | b.id]
    """
"""All but vectors, which are long, and what `record` notes for itself."""


def find(database: Database, label: str, name: str) -> Node | None:
    """What there is of one user or item."""
    rows = database.read(f"MATCH (n:{label} {{id: $id}}) {_TOLD}", id=name)
    return _node(rows[0], database.spelling) if rows else None


def find_in(tx: InTransaction, label: str, ids: Sequence[str]) -> dict[str, Node]:
    """What there is of some, by id, within a transaction."""
    match = f"UNWIND $ids AS one MATCH (n:{label} {{id: one}}) {_TOLD}"
    return {
        node.id: node
        for node in (_node(row, Spelling()) for row in tx(match, ids=list(ids)))
    }


def page(database: Database, label: str, sought: Sought) -> list[Node]:
    """The nodes that are sought, in order: one more than the page where there is one."""
    words = "OR toLower(n.title) CONTAINS $words" if label == ITEM else ""
    where = f"AND (n.id STARTS WITH $q {words})" if sought.q else ""
    rows = database.read(
        f"""
        MATCH (n:{label})
        WHERE n.id > $after {where}
        WITH n
        ORDER BY n.id
        LIMIT {sought.limit + 1:d}
        {_TOLD}
        """,
        after=sought.after,
        q=sought.q,
        words=sought.words,
    )
    nodes = [_node(row, database.spelling) for row in rows]
    return sorted(nodes, key=lambda node: node.id)


def _node(row: Sequence[Any], spelling: Spelling) -> Node:
    name, properties, *links = row
    own = spelling.own(dict(properties))
    told: Mapping[str, Any] = {key: _plain(value) for key, value in own.items()}
    return Node(name, told, dict(zip(LINKED, links, strict=True)))


def _plain(value: Any) -> Any:
    """Times and points, which others may have written, as text."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) else str(value)
