"""One export: ids, events by kind, and relationships by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from basketweave.graph.kinds import counting
from basketweave.graph.neighbourhood import neighbourhood
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.exporting.histories import read_history
from basketweave.graph.neo4j.exporting.positions import (
    Index,
    reached,
    read_index,
    read_items,
)
from basketweave.graph.neo4j.exporting.relations import read_edges
from basketweave.graph.planned.arguments import ExportArguments
from basketweave.graph.planned.arrival import in_order, shortlex
from basketweave.graph.schema import (
    EVENT_KINDS,
    ITEM,
    NODE_TYPES,
    USER,
    relation,
)
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.progress import Progress


def export(database: Database, asked: ExportArguments, progress: Progress) -> Subgraph:
    """The subgraph that the arguments ask for.

    Ids are sorted, and events are sorted by user, time and arrival, so that both stores
    return the same arrays for the same data.
    """
    graph = _read(database, asked, progress)
    if asked.seeds is not None:
        graph = neighbourhood(graph, asked.seeds, asked.hops)
    return graph.described(read_items(database, asked.items)) if asked.items else graph


def _read(database: Database, asked: ExportArguments, progress: Progress) -> Subgraph:
    present = present_kinds(database)
    kinds = present if asked.kinds is None else asked.kinds
    relations = [relation(kind) for kind in asked.relations]
    steps = len(NODE_TYPES) + len(kinds) + len(relations)
    with progress.task("Exporting", total=steps) as advance:
        index, events, edges = {}, {}, {}
        for label in NODE_TYPES:
            index[label] = read_index(database, label)
            advance(1)
        if asked.seeds is not None:
            index |= _within(database, index, asked.seeds, kinds, asked)
        users = None if asked.seeds is None else index[USER].nodes
        place = shortlex(index[ITEM].ids)
        for kind in kinds:
            found = read_history(database, kind, users=users, as_of=asked.as_of)
            events[kind] = in_order(_placed(found, index), place)
            advance(1)
        for one in relations:
            edges[one] = read_edges(database, one[1], index)
            advance(1)
    ids = {label: found.ids for label, found in index.items()}
    counts = counting(asked.stated, present)
    return Subgraph(ids, events, edges, asked.as_of, kinds=counts)


def present_kinds(database: Database) -> list[str]:
    """The kinds of which there are events."""
    some = (
        f"MATCH (:User)-[:{kind}]->(:Item) RETURN '{kind}' AS kind LIMIT 1"
        for kind in EVENT_KINDS
    )
    return [kind for (kind,) in database.read(" UNION ALL ".join(some))]


def _within(
    database: Database,
    index: Mapping[str, Index],
    seeds: Sequence[str],
    kinds: Sequence[str],
    asked: ExportArguments,
) -> dict[str, Index]:
    """The index of the users and items that the seeds reach: less to read than all."""
    wanted = index[USER].ids.is_in(list(seeds)).to_numpy()
    start = index[USER].nodes[wanted]
    users, items = reached(database, start, kinds, asked.hops, asked.as_of)
    return {USER: index[USER].only(users), ITEM: index[ITEM].only(items)}


def _placed(found: pl.DataFrame, index: Mapping[str, Index]) -> Events:
    """The events with positions in place of internal ids."""
    found = found.with_columns(
        user=index[USER].positions(found["u"].to_numpy()),
        item=index[ITEM].positions(found["i"].to_numpy()),
        value=pl.col("value").cast(pl.Float32),
    )
    # A node that came after the index was read is no part of this export.
    found = found.filter((pl.col("user") >= 0) & (pl.col("item") >= 0))
    # Two relationships of a pair, made by hand, may tell of the same event.
    found = found.unique(["user", "item", "time", "millis"], keep="first")
    names = ("user", "item", "time", "value", "millis", "arrival")
    return Events(*(found[name].to_numpy() for name in names))
