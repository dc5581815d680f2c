"""`GraphStore`: the one contract that both databases fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import polars as pl

from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.given import Given
from basketweave.graph.kinds import Kinds
from basketweave.graph.pages import Page
from basketweave.graph.reads import Reads
from basketweave.graph.recorded import Recorded
from basketweave.graph.removed import Deleted, Forgotten
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import IdType, Tables
from basketweave.graph.upserted import Upserted
from basketweave.graph.vectors import ModelCard, ModelVersion, Vectors
from basketweave.moments import Moment
from basketweave.progress import SILENT, Progress

Names = str | Iterable[str]
Ids = str | int | Iterable[str | int]
Dialect = Literal["neo4j", "ladybug"]
Level = Literal["note", "warning", "error"]


@dataclass(frozen=True)
class LoadSummary:
    """What one load added, and what it found already there."""

    users: int
    items: int
    categories: int
    brands: int
    events: int
    links: int
    already_there: int
    quarantined: int
    notes: Mapping[str, int]


@dataclass(frozen=True)
class Dataset:
    """The `(:Dataset)` node: what this store holds and how far it has come.

    `first_at` and `last_at` bound the event times; `derived_as_of` is the bound
    with which the item-item relationships were derived (None: not bounded, or
    not derived when `derived` is false); `changes` counts the writes, so that a
    reader can tell whether what it remembers is still true; `loading` names the
    sources whose load has begun and not ended, broken off or under way; `notes` are
    what loading set aside: how many, by sentence; `kinds` is how the event kinds
    count, where somebody said so (see `graph.kinds.counting`), and `recorded` the kinds
    of which events were recorded since there was a server to read them from.
    """

    name: str
    schema_version: int
    user_ids: IdType
    item_ids: IdType
    first_at: int | None
    last_at: int | None
    derived: bool
    derived_as_of: int | None
    changes: int
    loading: tuple[str, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    kinds: Kinds | None = None
    recorded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Misfit:
    """Nodes or relationships that are not as this package writes them.

    what      how many there are, and what is done with them
    find      a statement that finds them; empty where there is nothing to find
    level     `error` where nothing is read or written until it is mended
    """

    what: str
    advice: str
    find: str = ""
    level: Level = "warning"

    @property
    def refused(self) -> bool:
        """Whether the store refuses to be read or written until it is mended."""
        return self.level == "error"

    def __str__(self) -> str:
        found = f" Find them: {self.find}" if self.find else ""
        return f"{self.what} {self.advice}{found}"


class GraphStore(Reads, Protocol):
    """A property graph of users, items and events, in a file or on a server.

    Every write is idempotent: done again, it changes nothing; broken off, it can
    be done again. Readers meanwhile see the state before, or after.
    """

    uri: str
    dialect: Dialect

    def load(self, tables: Tables, *, progress: Progress = SILENT) -> LoadSummary:
        """Add rows that the store lacks; update attributes of known users and items.

        Returns what was added, and what was already there.
        """
        ...

    def record(self, events: Given, *, create: bool = True) -> Recorded:
        """Write what was just done, all of it or nothing; the next request sees it.

        `events` is a mapping with `user` and `item`, a list of them, or a frame. An
        event may also say its `kind` (PURCHASED unless said), `time` (as `as_of` is
        read, with milliseconds; now unless said), `value` and an `id` of the caller's.
        It counts once by that id, and by user, item, kind, time and millisecond, and
        may come late. Users and items that are not there come into being. When this
        returns, the events are on the disk.

        Raises `DataError` for an event that cannot be used, `NotFoundError` for unknown
        users or items where not `create`.
        """
        ...

    def upsert_items(self, rows: Given) -> Upserted:
        """Write items that are not there, and what differs in those that are.

        A row has an `id`, and what it says of `title`, `price`, `stock` (how many, or
        whether there are any), `brand`, `categories` (ids, all of them) and `attributes`
        (a mapping). What it does not name stays; None takes it away. Categories and
        brands come into being. All of it or nothing; the next request sees it.

        Raises `DataError` for a row that cannot be used, or a value that does not fit to
        those that the store has in its place.
        """
        ...

    def upsert_users(self, rows: Given) -> Upserted:
        """The same for users: an `id`, and `attributes`."""
        ...

    def delete_events(self, events: Given) -> int:
        """Take events away, and return how many there were.

        They are named as for `record`: by the caller's id, or else by user, item, kind
        and time. Their ids can be used again.
        """
        ...

    def delete_items(self, ids: Ids) -> Deleted:
        """Take items away with all events, relationships and vectors of theirs.

        Unknown ids do no harm.
        """
        ...

    def forget_user(self, user: str | int) -> Forgotten:
        """Take a person away with all that the store has of them.

        Unknown ids do no harm. What was derived and trained does not tell whose events
        it came from; `derive` and training anew leave them out.
        """
        ...

    def item(self, item: str | int) -> dict[str, Any] | None:
        """An item in the shape of `upsert_items`; None where there is none."""
        ...

    def user(self, user: str | int) -> dict[str, Any] | None:
        """A user in the shape of `upsert_users`; None where there is none."""
        ...

    def items(
        self, after: str | int | None = None, limit: int = 100, q: str = ""
    ) -> Page:
        """Up to `limit` items in the order of their ids as text, those after `after`.

        q   a text in the title, in any case, or at the start of the id

        Raises `UsageError` for a limit that is not from 1 to 1,000.
        """
        ...

    def users(
        self, after: str | int | None = None, limit: int = 100, q: str = ""
    ) -> Page:
        """The same of users; `q` is the start of an id."""
        ...

    def record_shown(self, shown: Given) -> int:
        """Write what people were shown: (:User)-[:SHOWN]->(:Item), and how much it is.

        `shown` is a mapping, a list of them, or a frame: `answer` (its id), `user`,
        `item` and `place` (from 1), and where there are any `propensity` (1 unless
        said), `at` (now unless said), `experiment`, `group` and `blend`:
        `Recommendations.shown()` gives them. An item of an answer counts once. No event
        comes of it: neither export nor derivation nor training sees it.

        All of it or nothing, on the disk when this returns. Raises `DataError` for one
        that cannot be used, `NotFoundError` for users or items that are not there.
        """
        ...

    def shown(
        self, *, since: Moment = None, experiment: str | None = None
    ) -> pl.DataFrame:
        """What was shown from a moment on, in order of time.

        Columns are `graph.impressions.SHOWN_COLUMNS`. Where an event cited the answer
        (`record`, field `answer`), `takenAt` is the time of the first that did.
        """
        ...

    def count_shown(self) -> tuple[int, int | None]:
        """How much of it is kept, and when the first of it was shown."""
        ...

    def prune_shown(self, before: Moment) -> int:
        """Take away what was shown before a moment; how much that was."""
        ...

    def write_experiment(self, experiment: LiveExperiment) -> None:
        """Write the `(:Experiment)` node of an experiment, by its name."""
        ...

    def experiments(self) -> list[LiveExperiment]:
        """All experiments, the newest first."""
        ...

    def dataset(self) -> Dataset | None:
        """What the store holds; None where nothing has been loaded."""
        ...

    def set_kinds(self, kinds: Kinds | None) -> None:
        """Let the event kinds count like this from now on; None: by default.

        Requests go by it at once, what is derived from events after `derive`. Raises
        `NotFoundError` where the store holds no data set.
        """
        ...

    def misfits(self) -> list[Misfit]:
        """What others put into the graph that this package has to refuse or to mend."""
        ...

    def short_of(self) -> list[Misfit]:
        """What a server has too little memory for; in a file there is nothing."""
        ...

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
        """Arrays of the graph, or of the `hops`-neighbourhood of the `seeds` users.

        `kinds` are event kinds (default: those present), `relations` relationship
        types (default: the catalogue's; name CO_PURCHASED or FOLLOWED_BY to have
        the derived ones too), `items` properties of items to bring along, such as
        the title; one that no item has is a column of nulls. A single name or id
        stands for a list of one; ids may be numbers. `as_of` is a Unix second, a date
        (all of it) or a time, as `moments.until` reads it: later events are left out.

        Raises `SchemaError` for an unknown kind or relation, `NotFoundError` for an
        unknown seed, and `UsageError` for what cannot be understood, or where what is
        derived, and asked for, knows events after `as_of`.
        """
        ...

    def write_item_edges(
        self,
        kind: str,
        edges: pl.DataFrame,
        *,
        as_of: int | None,
        progress: Progress = SILENT,
    ) -> int:
        """Make these the relationships of a derived `kind`, by the smallest change.

        Only differences from the stored relationships are written. So a reader
        meanwhile sees old and new weights but never an empty graph, and a write that
        was broken off is completed by doing it again. `edges` has `src`, `dst` (item
        ids), `support` (int) and `weight` (float), for CO_PURCHASED also `lift`.
        Returns how many relationships of this kind the store now has.
        """
        ...

    def write_item_scores(self, scores: pl.DataFrame) -> None:
        """Set numeric item properties; `scores` has `id`, then a column a property."""
        ...

    def write_derived(
        self,
        scores: pl.DataFrame,
        edges: Mapping[str, Sequence[pl.LazyFrame]],
        *,
        as_of: int | None,
        writers: int = 1,
        progress: Progress = SILENT,
    ) -> Mapping[str, int]:
        """Make these all that is derived; broken off before the end, nothing is changed.

        `scores` and `edges` are as in the two methods above, the edges of a kind in
        parts, each with all relationships of its sources. On Neo4j `writers` work at
        once. There, more than a few changes become visible one after another; where
        that is broken off, the next derivation finishes it. Returns how many
        relationships of each kind the store now has.
        """
        ...

    def publish(
        self, vectors: Vectors, *, keep: int = 2, progress: Progress = SILENT
    ) -> ModelVersion:
        """Write a new version beside the live one, then make it live in one step.

        Vectors of users or items that the store lacks are left out, and counted in
        `ModelVersion.left_out`. Raises `DataError` where it has none of the users, or
        none of the items: nothing is changed then.
        """
        ...

    def publish_weights(
        self,
        card: ModelCard,
        weights: Mapping[str, float],
        learned_with: Mapping[str, str] | None = None,
    ) -> ModelVersion:
        """Make these blend weights the live version of `(:Model {kind: 'blend'})`.

        `learned_with` says for which version of each part they were learned, such as
        `{"gnn": "gat_v3"}`; None: for what serves now. While another version serves
        one of these parts they are `stale`, and the default weights are used.
        """
        ...

    def models(self) -> list[ModelVersion]:
        """All versions, newest first within each name."""
        ...

    def rollback(self, name: str) -> ModelVersion:
        """Make the version before the live one live again, and return it."""
        ...

    def use(self, name: str, version: int | None = None) -> ModelVersion:
        """Let a version of a model serve its part, and return it.

        `version` None means the live one, or the newest where none is live. Of a
        name one version is live, and of several live encoders of a part one serves.
        """
        ...

    def retire(self, name: str) -> ModelVersion:
        """Take a model out of serving, without deleting it, and return its version.

        Where another encoder of its part is live, that one serves. `use` brings it
        back. Raises `NotFoundError` where no version of this name is live.
        """
        ...

    def vectors(self, name: str, version: int | None = None) -> Vectors:
        """The published vectors of the live (or the named) version."""
        ...

    def one_state(self) -> AbstractContextManager[None]:
        """A context in which this thread reads one state, whoever writes meanwhile.

        Only the embedded store promises this. On Neo4j each statement reads its own
        state.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """A context whose writes become one step: all of them, or none.

        Only the embedded store promises this. On Neo4j each write is a step of its own,
        and writes that were broken off are completed by doing all of them again.
        """
        ...

    def close(self) -> None:
        """Close the file or the connection."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
