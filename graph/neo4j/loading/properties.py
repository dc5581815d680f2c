"""Names and types of properties: Neo4j leaves them free, this package does not.

As in the embedded store, a property has one spelling and one type on all nodes of a
label, so that rules and models find it in the same way on both stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned import properties
from basketweave.graph.planned.nodes import Described

_TYPES = {"BOOLEAN": "BOOL", "INTEGER": "INT64", "FLOAT": "DOUBLE", "STRING": "STRING"}


@dataclass(frozen=True)
class Planned:
    """Nodes to be written, and the stored properties that first get another type."""

    nodes: Described
    growing: Mapping[str, str]


def planned(database: Database, nodes: Mapping[str, Described]) -> dict[str, Planned]:
    """The nodes of each label, in the stored spelling and types; nothing is written.

    Raises `DataError` where no type can hold both a column and the stored values.
    """
    # In an adopted graph other spellings are its owner's, and never written to.
    adopted = bool(database.spelling.prefix)
    rows = [] if adopted else database.read("CALL db.propertyKeys()")
    keys = [row[0] for row in rows]
    return {label: _planned(database, label, one, keys) for label, one in nodes.items()}


def grow(writer: Writer, label: str, growing: Mapping[str, str]) -> None:
    """Convert the stored values of each property in `growing` to its new type."""
    for name, to in growing.items():
        rows = writer.database.read(
            f"MATCH (n:{label}) WHERE n.{name} IS NOT NULL RETURN id(n), n.{name}"
        )
        by_type: dict[type, list[tuple[int, object]]] = {}
        for node, value in rows:
            by_type.setdefault(type(value), []).append((node, value))
        for some in by_type.values():
            found = pl.Series(name, [value for _, value in some])
            frame = pl.DataFrame({"node": [node for node, _ in some]}).with_columns(
                properties.cast(label, found, to).alias("value")
            )
            writer.columns(
                "UNWIND range(0, $n - 1) AS k MATCH (n) WHERE id(n) = $node[k] "
                f"SET n.{name} = $value[k]",
                frame,
                by="node",
            )


def _planned(
    database: Database, label: str, nodes: Described, keys: list[str]
) -> Planned:
    names = [c for c in nodes.rows.columns if c != "id"]
    if not names or nodes.rows.is_empty():
        return Planned(nodes, {})
    spelt = {n: s for n in names for s in _spellings(n, keys)}
    held = _held(database, label, [*names, *spelt.values()])
    spelt = {n: s for n, s in spelt.items() if held[s] and not held[n]}
    rows, growing = nodes.rows.rename(spelt), {}
    for column in rows.drop("id").iter_columns():
        there = held[column.name]
        if not there or column.null_count() == len(column):
            continue
        to = properties.kind(label, column)
        for one in there:
            to = properties.grown(label, column.name, one, to)
        rows = rows.with_columns(properties.cast(label, column, to))
        if there != {to}:
            growing[column.name] = to
    return Planned(replace(nodes, rows=rows), growing)


def _spellings(name: str, keys: list[str]) -> list[str]:
    return [k for k in keys if k != name and k.lower() == name.lower()]


def _held(database: Database, label: str, names: list[str]) -> dict[str, set[str]]:
    """The types that each property has on nodes of the label."""
    types = ", ".join(
        f"collect(DISTINCT CASE WHEN n.{n} IS NOT NULL THEN valueType(n.{n}) END)"
        for n in names
    )
    rows = database.read(f"MATCH (n:{label}) RETURN {types}")
    return {
        name: {kind for found in types if (kind := kind_of(found)) is not None}
        for name, types in zip(names, rows[0], strict=True)
    }


def kind_of(said: str) -> str | None:
    """The type as `graph.planned.properties` calls it; None for an empty list.

    >>> kind_of("FLOAT NOT NULL"), kind_of("LIST<STRING NOT NULL> NOT NULL")
    ('DOUBLE', 'STRING[]')
    """
    plain = said.replace(" NOT NULL", "")
    if plain == "LIST<NOTHING>":
        return None
    inner = plain.removeprefix("LIST<").removesuffix(">")
    lists = "[]" if plain.startswith("LIST<") else ""
    return _TYPES.get(inner, inner) + lists
