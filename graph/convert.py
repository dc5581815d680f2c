"""A `Subgraph` in other libraries' forms: PyG, DGL, networkx and Arrow.

All start from `relations`, one typed edge list after another, so that another form
is one more function beside `to_pyg`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from basketweave.errors import UsageError
from basketweave.graph.schema import ITEM, USER, Relation
from basketweave.graph.subgraph import Edges, Events, IntArray, Subgraph

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa
    from torch_geometric.data import HeteroData

_EVENT = ("user", "item", "time", "value")
_FINER = ("millis", "arrival")


def pairs(events: Events) -> Edges:
    """Events as one edge a (user, item), in that order.

    Columns: `count`, `first_at`, `last_at`, and `value`, the mean of those known
    (NaN where none is).
    """
    frame = pl.DataFrame({name: getattr(events, name) for name in _EVENT})
    stars = pl.col("value").fill_nan(None)
    found = (
        frame.group_by("user", "item")
        .agg(
            count=pl.len().cast(pl.Int64),
            first_at=pl.col("time").min(),
            last_at=pl.col("time").max(),
            value=stars.mean().fill_null(float("nan")),
        )
        .sort("user", "item")
    )
    index = np.stack([found["user"].to_numpy(), found["item"].to_numpy()])
    return Edges(index, {c: found[c].to_numpy() for c in found.columns[2:]})


def relations(graph: Subgraph) -> Iterator[tuple[Relation, Edges]]:
    """Every typed edge list: events as `pairs`, then the other relations."""
    for kind, events in graph.events.items():
        yield (USER, kind, ITEM), pairs(events)
    yield from graph.edges.items()


def to_pyg(graph: Subgraph) -> HeteroData:
    """PyG `HeteroData`: `num_nodes` for each node type, `edge_index` and columns.

    data["User", "PURCHASED", "Item"].edge_index   (2, E) int64
    data["User", "PURCHASED", "Item"].count        (E,), and the other columns

    Nodes have no `x`: most models learn one vector a node.
    """
    import torch
    from torch_geometric.data import HeteroData

    data = HeteroData()
    for label in graph.ids:
        data[label].num_nodes = graph.n(label)
    for relation, edges in relations(graph):
        store = data[relation]
        store.edge_index = torch.from_numpy(np.ascontiguousarray(edges.index))
        for name, column in edges.columns.items():
            store[name] = torch.tensor(column)
    return data


def to_dgl(graph: Subgraph) -> Any:
    """A `dgl.DGLGraph` with several node and edge types, columns as edge data.

    graph.edges("User", "PURCHASED", "Item")        two (E,) int64
    graph.edges["User", "PURCHASED", "Item"].data   "count": (E,), and the other columns

    Raises `UsageError` where DGL is not installed.
    """
    import torch

    lists = dict(relations(graph))
    ends = {
        relation: tuple(torch.from_numpy(np.ascontiguousarray(edges.index)))
        for relation, edges in lists.items()
    }
    sizes = {label: graph.n(label) for label in graph.ids}
    out = dgl().heterograph(ends, num_nodes_dict=sizes)
    for relation, edges in lists.items():
        for name, column in edges.columns.items():
            out.edges[relation].data[name] = torch.tensor(column)
    return out


def dgl() -> Any:
    """The library DGL, an extra that is imported only where it is asked for.

    Raises `UsageError` where it is not installed.
    """
    # Unasked, DGL writes which backend it found into a file in the home folder.
    os.environ.setdefault("DGLBACKEND", "pytorch")
    try:
        return import_module("dgl")
    except ImportError as error:
        raise UsageError(
            f"DGL cannot be imported ({error}). Install it with Python 3.11: "
            "pip install 'basketweave[dgl]'. Or go without: to_pyg(), backend='pyg'."
        ) from error


def to_networkx(graph: Subgraph) -> nx.MultiDiGraph[Any]:
    """A networkx multigraph of (type, id) nodes, each edge's key its type.

    Events come as one edge a pair, with `count`, `first_at`, `last_at`, `value`.
    """
    import networkx as nx

    out: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    nodes = {label: [(label, id_) for id_ in ids] for label, ids in graph.ids.items()}
    for of_type in nodes.values():
        out.add_nodes_from(of_type)
    for (source, kind, target), edges in relations(graph):
        columns = pl.DataFrame(dict(edges.columns)).iter_rows(named=True)
        rows = columns if edges.columns else repeat({})
        for left, right, row in zip(*edges.index.tolist(), rows, strict=False):
            ends = nodes[source][left], nodes[target][right]
            out.add_edge(*ends, key=kind, **row)
    return out


def to_arrow(graph: Subgraph) -> dict[str, pa.Table]:
    """One Arrow table for each node type, event kind and relation.

    User                     id
    PURCHASED                user, item (positions), time, value: one row an event;
                             millis, arrival where they say anything
    Item-IN_CATEGORY-Category   src, dst (positions), and the relation's columns
    """
    frames = {label: pl.DataFrame({"id": ids}) for label, ids in graph.ids.items()}
    for kind, events in graph.events.items():
        columns = {name: getattr(events, name) for name in (*_EVENT, *_FINER)}
        frames[kind] = pl.DataFrame({n: c for n, c in columns.items() if c is not None})
    for relation, edges in graph.edges.items():
        src, dst = edges.index
        frames["-".join(relation)] = pl.DataFrame(
            {"src": src, "dst": dst, **edges.columns}
        )
    bound = {"as_of": "" if graph.as_of is None else str(graph.as_of)}
    return {
        name: frame.to_arrow().replace_schema_metadata(bound)
        for name, frame in frames.items()
    }


def from_arrow(tables: Mapping[str, pa.Table]) -> Subgraph:
    """The subgraph that `to_arrow` made these tables of."""
    ids: dict[str, pl.Series] = {}
    events: dict[str, Events] = {}
    edges: dict[Relation, Edges] = {}
    as_of = None
    for name, table in tables.items():
        as_of = _bound(table)
        frame = pl.DataFrame(table)
        if "id" in frame.columns:
            ids[name] = frame["id"]
        elif "-" in name:
            source, kind, target = name.split("-")
            edges[source, kind, target] = _edges(frame)
        else:
            events[name] = Events(**{c: frame[c].to_numpy() for c in frame.columns})
    return Subgraph(ids, events, edges, as_of)


def _edges(frame: pl.DataFrame) -> Edges:
    arrays: dict[str, npt.NDArray[Any]] = {
        c: frame[c].to_numpy() for c in frame.columns
    }
    index: IntArray = np.stack([arrays.pop("src"), arrays.pop("dst")])
    return Edges(index, arrays)


def _bound(table: pa.Table) -> int | None:
    said = (table.schema.metadata or {}).get(b"as_of", b"")
    return int(said) if said else None
