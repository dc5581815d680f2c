"""`LadybugStore`: the graph in one file, in this process, without a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableSet, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl

from basketweave.errors import StoreError
from basketweave.graph.embedded import experiments, nodes, reads
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.dataset import note_kinds, read_dataset
from basketweave.graph.embedded.exporting.export import export
from basketweave.graph.embedded.in_memory.kept_cells import KeptCells, exact
from basketweave.graph.embedded.in_memory.live import LiveVectors
from basketweave.graph.embedded.in_memory.nearest import VectorIndex
from basketweave.graph.embedded.item_edges import write_item_edges, write_item_scores
from basketweave.graph.embedded.loading.load import load
from basketweave.graph.embedded.models import publish
from basketweave.graph.embedded.models.vectors import read_vectors
from basketweave.graph.embedded.models.versions import find, versions
from basketweave.graph.embedded.on_disk.file import Keeps, StoreFile
from basketweave.graph.embedded.on_disk.state import Follows
from basketweave.graph.embedded.recording import remove
from basketweave.graph.embedded.recording import shown as impressed
from basketweave.graph.embedded.recording.recent import RecentEvents
from basketweave.graph.embedded.run import answer
from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.given import Given
from basketweave.graph.ids import as_id, one_or_more
from basketweave.graph.impressions import first_second, impressions
from basketweave.graph.kinds import Kinds
from basketweave.graph.one_by_one import OneByOne
from basketweave.graph.pages import Node, Sought
from basketweave.graph.planned.arguments import export_arguments
from basketweave.graph.recorded import Recorded, checked
from basketweave.graph.removed import Deleted, Forgotten, named
from basketweave.graph.schema import ITEM, SHOWN
from basketweave.graph.store import Dataset, Dialect, Ids, LoadSummary, Misfit, Names
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.graph.upserted import Descriptions, Upserted
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors
from basketweave.moments import Moment
from basketweave.progress import SILENT, Progress


class LadybugStore(OneByOne):
    """A `GraphStore` in a file; `GraphStore` says what each method promises.

    A write goes into a copy of the file, which replaces the file once it is whole.
    Until then readers in other threads see the old state, and a process that is killed
    leaves the old state. One process may write, or several may read (`read_only`).
    Raises `StoreError` where the file cannot be opened, `StoreBusyError` where another
    process uses it, and `SchemaError` where it is no store that this package can read.
    """

    dialect: Dialect = "ladybug"

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        buffer_mb: int | None = None,
        exact_items: int | None = None,
    ) -> None:
        self.uri = str(path)
        _check_path(self.uri)
        self.cells = KeptCells(Path(path).resolve(), exact(exact_items))
        self._file = self._opened(Path(path), read_only, buffer_mb)
        self._live = LiveVectors(self._file)

    def load(self, tables: Tables, *, progress: Progress = SILENT) -> LoadSummary:
        """Add what is new; update the attributes of known users and items.

        Returns how much was added, and notes on what was left out.
        """
        return load(self._file, tables, progress)

    def record(self, events: Given, *, create: bool = True) -> Recorded:
        """Write what was just done, all of it or nothing; the next request sees it.

        It stands in a journal beside the file until the next write of the file, or
        until somebody reads more of the store than a request does.
        """
        return self._file.record(checked(events), create=create)

    def delete_events(self, events: Given) -> int:
        """Take events away, and return how many there were: a write of the file."""
        return remove.events(self._file, named(events))

    def delete_items(self, ids: Ids) -> Deleted:
        """Take items away with all that is theirs: a write of the file."""
        return remove.items(self._file, one_or_more(ids))

    def forget_user(self, user: str | int) -> Forgotten:
        """Take a person away with all that is theirs: a write of the file."""
        return remove.user(self._file, as_id(user))

    def record_shown(self, shown: Given) -> int:
        """Write what people were shown, to the journal at first, as `record` does."""
        return self._file.record_shown(impressions(shown))

    def shown(
        self, *, since: Moment = None, experiment: str | None = None
    ) -> pl.DataFrame:
        """What was shown, in order of time, with the columns `SHOWN_COLUMNS`."""
        self._file.fold()
        with self._file.reading() as session:
            return impressed.read(session, first_second(since), experiment)

    def count_shown(self) -> tuple[int, int | None]:
        """How much was shown, and when the first of it."""
        self._file.fold()
        with self._file.reading() as session:
            return impressed.count(session)

    def prune_shown(self, before: Moment) -> int:
        """Take away what was shown before a moment; how much that was."""
        with self._file.writing(graph=False) as session:
            return impressed.prune(session, first_second(before))

    def write_experiment(self, experiment: LiveExperiment) -> None:
        """Write the node of an experiment, by its name."""
        with self._file.writing(graph=False) as session:
            experiments.write(session, experiment)

    def experiments(self) -> list[LiveExperiment]:
        """All experiments, the newest first."""
        with self._file.asking() as (session, _):
            return experiments.read(session)

    def dataset(self) -> Dataset | None:
        """The data set that the store holds; None where nothing has been loaded."""
        with self._file.reading() as session:
            return read_dataset(session)

    def set_kinds(self, kinds: Kinds | None) -> None:
        """Let the event kinds count like this from now on; None: by default."""
        with self._file.writing() as session:
            note_kinds(session, kinds)

    def misfits(self) -> list[Misfit]:
        """Always an empty list: the engine's tables refuse what does not fit."""
        return []

    def short_of(self) -> list[Misfit]:
        """Always an empty list: memory is taken as it is needed."""
        return []

    def export(
        self,
        *,
        as_of: Moment = None,
        kinds: Names | None = None,
        relations: Names | None = None,
        seeds: Ids | None = None,
        hops: int = 2,
        items: Names = (),
        progress: Progress = SILENT,
    ) -> Subgraph:
        """Arrays of the graph, or of the `hops`-neighbourhood of the `seeds` users."""
        with self._file.reading() as session:
            wanted = export_arguments(
                read_dataset(session),
                as_of,
                kinds=kinds,
                relations=relations,
                seeds=seeds,
                hops=hops,
                items=items,
            )
            return export(session, wanted, progress)

    def write_item_edges(
        self,
        kind: str,
        edges: pl.DataFrame,
        *,
        as_of: int | None,
        progress: Progress = SILENT,
    ) -> int:
        """Make `edges` all relationships of a derived `kind`; return their number."""
        return write_item_edges(self._file, kind, edges, as_of, progress)

    def write_item_scores(self, scores: pl.DataFrame) -> None:
        """Set numeric properties of items: a column `id`, and one for each property."""
        write_item_scores(self._file, scores)

    def write_derived(
        self,
        scores: pl.DataFrame,
        edges: Mapping[str, Sequence[pl.LazyFrame]],
        *,
        as_of: int | None,
        writers: int = 1,
        progress: Progress = SILENT,
    ) -> Mapping[str, int]:
        """Make these all that is derived, in one step; a file has one writer."""
        with self.together():
            self.write_item_scores(scores)
            return {
                kind: self.write_item_edges(
                    kind, pl.concat(parts).collect(), as_of=as_of, progress=progress
                )
                for kind, parts in edges.items()
            }

    def publish(
        self, vectors: Vectors, *, keep: int = 2, progress: Progress = SILENT
    ) -> ModelVersion:
        """Write a new version, make it live in one step, and return it.

        The newest `keep` versions stay, so that `rollback` has one to go to.
        """
        vectors = vectors.published()
        new = publish.publish(self._file, vectors, keep, progress)
        if len(vectors.items) > self.cells.exact:
            kept = [one.key for one in self.models()]
            place = np.arange(len(vectors.items))
            self.cells.of(new.key, place, vectors.item_vectors, kept)
        return new

    def publish_weights(
        self,
        card: ModelCard,
        weights: Mapping[str, float],
        learned_with: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Make blend weights the live version of their `(:Model)`, and return it."""
        return publish.publish_weights(self._file, card, weights, learned_with)

    def models(self) -> list[ModelVersion]:
        """All versions of all models, the newest first within each name."""
        with self.asking() as (session, _):  # nothing recorded is a model
            return versions(session)

    def rollback(self, name: str) -> ModelVersion:
        """Make the version before the live one live again, and return it."""
        return publish.rollback(self._file, name)

    def use(self, name: str, version: int | None = None) -> ModelVersion:
        """Let this version of a model serve its part, and return it."""
        return publish.use(self._file, name, version)

    def retire(self, name: str) -> ModelVersion:
        """Take the live version of a model out of serving, and return it."""
        return publish.retire(self._file, name)

    def vectors(self, name: str, version: int | None = None) -> Vectors:
        """The vectors of the live version of a model, or of the given version."""
        with self._file.reading() as session:
            return read_vectors(session, find(session, name, version))

    def run(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pl.DataFrame:
        """Run one read statement; return a column for each returned name."""
        if SHOWN in statement:
            self._file.fold()
        with self._file.reading() as session:
            return answer(session, statement, parameters or {})

    def latest(self, user: str, n: int) -> dict[str, str | None]:
        """The titles, by id, of the `n` items that a user had last, latest first."""
        with self.asking() as (session, seen):
            found = reads.latest(session, seen, user, n)
            titles = self.titles(found)
        return {item: titles.get(item) for item in found}

    def find_users(self, start: str, n: int) -> list[str]:
        """At most `n` ids of users that begin with `start`, short ids first."""
        with self._file.looking() as (session, recent):
            return reads.find_users(session, recent, start, n)

    def find_items(self, text: str, n: int) -> dict[str, str | None]:
        """id -> title of at most `n` items with `text` in their title, or first in
        their id; popular items first."""
        with self._file.looking() as (session, recent):
            return reads.find_items(session, recent, text, n)

    def count(self, label: str) -> int:
        """How many nodes of a label there are."""
        with self._file.looking() as (session, recent):
            return reads.count(session, recent, label)

    def related(self, item: str, n: int) -> pl.DataFrame:
        """The `n` items that derived relationships of `item` lead to, as `RELATED`."""
        with self._file.reading() as session:
            return reads.related(session, item, n)

    def nearest(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` items nearest to `item` by a model's live vectors, as `NEAREST`."""
        index = self.index(name)
        with self.asking() as (_, seen):
            placed = seen.placed_since(0)
        near = {o.item: o.vector for o in placed if o.key == index.version.key}
        return reads.nearest(index, item, n, near)

    def titles(self, items: Iterable[str]) -> dict[str, str | None]:
        """id -> title of the items among `items` that the store has."""
        with self._file.looking() as (session, recent):
            found = nodes.find(session, recent, ITEM, dict.fromkeys(items))
        return {
            name: node.properties.get("title")
            for name, node in found.items()
            if node is not None
        }

    def nearest_users(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` users nearest to `item` by a model's live vectors, as `NEAREST`."""
        return reads.nearest_users(self.index(name), item, n)

    def asking(self) -> AbstractContextManager[tuple[Session, RecentEvents]]:
        """A session that sees one state of the file, and what was recorded since.

        Only the embedded store has this: a request to Neo4j is one statement.
        """
        return self._file.asking()

    @property
    def changes(self) -> int:
        """The number of the state that this thread reads; no two states share one.

        Only the embedded store has this: Neo4j counts writes in its data set.
        """
        return self._file.changes

    @property
    def keeping(self) -> MutableSet[Keeps]:
        """Who is told of each next state before it is shown, as long as they live."""
        return self._file.keeping

    @property
    def follows(self) -> Follows | None:
        """What the state that this thread reads adds to the one before it.

        Only the embedded store has this, for who keeps arrays over writes.
        """
        return self._file.follows

    def index(self, name: str) -> VectorIndex:
        """The live version's vectors in memory; read again once another is live.

        Only the embedded store has this: Neo4j searches its vector index in a query.
        """
        return self._live.index(name)

    def share(self) -> None:
        """Let other processes read what this one writes, as it is written.

        Only the embedded store has this (`sharing`): Neo4j is a server anyway.
        """
        self._file.share()

    def fold(self, *, shown: bool = True) -> None:
        """Put what was recorded into the file: and what was `shown` alone, too.

        Only the embedded store has this.
        """
        self._file.fold(shown=shown)

    def _opened(self, path: Path, read_only: bool, buffer_mb: int | None) -> StoreFile:
        return StoreFile(path, read_only=read_only, buffer_mb=buffer_mb)

    def _upsert(self, rows: Descriptions) -> Upserted:
        return self._file.upsert(rows)

    def _found(self, label: str, name: str) -> tuple[Dataset | None, Node | None]:
        with self._file.looking() as (session, recent):
            found = nodes.find(session, recent, label, [name])
            return read_dataset(session), found[name]

    def _sought(
        self, label: str, sought: Sought
    ) -> tuple[Dataset | None, Sequence[Node]]:
        with self._file.looking() as (session, recent):
            found = nodes.page(session, recent, label, sought)
            return read_dataset(session), found

    def one_state(self) -> AbstractContextManager[None]:
        """A context in which this thread reads one state, whoever writes meanwhile."""
        return self._file.one_state()

    def together(self) -> AbstractContextManager[None]:
        """A context whose writes become one step: all of them are kept, or none."""
        return self._file.alone()

    def close(self) -> None:
        """Close the file and release its lock."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _check_path(path: str) -> None:
    """Raise `StoreError` where the file system can have no such path."""
    try:
        Path(path).exists()
    except OSError as error:
        raise StoreError(
            f"There can be no store at {path[:200]}: {error.strerror}."
        ) from None
