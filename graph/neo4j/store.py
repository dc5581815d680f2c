"""`Neo4jStore`: the `GraphStore` contract over Bolt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import polars as pl

from basketweave.errors import UsageError
from basketweave.graph.address import shown
from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.given import Given
from basketweave.graph.ids import as_id, one_or_more
from basketweave.graph.impressions import first_second, impressions
from basketweave.graph.kinds import Kinds
from basketweave.graph.neo4j import experiments, memory, nodes, reads, recommended
from basketweave.graph.neo4j.connection import Database
from basketweave.graph.neo4j.dataset import note_kinds, read_dataset
from basketweave.graph.neo4j.exporting.export import export, present_kinds
from basketweave.graph.neo4j.item_edges import (
    write_derived,
    write_item_edges,
    write_item_scores,
)
from basketweave.graph.neo4j.loading.load import load
from basketweave.graph.neo4j.misfits.found import misfits, refuse
from basketweave.graph.neo4j.models import publish
from basketweave.graph.neo4j.models.vectors import read_vectors
from basketweave.graph.neo4j.models.versions import find, versions
from basketweave.graph.neo4j.recording import remove
from basketweave.graph.neo4j.recording import shown as impressed
from basketweave.graph.neo4j.recording.record import record
from basketweave.graph.neo4j.recording.upsert import upsert
from basketweave.graph.neo4j.run import frame
from basketweave.graph.neo4j.schema import apply_schema
from basketweave.graph.one_by_one import OneByOne
from basketweave.graph.pages import Node, Sought
from basketweave.graph.planned.arguments import export_arguments
from basketweave.graph.recorded import Recorded, checked
from basketweave.graph.removed import Deleted, Forgotten, named
from basketweave.graph.store import Dataset, Dialect, Ids, LoadSummary, Misfit, Names
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.graph.upserted import Descriptions, Upserted
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors
from basketweave.moments import Moment
from basketweave.progress import SILENT, Progress


class Neo4jStore(OneByOne):
    """The graph on a Neo4j server: 5.26 LTS or later, Community, Enterprise or Aura.

    `uri` is bolt://, neo4j:// or one of their +s forms; `database` None means the
    user's default; after `timeout` seconds without a connection the store gives up;
    `prefix` is that of an adopted graph, whose users and items its owner changes.
    Threads may share one store. Raises `StoreError` where the server cannot be reached
    or refuses the user, and `SchemaError` where a newer version of this package wrote
    the graph.
    """

    dialect: Dialect = "neo4j"

    def __init__(
        self,
        uri: str,
        *,
        user: str,
        password: str,
        database: str | None = None,
        timeout: float = 15.0,
        prefix: str | None = None,
    ) -> None:
        server = shown(uri)
        more = {"prefix": prefix, "database": database}
        asked = urlencode({name: one for name, one in more.items() if one})
        self.uri = f"{server}?{asked}" if asked else server
        self.prefix = prefix
        self._user = user
        self._database = Database(
            server,
            user=user,
            password=password,
            name=database,
            timeout=timeout,
            prefix=prefix,
        )
        self._has_schema = False
        try:
            self._database.check()
            self.dataset()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        name = self._database.name
        return f"Neo4jStore({self.uri!r}, user={self._user!r}, database={name!r})"

    @property
    def database(self) -> Database:
        """What runs statements, for what is done on Neo4j alone."""
        return self._database

    def load(self, tables: Tables, *, progress: Progress = SILENT) -> LoadSummary:
        """Add what is new; update the attributes of known users and items.

        Returns how much was added, and notes on what was left out.
        """
        self._refuse_adopted("load")
        self.ensure_schema()
        return load(self._database, tables, progress)

    def record(self, events: Given, *, create: bool = True) -> Recorded:
        """Write what was just done, all of it or nothing; the next request sees it."""
        given = checked(events)
        if not self._has_schema:
            self.ensure_schema()
        return record(self._database, given, create=create)

    def delete_events(self, events: Given) -> int:
        """Take events away, and return how many there were, once nobody loads."""
        return remove.delete_events(self._database, named(events))

    def delete_items(self, ids: Ids) -> Deleted:
        """Take items away with all that is theirs, once nobody else writes at length."""
        self._refuse_adopted("delete_items")
        return remove.delete_items(self._database, one_or_more(ids))

    def forget_user(self, user: str | int) -> Forgotten:
        """Take a person away with all that is theirs, once nobody loads or publishes."""
        self._refuse_adopted("forget_user")
        return remove.forget_user(self._database, as_id(user))

    def record_shown(self, shown: Given) -> int:
        """Write what people were shown, all of it or nothing."""
        return impressed.write(self._database, impressions(shown))

    def shown(
        self, *, since: Moment = None, experiment: str | None = None
    ) -> pl.DataFrame:
        """What was shown, in order of time, with the columns `SHOWN_COLUMNS`."""
        return impressed.read(self._database, first_second(since), experiment)

    def count_shown(self) -> tuple[int, int | None]:
        """How much was shown, and when the first of it."""
        return impressed.count(self._database)

    def prune_shown(self, before: Moment) -> int:
        """Take away what was shown before a moment; how much that was."""
        return impressed.prune(self._database, first_second(before))

    def write_recommended(
        self,
        lists: Sequence[pl.LazyFrame],
        model: str,
        *,
        progress: Progress = SILENT,
    ) -> int:
        """Make these everyone's lists: (:User)-[:RECOMMENDED]->(:Item); how many rows.

        Each frame has whole lists: `user`, `rank`, `item`, `score`; `model` says what
        they are from. Readers see a person's list before or after, whole. Done again, it
        completes what was broken off.
        """
        return recommended.write(self._database, lists, model, progress)

    def remove_recommended(self) -> int:
        """Take away all that `write_recommended` wrote; how many relationships."""
        return recommended.remove(self._database)

    def write_experiment(self, experiment: LiveExperiment) -> None:
        """Write the node of an experiment, by its name."""
        experiments.write(self._database, experiment)

    def experiments(self) -> list[LiveExperiment]:
        """All experiments, the newest first."""
        return experiments.read(self._database)

    def dataset(self) -> Dataset | None:
        """The data set that the store holds; None where nothing has been loaded."""
        return read_dataset(self._database)

    def set_kinds(self, kinds: Kinds | None) -> None:
        """Let the event kinds count like this from now on; None: by default."""
        self.ensure_schema()
        note_kinds(self._database, kinds)

    def misfits(self) -> list[Misfit]:
        """What in the graph is not as this package writes it, each with advice."""
        return misfits(self._database)

    def short_of(self) -> list[Misfit]:
        """What the server has too little memory for, each with the setting for it."""
        return memory.short_of(self._database)

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
        wanted = export_arguments(
            self.dataset(),
            as_of,
            kinds=kinds,
            relations=relations,
            seeds=seeds,
            hops=hops,
            items=items,
        )
        return export(self._database, wanted, progress)

    def write_item_edges(
        self,
        kind: str,
        edges: pl.DataFrame,
        *,
        as_of: int | None,
        progress: Progress = SILENT,
    ) -> int:
        """Make `edges` all relationships of a derived `kind`; return their number."""
        self.ensure_schema()
        return write_item_edges(self._database, kind, edges, as_of, progress)

    def write_item_scores(self, scores: pl.DataFrame) -> None:
        """Set numeric properties of items: a column `id`, and one for each property."""
        self.ensure_schema()
        write_item_scores(self._database, scores)

    def write_derived(
        self,
        scores: pl.DataFrame,
        edges: Mapping[str, Sequence[pl.LazyFrame]],
        *,
        as_of: int | None,
        writers: int = 1,
        progress: Progress = SILENT,
    ) -> Mapping[str, int]:
        """Make these all that is derived: staged by so many writers, then in place."""
        self.ensure_schema()
        return write_derived(self._database, scores, edges, as_of, writers, progress)

    def publish(
        self, vectors: Vectors, *, keep: int = 2, progress: Progress = SILENT
    ) -> ModelVersion:
        """Write a new version, make it live in one step, and return it.

        The newest `keep` versions stay, so that `rollback` has one to go to.
        """
        self.ensure_schema()
        return publish.publish(self._database, vectors.published(), keep, progress)

    def publish_weights(
        self,
        card: ModelCard,
        weights: Mapping[str, float],
        learned_with: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Make blend weights the live version of their `(:Model)`, and return it.

        Each weight is also a property of the node, so that a query can read it.
        """
        self.ensure_schema()
        return publish.publish_weights(self._database, card, weights, learned_with)

    def models(self) -> list[ModelVersion]:
        """All versions of all models, the newest first within each name."""
        return versions(self._database)

    def rollback(self, name: str) -> ModelVersion:
        """Make the version before the live one live again, and return it."""
        return publish.rollback(self._database, name)

    def use(self, name: str, version: int | None = None) -> ModelVersion:
        """Let this version of a model serve its part, and return it."""
        return publish.use(self._database, name, version)

    def retire(self, name: str) -> ModelVersion:
        """Take the live version of a model out of serving, and return it."""
        return publish.retire(self._database, name)

    def vectors(self, name: str, version: int | None = None) -> Vectors:
        """The vectors of a model's live version, or of the given version, by id."""
        return read_vectors(self._database, find(self._database, name, version))

    def run(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pl.DataFrame:
        """Run one read statement; return a column for each returned name."""
        return frame(*self._database.query(statement, dict(parameters or {})))

    def latest(self, user: str, n: int) -> dict[str, str | None]:
        """The titles, by id, of the `n` items that a user had last, latest first."""
        return reads.latest(self._database, user, n)

    def related(self, item: str, n: int) -> pl.DataFrame:
        """The `n` items that derived relationships of `item` lead to, as `RELATED`."""
        return reads.related(self._database, item, n)

    def nearest(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` items nearest to `item` by a model's live vectors, as `NEAREST`."""
        return reads.nearest(self._database, name, item, n)

    def nearest_users(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` users nearest to `item` by a model's live vectors, as `NEAREST`."""
        return reads.nearest_users(self._database, name, item, n)

    def kinds(self) -> list[str]:
        """The kinds of which there are events."""
        return present_kinds(self._database)

    def records(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """The rows of one read statement as dicts, with nodes and paths of the driver.

        As nodes have vectors, a frame of ten rows with paths, as `run` returns it,
        takes longer to build than the server needs to compute it.
        """
        return self._database.records(statement, dict(parameters or {}))

    def one_state(self) -> AbstractContextManager[None]:
        """A context that does nothing: each statement reads one state by itself."""
        return nullcontext()

    def together(self) -> AbstractContextManager[None]:
        """A context that does nothing: each write is a step of its own.

        An interrupted write is completed by doing it again.
        """
        return nullcontext()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _upsert(self, rows: Descriptions) -> Upserted:
        self._refuse_adopted("upsert")
        if not self._has_schema:
            self.ensure_schema()
        return upsert(self._database, rows)

    def _found(self, label: str, name: str) -> tuple[Dataset | None, Node | None]:
        return self.dataset(), nodes.find(self._database, label, name)

    def _sought(
        self, label: str, sought: Sought
    ) -> tuple[Dataset | None, Sequence[Node]]:
        return self.dataset(), nodes.page(self._database, label, sought)

    def _refuse_adopted(self, what: str) -> None:
        """Raise `UsageError` where users and items are not ours to change."""
        if self.prefix is not None:
            raise UsageError(
                f"{what} would change nodes that are your own. Change them in your "
                "graph, then take over what is new: basketweave refresh"
            )

    def ensure_schema(self) -> None:
        """Make the schema before the first write: a reader may lack the right to."""
        self.dataset()
        refuse(self._database, unique=self._has_schema)
        if not self._has_schema:
            apply_schema(self._database)
            self._has_schema = True
