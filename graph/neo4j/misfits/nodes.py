"""Users, items, categories and brands without an id of text, and odd properties."""

from __future__ import annotations

from collections.abc import Iterator

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.positions import IS_TEXT
from basketweave.graph.schema import ITEM, NODE_TYPES, USER
from basketweave.graph.store import Misfit

_NUMBER = "n.{0} IS :: INTEGER | FLOAT AND NOT isNaN(coalesce(n.{0}, 0))"
_KINDS = {
    "price": ("number", _NUMBER),
    "popularity": ("number", _NUMBER),
    "rebuy": ("number", _NUMBER),
    "inStock": ("boolean", "n.{0} IS :: BOOLEAN"),
    "title": ("text", "n.{0} IS :: STRING"),
}
"""Item properties that queries read, and the type and test of their values."""


def misfits(database: Database) -> Iterator[Misfit]:
    """The misfits among the nodes of all labels, and their properties."""
    yield from unusable(database)
    for label in NODE_TYPES:
        yield from _without_id(database, label)
    yield from _mixed(database)
    for name, (kind, test) in _KINDS.items():
        yield from _property(database, name, kind, test.format(name))


def unusable(database: Database, *, unique: bool = False) -> Iterator[Misfit]:
    """The ids that stop all reading and writing: not text, or of more than one node.

    unique   whether constraints already keep ids unique, so that only text is checked
    """
    for label in NODE_TYPES:
        yield from _not_text(database, label)
        if not unique:
            yield from _twice(database, label)


def _not_text(database: Database, label: str) -> Iterator[Misfit]:
    where = f"MATCH (n:{label}) WHERE n.id IS NOT NULL AND NOT n.id IS :: STRING"
    n, one = database.read(
        f"{where} RETURN count(n), toStringOrNull(head(collect(n.id)))"
    )[0]
    if n:
        yield Misfit(
            f"{n:,} ({label}) {_nodes(n)} an id that is not text"
            f"{f', such as {one}' if one else ''}: ids are text here, as '7' is.",
            "Make it text (SET n.id = toString(n.id)), or give the node another label.",
            f"{where} RETURN n",
            level="error",
        )


def _twice(database: Database, label: str) -> Iterator[Misfit]:
    same = f"MATCH (n:{label}) WHERE {IS_TEXT} WITH n.id AS id"
    n, one = database.read(
        f"{same}, count(*) AS n WHERE n > 1 RETURN count(id), min(id)"
    )[0]
    if n:
        yield Misfit(
            f"{n:,} ({label}) {'ids are' if n > 1 else 'id is'} of more than one node, "
            f"such as {one!r}.",
            "Merge the nodes, or give all but one another id.",
            f"{same}, collect(n) AS nodes WHERE size(nodes) > 1 RETURN id, nodes",
            level="error",
        )


def _without_id(database: Database, label: str) -> Iterator[Misfit]:
    where = f"MATCH (n:{label}) WHERE n.id IS NULL"
    n = database.read(f"{where} RETURN count(n)")[0][0]
    if n:
        yield Misfit(
            f"{n:,} ({label}) {_nodes(n)} no id, and {'are' if n > 1 else 'is'} left out "
            "with all relationships.",
            "Where they are to count, SET n.id to a text that no other has.",
            f"{where} RETURN n",
        )


def _mixed(database: Database) -> Iterator[Misfit]:
    """Misfits for ids that are no numbers, where all loaded ids are numbers."""
    for label, named in ((USER, "userIds"), (ITEM, "itemIds")):
        where = f"MATCH (n:{label}) WHERE NOT n.id =~ '-?[0-9]+'"
        n = database.read(
            f"""
            MATCH (d:Dataset {{id: 'dataset'}})
            WHERE d.{named} = 'int'
            {where}
            RETURN count(n)
            """
        )[0][0]
        if n:
            yield Misfit(
                f"{n:,} ({label}) {_nodes(n)} an id that is not a number, as the others "
                "are: these are given back as text.",
                "Where one stands for another, give it the number of that one.",
                f"{where} RETURN n",
                level="note",
            )


def _property(database: Database, name: str, kind: str, test: str) -> Iterator[Misfit]:
    where = f"MATCH (n:Item) WHERE n.{name} IS NOT NULL AND NOT ({test})"
    n = database.read(f"{where} RETURN count(n)")[0][0]
    if n:
        yield Misfit(
            f"{n:,} (Item) {_nodes(n)} a `{name}` that is no {kind}: it counts as none.",
            f"SET n.{name} to a {kind}, or REMOVE it.",
            f"{where} RETURN n.id, n.{name}",
        )


def _nodes(n: int) -> str:
    return "nodes have" if n > 1 else "node has"
