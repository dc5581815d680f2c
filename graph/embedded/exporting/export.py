"""One export: ids, events by kind, and relationships by type."""

from __future__ import annotations

from collections.abc import Sequence

from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.exporting.histories import read_history
from basketweave.graph.embedded.exporting.positions import read_index, read_items
from basketweave.graph.embedded.exporting.relations import read_edges
from basketweave.graph.embedded.schema import size
from basketweave.graph.kinds import counting
from basketweave.graph.neighbourhood import neighbourhood
from basketweave.graph.planned.arguments import ExportArguments
from basketweave.graph.planned.arrival import in_order, shortlex
from basketweave.graph.schema import EVENT_KINDS, ITEM, NODE_TYPES, relation
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import Progress


def export(session: Session, asked: ExportArguments, progress: Progress) -> Subgraph:
    """The subgraph that the arguments ask for.

    Ids are sorted, and events are sorted by user, time and arrival, so that both stores
    return the same arrays for the same data.
    """
    graph = _whole(session, asked, progress)
    if asked.seeds is not None:
        graph = neighbourhood(graph, asked.seeds, asked.hops)
    return graph.described(read_items(session, asked.items)) if asked.items else graph


def _whole(session: Session, asked: ExportArguments, progress: Progress) -> Subgraph:
    present = _present(session)
    kinds = present if asked.kinds is None else asked.kinds
    relations = [relation(kind) for kind in asked.relations]
    steps = len(NODE_TYPES) + len(kinds) + len(relations)
    with progress.task("Exporting", total=steps) as advance:
        index, events, edges = {}, {}, {}
        for label in NODE_TYPES:
            index[label] = read_index(session, label)
            advance(1)
        place = shortlex(index[ITEM].ids)
        for kind in kinds:
            found = read_history(session, kind, index, asked.as_of)
            events[kind] = in_order(found, place)
            advance(1)
        for one in relations:
            edges[one] = read_edges(session, one[1], index)
            advance(1)
    ids = {label: found.ids for label, found in index.items()}
    counts = counting(asked.stated, present)
    return Subgraph(ids, events, edges, asked.as_of, kinds=counts)


def _present(session: Session) -> Sequence[str]:
    return [kind for kind in EVENT_KINDS if size(session, kind)]
