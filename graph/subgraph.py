"""`Subgraph`: an export of the graph as typed arrays, on which every model trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp

from basketweave.errors import DataError
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.schema import ITEM, PURCHASED, USER, Relation

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa
    from torch_geometric.data import HeteroData

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Events:
    """Events of one kind, one row an event: by user, then time, then as they came.

    user, item (E,)   positions in the subgraph's ids
    time (E,)         Unix seconds (or positions where only an order is known)
    value (E,)        stars, quantity; NaN where the source has none
    millis (E,)       milliseconds within the second; None where all are 0
    arrival (E,)      tells the order of a user's events of one time, also of several
                      kinds: the smaller came first; None where all are 0
    weight (E,)       how much each event counts; None where all count the same
    known (E,)        whether it makes its item known; None where all do
    """

    user: IntArray
    item: IntArray
    time: IntArray
    value: FloatArray
    millis: IntArray | None = None
    arrival: IntArray | None = None
    weight: FloatArray | None = None
    known: BoolArray | None = None

    def __len__(self) -> int:
        return len(self.user)

    @property
    def counted(self) -> Events:
        """The events that count for something."""
        return self if self.weight is None else self.where(self.weight > 0)

    @property
    def strongest(self) -> Events:
        """Those that count most: what people bought, not what they only looked at."""
        if self.weight is None:
            return self
        return self.where(self.weight == self.weight.max(initial=0))

    def where(self, keep: npt.NDArray[np.bool_]) -> Events:
        """The events at which `keep` (E,) is true, in the same order."""
        return self.taken(np.flatnonzero(keep))

    def taken(self, rows: IntArray) -> Events:
        """The events at these positions, in the order of the positions."""
        return Events(
            self.user[rows],
            self.item[rows],
            self.time[rows],
            self.value[rows],
            None if self.millis is None else self.millis[rows],
            None if self.arrival is None else self.arrival[rows],
            None if self.weight is None else self.weight[rows],
            None if self.known is None else self.known[rows],
        )


@dataclass(frozen=True)
class Edges:
    """Relationships of one type: `index` (2, E) positions, and named columns (E,)."""

    index: IntArray
    columns: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.index.shape[1])


@dataclass(frozen=True)
class Subgraph:
    """A typed piece of the graph, bounded in time so that nothing later leaks.

    ids      node type -> ids as strings; a node's position is its index
    events   event kind -> `Events` (not after `as_of`)
    edges    (source, type, target) -> `Edges`: the catalogue's IN_CATEGORY,
             SUBCATEGORY_OF and MADE_BY, and the derived item-item ones if asked for
    as_of    the last Unix second that events may have; None: no bound
    items    item properties, such as the title, that were asked for: a frame with
             `id`, then a column each; for models that read what items are
    kinds    how the store's event kinds count; None: by default
    """

    ids: Mapping[str, pl.Series]
    events: Mapping[str, Events]
    edges: Mapping[Relation, Edges] = field(default_factory=dict)
    as_of: int | None = None
    items: pl.DataFrame | None = None
    kinds: Kinds | None = None

    @cached_property
    def counts(self) -> Kinds:
        """How events of each kind count."""
        return counting(self.kinds, [k for k, e in self.events.items() if len(e)])

    def n(self, node_type: str) -> int:
        """How many nodes of this type there are (0 where the type is absent)."""
        return len(self.ids[node_type]) if node_type in self.ids else 0

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(users, items): the shape of every user-item matrix."""
        return self.n(USER), self.n(ITEM)

    def until(self, as_of: int) -> Subgraph:
        """The same subgraph as it stood at `as_of`.

        Item-item relationships are left out: they were derived from all events, so
        they would leak. Derive them again from the result.
        """
        events = {kind: e.where(e.time <= as_of) for kind, e in self.events.items()}
        edges = {r: e for r, e in self.edges.items() if (r[0], r[2]) != (ITEM, ITEM)}
        return replace(self, events=events, edges=edges, as_of=as_of)

    def described(self, properties: pl.DataFrame) -> Subgraph:
        """The same subgraph with these item properties: `id`, then a column for each.

        Its rows are put in the order of the item ids; an item without a row has nulls.
        """
        ids = self.ids[ITEM].rename("id").cast(pl.String).to_frame()
        items = ids.join(properties, on="id", how="left", maintain_order="left")
        return replace(self, items=items)

    def all_events(self, counts: Kinds | None = None) -> Events:
        """The events of all kinds as one: by user, then time, then as they came.

        Each event counts as `counts` says, by default as the data set does. Raises
        `DataError` where there is none.
        """
        counts = counts or self.counts
        kinds = {kind: e for kind, e in self.events.items() if len(e)}
        if not kinds:
            raise DataError("There are no events. Load some first: basketweave load …")
        if not counts.alike(kinds):
            kinds = {kind: _as_counted(e, kind, counts) for kind, e in kinds.items()}
        if len(kinds) == 1:
            return next(iter(kinds.values()))
        every = joined(list(kinds.values()))
        finer = (c for c in (every.arrival, every.millis) if c is not None)
        return every.taken(np.lexsort((*finer, every.time, every.user)))

    def interactions(
        self, kind: str = PURCHASED, weight: npt.NDArray[np.floating] | None = None
    ) -> sp.csr_array:
        """User-item matrix (U, I) float32: event counts, or summed `weight` (E,)."""
        e = self.events[kind]
        data = np.ones(len(e), np.float32) if weight is None else weight
        matrix = sp.coo_array((data, (e.user, e.item)), shape=self.shape).tocsr()
        matrix.sum_duplicates()
        return matrix.astype(np.float32)

    def to_pyg(self) -> HeteroData:
        """PyG `HeteroData`: node counts, `edge_index`, `time` and columns."""
        from basketweave.graph.convert import to_pyg

        return to_pyg(self)

    def to_dgl(self) -> Any:
        """A DGL heterograph: node counts, edges and their columns."""
        from basketweave.graph.convert import to_dgl

        return to_dgl(self)

    def to_networkx(self) -> nx.MultiDiGraph[tuple[str, str]]:
        """A networkx multigraph whose nodes are (type, id) pairs."""
        from basketweave.graph.convert import to_networkx

        return to_networkx(self)

    def to_arrow(self) -> dict[str, pa.Table]:
        """One Arrow table for each node type, event kind and relation."""
        from basketweave.graph.convert import to_arrow

        return to_arrow(self)


def joined(parts: Sequence[Events]) -> Events:
    """All events of the parts (one or more), one part after the other."""
    user, item, time, value = (
        np.concatenate([getattr(e, name) for e in parts])
        for name in ("user", "item", "time", "value")
    )
    millis, arrival = (_filled(parts, name) for name in ("millis", "arrival"))
    weights = [e.weight for e in parts if e.weight is not None]
    known = [e.known for e in parts if e.known is not None]
    return Events(
        user,
        item,
        time,
        value,
        millis,
        arrival,
        np.concatenate(weights) if weights else None,
        np.concatenate(known) if known else None,
    )


def _as_counted(events: Events, kind: str, counts: Kinds) -> Events:
    n = len(events)
    weight = np.full(n, counts.weights[kind], np.float32)
    return replace(events, weight=weight, known=np.full(n, kind in counts.known))


def _filled(parts: Sequence[Events], name: str) -> IntArray | None:
    columns: list[IntArray | None] = [getattr(e, name) for e in parts]
    if all(column is None for column in columns):
        return None
    filled = [
        np.zeros(len(e), np.int64) if column is None else column
        for e, column in zip(parts, columns, strict=True)
    ]
    return np.concatenate(filled)
