"""What every split of known users does: keep a part to train on, ask for the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import scipy.sparse as sp

from basketweave.errors import DataError
from basketweave.evaluation.splits.matrices import ones, users_of
from basketweave.evaluation.splits.split import Split
from basketweave.graph.known import Known
from basketweave.graph.schema import ITEM
from basketweave.graph.subgraph import BoolArray, Events, IntArray, Subgraph


def events_of(subgraph: Subgraph, kind: str) -> Events:
    """The events of a kind; raises `DataError` where there are none."""
    if kind in subgraph.events and len(subgraph.events[kind]):
        return subgraph.events[kind]
    raise DataError(
        f"There are no {kind} events to split. Load some, or choose another `kind` "
        f"from {', '.join(subgraph.events) or 'none'}."
    )


def kept(subgraph: Subgraph, keep: Callable[[str, Events], BoolArray]) -> Subgraph:
    """The subgraph with the events that `keep` says, and no item-item edges.

    Item-item relationships were derived from all events, so they would leak.
    """
    events = {kind: e.where(keep(kind, e)) for kind, e in subgraph.events.items()}
    edges = {r: e for r, e in subgraph.edges.items() if (r[0], r[2]) != (ITEM, ITEM)}
    return replace(subgraph, events=events, edges=edges)


def from_test(
    name: str,
    train: Subgraph,
    truth: sp.csr_array,
    *,
    known: Known,
    kind: str,
    cold: bool = False,
) -> Split:
    """A split from a training part and the whole test matrix (U, I).

    With `cold`, users and items without any event in train take part as well. What
    somebody had is what is known to them, by whichever kind of event.
    """
    events_of(train, kind)
    had, seen = met(train, kind), _known(train, kind)
    asks = np.diff(truth.indptr) > 0
    users = np.flatnonzero(asks if cold else asks & (np.diff(had.indptr) > 0))
    return Split(
        name=name,
        train=train,
        users=users.astype(np.int64),
        truth=ones(truth)[users],
        seen=seen[users],
        offered=(users_of(had) > 0) | cold,
        known=known,
        kind=kind,
    )


def met(train: Subgraph, kind: str) -> sp.csr_array:
    """(U, I): 1 for each item with which a user has an event that counts.

    The kind that is predicted counts, whatever is set.
    """
    counted = [k for k, weight in train.counts.weights.items() if weight > 0]
    return _had(train, {kind, *counted})


def _known(train: Subgraph, kind: str) -> sp.csr_array:
    return _had(train, {kind, *train.counts.known})


def _had(train: Subgraph, kinds: set[str]) -> sp.csr_array:
    there = [k for k in kinds if len(train.events.get(k, ()))]
    matrices = [train.interactions(kind) for kind in there]
    return ones(sp.csr_array(sum(matrices[1:], matrices[0])))


def positions(ids: pl.Series, wanted: pl.Series) -> IntArray:
    """The position of each wanted id among `ids`; -1 for one that is not there."""
    table = pl.DataFrame({"id": ids}).with_row_index("position")
    found = wanted.cast(pl.String).rename("id").to_frame()
    joined = found.join(table, on="id", how="left", maintain_order="left")
    return joined["position"].cast(pl.Int64).fill_null(-1).to_numpy()
