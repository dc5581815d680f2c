"""Derived relationships between items, and numbers on items: changes alone."""

from __future__ import annotations

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.dataset import note_derived, take_up
from basketweave.graph.neo4j.exporting.relations import read_relationships
from basketweave.graph.neo4j.loading.nodes import stored_nodes, update_nodes
from basketweave.graph.neo4j.writer import exclusive
from basketweave.graph.planned.item_edges import checked
from basketweave.graph.planned.properties import storable
from basketweave.graph.schema import ITEM
from basketweave.progress import Progress

_PAIR = ["source", "target"]


def write_item_edges(
    database: Database,
    kind: str,
    edges: pl.DataFrame,
    as_of: int | None,
    progress: Progress,
) -> int:
    """Make `edges` the only relationships of a derived kind; return their number.

    Edges with an end that is no item of the graph are left out. New relationships are
    written first and others are removed last, so that a reader in between finds too
    many of a top-k, never too few.
    """
    edges = checked(kind, edges)
    names = [name for name in edges.columns if name not in ("src", "dst")]
    with exclusive(database, "derive") as writer:
        wanted = _by_node(database, edges, names)
        stand, twice = _once(read_relationships(database, kind))
        new = wanted.join(stand, on=_PAIR, how="anti")
        changed = _changed(wanted, stand, names)
        gone = pl.concat([stand.join(wanted, on=_PAIR, how="anti"), twice])
        total = len(new) + len(changed) + len(gone)
        with progress.task(f"Writing {kind}", total) as advance:
            writer.columns(_create(kind, names), new, by="source", advance=advance)
            writer.columns(_update(kind, names), changed, by="source", advance=advance)
            writer.columns(_delete(kind), gone, by="source", advance=advance)
        note_derived(database, as_of)
    return len(wanted)


def write_item_scores(database: Database, scores: pl.DataFrame) -> None:
    """Set those properties of items that differ; unknown ids are left out.

    A derivation writes these first, so this also makes the `(:Dataset)` node of a graph
    that was made by hand.
    """
    take_up(database)
    scores = storable(scores.unique("id", keep="last", maintain_order=True), ITEM)
    with exclusive(database, "scores") as writer:
        nodes = stored_nodes(database, ITEM, scores["id"])
        names = {name: name for name in scores.columns if name != "id"}
        update_nodes(writer, ITEM, scores.join(nodes, on="id"), names)


def _by_node(database: Database, edges: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The edges with internal ids in place of ids."""
    nodes = stored_nodes(database, ITEM, pl.concat([edges["src"], edges["dst"]]))
    return (
        edges.join(nodes.select(src="id", source="node"), on="src")
        .join(nodes.select(dst="id", target="node"), on="dst")
        .select(*_PAIR, *names)
    )


def _changed(
    wanted: pl.DataFrame, stand: pl.DataFrame, names: list[str]
) -> pl.DataFrame:
    both = wanted.join(stand, on=_PAIR, suffix="_stands")
    differs = (pl.col(n).ne_missing(pl.col(f"{n}_stands")) for n in names)
    return both.filter(pl.any_horizontal(differs)).select(
        "source", "relationship", *names
    )


def _once(stand: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The first relationship of each pair, and the others, which were made by hand."""
    first = stand.select(pl.struct(_PAIR).is_first_distinct()).to_series()
    return stand.filter(first), stand.filter(~first)


def _create(kind: str, names: list[str]) -> str:
    properties = ", ".join(f"{name}: ${name}[k]" for name in names)
    return f"""
        UNWIND range(0, $n - 1) AS k
        MATCH (a) WHERE id(a) = $source[k]
        MATCH (b) WHERE id(b) = $target[k]
        CREATE (a)-[:{kind} {{{properties}}}]->(b)
        """


def _update(kind: str, names: list[str]) -> str:
    return f"""
        UNWIND range(0, $n - 1) AS k
        MATCH ()-[r:{kind}]->()
        WHERE id(r) = $relationship[k]
        SET {", ".join(f"r.{name} = ${name}[k]" for name in names)}
        """


def _delete(kind: str) -> str:
    return f"""
        UNWIND range(0, $n - 1) AS k
        MATCH ()-[r:{kind}]->()
        WHERE id(r) = $relationship[k]
        DELETE r
        """
