"""Nodes and their attributes: create what is missing, set what differs."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.arrays import CHUNK, columns
from basketweave.graph.neo4j.exporting.positions import IS_TEXT
from basketweave.graph.neo4j.writer import Writer
from basketweave.graph.planned.nodes import Described
from basketweave.progress import Advance

NODE = "node"
"""The column of internal node ids, `id(n)`: by these a node is found fastest."""

FEW = 1_000
"""Up to this many nodes are looked up one by one; for more, all nodes are read."""


def stored_nodes(database: Database, label: str, wanted: pl.Series) -> pl.DataFrame:
    """`id` and `node` of the wanted nodes that the graph has, perhaps of others too."""
    schema = {"id": pl.String, NODE: pl.Int64}
    if wanted.is_empty():
        return pl.DataFrame(schema=schema)
    rows = database.read(
        f"{_match(label, wanted)} WHERE {IS_TEXT} RETURN collect(n.id), collect(id(n))",
        wanted=_few(wanted),
    )
    return pl.DataFrame(dict(zip(schema, rows[0], strict=True)), schema=schema)


def write_nodes(writer: Writer, label: str, nodes: Described, advance: Advance) -> int:
    """Create the missing nodes; set the properties that differ on the other nodes.

    Returns how many were created.
    """
    # Numbered, since a property may be named as a parameter of the statement is.
    names = {f"p{k}": n for k, n in enumerate(nodes.rows.columns) if n != "id"}
    frame = nodes.rows.rename({name: key for key, name in names.items()})
    bare = nodes.bare
    wanted = pl.concat([frame["id"], bare["id"]])
    there = stored_nodes(writer.database, label, wanted)
    created = [
        _create(
            writer,
            label,
            some.join(there, on="id", how="anti", maintain_order="left"),
            names,
            advance,
        )
        for some in (frame, bare)
    ]
    old = frame.join(there, on="id", how="inner", maintain_order="left")
    update_nodes(writer, label, old, names)
    advance(len(old))
    return sum(created)


def _create(
    writer: Writer,
    label: str,
    nodes: pl.DataFrame,
    names: Mapping[str, str],
    advance: Advance,
) -> int:
    attributes = ", ".join(f"{names.get(c, c)}: ${c}[k]" for c in nodes.columns)
    writer.columns(
        f"UNWIND range(0, $n - 1) AS k CREATE (:{label} {{{attributes}}})",
        nodes,
        advance=advance,
    )
    return len(nodes)


def update_nodes(
    writer: Writer, label: str, frame: pl.DataFrame, names: Mapping[str, str]
) -> int:
    """Set the properties of `frame` (`id`, `node`, columns) where they differ.

    `names` has the property for each column. Returns how many nodes were changed.
    """
    changed = differing(writer.database, label, frame, names)
    writer.columns(
        "UNWIND range(0, $n - 1) AS k MATCH (n) WHERE id(n) = $node[k] SET "
        + ", ".join(f"n.{name} = ${column}[k]" for column, name in names.items()),
        changed,
        by=NODE,
    )
    return len(changed)


def differing(
    database: Database, label: str, frame: pl.DataFrame, names: Mapping[str, str]
) -> pl.DataFrame:
    """`node` and the columns of those rows that have another value than the nodes."""
    if not names or frame.is_empty():
        return frame.clear().select(NODE, *names)
    stand = _attributes(database, label, frame, names)
    both = frame.join(stand, on=NODE, how="left", suffix=" stands")
    differs = pl.any_horizontal(
        pl.col(column).ne_missing(pl.col(f"{column} stands")) for column in names
    )
    return both.filter(differs).select(NODE, *names)


def _attributes(
    database: Database, label: str, frame: pl.DataFrame, names: Mapping[str, str]
) -> pl.DataFrame:
    values = ", ".join(["id(n)", *(f"n.{name}" for name in names.values())])
    rows = database.read(
        f"{_match(label, frame['id'])} WHERE {IS_TEXT} "
        f"RETURN collect([{values}]), id(n) / {CHUNK}",
        wanted=_few(frame["id"]),
    )
    (found,) = columns([rows], 1)
    lists = zip(*found, strict=True) if found else [()] * (1 + len(names))
    return pl.DataFrame(
        [
            pl.Series(name, list(one), dtype=frame.schema[name], strict=False)
            for name, one in zip((NODE, *names), lists, strict=True)
        ]
    )


def _match(label: str, wanted: pl.Series) -> str:
    """A clause that matches few nodes by `$wanted`, or else all nodes of the label."""
    if _few(wanted):
        return f"UNWIND $wanted AS id MATCH (n:{label} {{id: id}})"
    return f"MATCH (n:{label})"


def _few(wanted: pl.Series) -> list[str]:
    """The wanted ids, where looking them up is quicker than reading all nodes."""
    return wanted.unique().to_list() if len(wanted) <= FEW else []
