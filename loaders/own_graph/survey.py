"""What adopting would read: the Cypher, counts, and a sample; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from basketweave.graph.neo4j.run import frame
from basketweave.graph.store import GraphStore
from basketweave.loaders.own_graph import facts, statements
from basketweave.loaders.own_graph.adopt import with_prefix
from basketweave.loaders.own_graph.mapping import GraphMapping
from basketweave.loaders.own_graph.nodes import read_nodes


@dataclass(frozen=True)
class Survey:
    """What a mapping finds.

    statements   what reads it -> Cypher
    counts       what -> how many
    samples      of each pattern of events, three as they stand in the graph
    """

    statements: Mapping[str, str]
    counts: Mapping[str, int]
    samples: tuple[pl.DataFrame, ...]


def survey(store: GraphStore, mapping: GraphMapping) -> Survey:
    """Read through the mapping; raises as `adopt` does, and writes nothing."""
    theirs = with_prefix(store, mapping.prefix).database.unprefixed()
    facts.check(theirs, mapping)
    counts = {}
    for what, found in read_nodes(theirs, mapping).items():
        counts[what] = len(found.rows)
        if found.keyless:
            counts[f"{what} without a usable key"] = found.keyless
    samples = []
    for one in mapping.events:
        ((n, undated),) = theirs.read(statements.count_of(mapping, one))
        counts[f"events like {one.pattern}"] = n
        if undated and one.time:
            counts[f"of these without {one.time}"] = undated
        samples.append(frame(*theirs.query(statements.some_of(mapping, one), {})))
    return Survey(statements.all_of(mapping), counts, tuple(samples))
