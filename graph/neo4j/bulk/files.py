"""A source as CSV files that `neo4j-admin database import full` reads.

They say what a load over Bolt writes, property for property, so that a later load, an
export or a query finds no difference. Events are read and written piece by piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from basketweave.graph.neo4j.bulk.columns import AT, placed
from basketweave.graph.neo4j.bulk.csv_files import CsvFiles
from basketweave.graph.neo4j.bulk.events import EventSpan, relationships, span_of
from basketweave.graph.neo4j.bulk.nodes import dataset_of, empty_lists, nodes_of
from basketweave.graph.neo4j.bulk.source import BulkSource, read_derived
from basketweave.graph.places import Places
from basketweave.graph.planned.item_edges import checked
from basketweave.graph.planned.links import links_of
from basketweave.graph.planned.load import summary
from basketweave.graph.schema import DATASET, LINK_KINDS
from basketweave.graph.sharded.event_part import EventPart
from basketweave.graph.store import LoadSummary
from basketweave.progress import SILENT, Progress

ROWS = 500_000
"""Nodes, or derived relationships, in a file."""
PIECE = 500_000
"""Events that a thread has in memory."""
_One = TypeVar("_One")
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class BulkFiles:
    """Files by label and by relationship type, the header first; and what they hold.

    empty   by label and property, the ids of nodes with an empty list, which a file of
            the importer cannot tell from none
    """

    nodes: Mapping[str, list[Path]]
    relationships: Mapping[str, list[Path]]
    summary: LoadSummary
    empty: Mapping[tuple[str, str], list[str]]


def write_bulk(
    source: BulkSource,
    folder: Path,
    *,
    threads: int = 2,
    piece: int = PIECE,
    progress: Progress = SILENT,
) -> BulkFiles:
    """Write the files, several at a time.

    In memory are the catalogue, with the ids of all nodes, and for each thread some
    `piece` events of whole users. Raises `DataError` for what cannot be stored or read,
    and where there is no room.
    """
    with progress.task("Looking for users and items", 1) as advance:
        nodes = nodes_of(source)
        advance(1)
    rows, links = CsvFiles(folder), CsvFiles(folder)
    write = _Writing(links, _written(nodes, rows), threads, progress)
    created = {label: len(frame) for label, frame in nodes.items()}
    empty = empty_lists(nodes)
    del nodes  # of a node that is written, only its place is still asked for
    made, stray = write.links(source)
    span = write.events([one for part in source.parts for one in part.pieces(piece)])
    write.derived(source)
    found = summary(source.catalogue, created | made, span.counts, stray)
    dataset = dataset_of(source, found, span, sum(created.values()))
    rows.write(DATASET, 0, dataset, "non_numeric")
    return BulkFiles(rows.listed(), links.listed(), found, empty)


def _written(nodes: Mapping[str, pl.DataFrame], rows: CsvFiles) -> dict[str, Places]:
    """Write the nodes; gives the rows in which they stand."""
    for label, frame in nodes.items():
        for number, some in enumerate(frame.iter_slices(ROWS)):
            rows.write(label, number, some, "non_numeric")
    return {
        label: Places.of(frame["id"], frame[AT][0] if len(frame) else 0)
        for label, frame in nodes.items()
    }


@dataclass(frozen=True)
class _Writing:
    files: CsvFiles
    places: Mapping[str, Places]
    threads: int
    progress: Progress

    def links(self, source: BulkSource) -> tuple[dict[str, int], int]:
        """How many of each kind there are, and how many lead to nothing."""
        made, stray = {}, 0
        for one in links_of(source.catalogue):
            pairs = one.pairs.drop_nulls()
            inside = placed(one.kind, pairs, self.places)
            self.files.write(one.kind, 0, inside)
            made[one.kind] = len(inside)
            stray += len(pairs) - len(inside) if one.kind in LINK_KINDS else 0
        return made, stray

    def events(self, pieces: Sequence[EventPart]) -> EventSpan:
        spans = self._each("Writing events", list(enumerate(pieces)), self._piece)
        return sum(spans, EventSpan())

    def _piece(self, one: tuple[int, EventPart]) -> EventSpan:
        number, piece = one
        events = piece.read()
        lists = relationships(events, self.places)
        for kind, frame in lists.items():
            self.files.write(kind, number, frame)
        return span_of(events, lists)

    def derived(self, source: BulkSource) -> None:
        pieces = [] if source.derived is None else source.derived.pieces(ROWS)
        self._each("Writing what was derived", list(enumerate(pieces)), self._derived)

    def _derived(self, one: tuple[int, tuple[str, pl.LazyFrame]]) -> None:
        number, (kind, piece) = one
        edges = placed(kind, read_derived(kind, piece), self.places)
        self.files.write(kind, number, checked(kind, edges))

    def _each(
        self, what: str, ones: Sequence[_One], do: Callable[[_One], _Made]
    ) -> list[_Made]:
        """What is made of each, several at a time."""
        made = []
        with (
            self.progress.task(what, len(ones)) as advance,
            ThreadPoolExecutor(self.threads) as pool,
        ):
            for result in pool.map(do, ones):
                made.append(result)
                advance(1)
        return made
