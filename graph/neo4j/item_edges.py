"""Derived relationships between items, and numbers on items: changes alone.

A new version is staged beside what readers see (`staging/`), then put in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import polars as pl

from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.dataset import take_up
from basketweave.graph.neo4j.loading.nodes import stored_nodes, update_nodes
from basketweave.graph.neo4j.staging.flip import finish, put_in_place
from basketweave.graph.neo4j.staging.pieces import Stage
from basketweave.graph.neo4j.staging.stage import (
    stage_all,
    stage_items,
    stage_others,
    stage_scores,
)
from basketweave.graph.neo4j.writer import exclusive
from basketweave.graph.planned.properties import storable
from basketweave.graph.schema import ITEM
from basketweave.progress import Progress


def write_item_edges(
    database: Database,
    kind: str,
    edges: pl.DataFrame,
    as_of: int | None,
    progress: Progress,
) -> int:
    """Make `edges` the only relationships of a derived kind; return their number.

    Edges with an end that is no item of the graph are left out. New relationships are
    put in place first and others are removed last, so that a reader in between finds
    too many of a top-k, never too few.
    """
    with staged(database, as_of, 1, progress) as stage:
        return stage_all(database, stage, kind, edges)


def write_item_scores(database: Database, scores: pl.DataFrame) -> None:
    """Set those properties of items that differ; unknown ids are left out.

    This also makes the `(:Dataset)` node of a graph that was made by hand.
    """
    take_up(database)
    scores = storable(scores.unique("id", keep="last", maintain_order=True), ITEM)
    with exclusive(database, "scores") as writer:
        nodes = stored_nodes(database, ITEM, scores["id"])
        names = {name: name for name in scores.columns if name != "id"}
        update_nodes(writer, ITEM, scores.join(nodes, on="id"), names)


def write_derived(
    database: Database,
    scores: pl.DataFrame,
    edges: Mapping[str, Sequence[pl.LazyFrame]],
    as_of: int | None,
    writers: int,
    progress: Progress,
) -> dict[str, int]:
    """Make these all that is derived, by so many writers; how many edges of each kind.

    Readers see none of it before all is staged.
    """
    take_up(database)
    with staged(database, as_of, writers, progress) as stage:
        stage_scores(database, stage, scores)
        return {
            kind: _stage_parts(database, stage, kind, parts, progress)
            for kind, parts in edges.items()
        }


@contextmanager
def staged(
    database: Database, as_of: int | None, writers: int, progress: Progress
) -> Iterator[Stage]:
    """A new version to stage to, put in place at the end unless something failed.

    What an earlier one left unfinished is finished first.
    """
    with exclusive(database, "derive") as writer:
        finish(database, writer, progress)
        stage = Stage(uuid4().hex, writers)
        yield stage
        put_in_place(database, writer, stage, as_of, progress)


def _stage_parts(
    database: Database,
    stage: Stage,
    kind: str,
    parts: Sequence[pl.LazyFrame],
    progress: Progress,
) -> int:
    """Stage parts, each of which has all relationships of its sources."""

    def one(part: pl.LazyFrame) -> tuple[int, Sequence[int]]:
        return stage_items(database, stage, kind, part.collect())

    with progress.task(f"Staging {kind}", max(len(parts), 1)) as advance:
        if len(parts) == 1:
            return stage_all(database, stage, kind, parts[0].collect())
        count, sources = 0, set[int]()
        with ThreadPoolExecutor(stage.writers) as pool:
            for n, some in pool.map(one, parts):
                count += n
                sources.update(some)
                advance(1)
        stage_others(database, stage, kind, [*sources])
    return count
