"""Relationships by their target node, and neighbourhoods sampled from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from basketweave.graph.schema import Relation
from basketweave.graph.subgraph import FloatArray, IntArray


@dataclass(frozen=True)
class Incoming:
    """Relationships of one type: target t receives from source[ptr[t]:ptr[t + 1]].

    ptr (T + 1,), source (E,), attr (E, k): what each relationship carries
    """

    ptr: Tensor
    source: Tensor
    attr: Tensor

    @classmethod
    def of(
        cls, source: IntArray, target: IntArray, n_targets: int, attr: FloatArray
    ) -> Incoming:
        """`Incoming` made of edge arrays (E,) in any order, and attributes (E, k)."""
        order = np.argsort(target, kind="stable")
        ptr = np.r_[0, np.bincount(target, minlength=n_targets).cumsum()]
        return cls(
            torch.from_numpy(ptr.astype(np.int64)),
            torch.from_numpy(source[order]),
            torch.from_numpy(np.ascontiguousarray(attr[order], np.float32)),
        )

    def to(self, device: torch.device) -> Incoming:
        """The same relationships on `device`."""
        return Incoming(
            self.ptr.to(device), self.source.to(device), self.attr.to(device)
        )

    def __len__(self) -> int:
        return len(self.source)

    def followed_by(self, others: Incoming) -> Incoming:
        """The same, with further targets behind these."""
        return Incoming(
            torch.cat([self.ptr, others.ptr[1:] + len(self)]),
            torch.cat([self.source, others.source]),
            torch.cat([self.attr, others.attr]),
        )

    def sample(self, targets: Tensor, fan_out: int | None) -> tuple[Tensor, Tensor]:
        """At most `fan_out` relationships of each target, none of them twice.

        A node with more of them gives one out of each of `fan_out` equal strata.
        Returns which target (a position in `targets`) and which relationship.
        """
        start = self.ptr[targets]
        degree = self.ptr[targets + 1] - start
        n = degree if fan_out is None else degree.clamp(max=fan_out)
        row = torch.repeat_interleave(n)
        nth = torch.arange(len(row), device=row.device) - (n.cumsum(0) - n)[row]
        if fan_out is not None:
            stride = (degree / n.clamp(min=1)).double()[row]
            within = torch.rand(len(row), dtype=torch.float64, device=row.device)
            nth = torch.where(stride > 1, ((nth + within) * stride).long(), nth)
        return row, start[row] + nth


@dataclass(frozen=True)
class Block:
    """A piece of the graph around some seeds, with positions of its own.

    nodes   node type -> positions in the whole graph (n,), the seeds first
    edges   relation -> (2, E) positions in `nodes`: source, target
    attrs   relation -> (E, k)
    """

    nodes: Mapping[str, Tensor]
    edges: Mapping[Relation, Tensor]
    attrs: Mapping[Relation, Tensor] = field(default_factory=dict)


def neighbourhood(
    incoming: Mapping[Relation, Incoming],
    sizes: Mapping[str, int],
    seeds: Mapping[str, Tensor],
    fan_outs: Sequence[int | None],
) -> Block:
    """The block of all nodes that can reach a seed in `len(fan_outs)` steps.

    Hamilton et al. (2017), "Inductive representation learning on large graphs",
    algorithm 2, for several node types; a node is expanded once, where it first
    appears, as PyG's NeighborLoader does it.
    """
    device = next(iter(seeds.values())).device
    place = {
        t: torch.full((n,), -1, dtype=torch.long, device=device)
        for t, n in sizes.items()
    }
    nodes = {t: torch.zeros(0, dtype=torch.long, device=device) for t in sizes}
    found: dict[Relation, list[tuple[Tensor, Tensor, Tensor]]] = {
        relation: [] for relation in incoming
    }
    frontier = {t: _add(nodes, place, t, seed) for t, seed in seeds.items()}
    for fan_out in fan_outs:
        reached: dict[str, list[Tensor]] = {t: [] for t in sizes}
        for relation, edges in incoming.items():
            targets = frontier.get(relation[2])
            if targets is None or not len(targets):
                continue
            row, edge = edges.sample(targets, fan_out)
            source = edges.source[edge]
            found[relation].append((source, targets[row], edges.attr[edge]))
            reached[relation[0]].append(source)
        frontier = {
            t: _add(nodes, place, t, torch.cat(many).unique())
            for t, many in reached.items()
            if many
        }
    return _block(incoming, nodes, place, found)


def _add(
    nodes: dict[str, Tensor], place: Mapping[str, Tensor], label: str, ids: Tensor
) -> Tensor:
    """Append those of the distinct `ids` that are not there yet; returns them."""
    fresh = ids[place[label][ids] < 0]
    first = len(nodes[label])
    place[label][fresh] = torch.arange(first, first + len(fresh), device=ids.device)
    nodes[label] = torch.cat([nodes[label], fresh])
    return fresh


def _block(
    incoming: Mapping[Relation, Incoming],
    nodes: Mapping[str, Tensor],
    place: Mapping[str, Tensor],
    found: Mapping[Relation, list[tuple[Tensor, Tensor, Tensor]]],
) -> Block:
    edges, attrs = {}, {}
    for relation, parts in found.items():
        if not parts:
            none = incoming[relation].source[:0]
            parts = [(none, none, incoming[relation].attr[:0])]
        source, target, attr = (torch.cat(part) for part in zip(*parts, strict=True))
        sources, targets = place[relation[0]], place[relation[2]]
        edges[relation] = torch.stack([sources[source], targets[target]])
        attrs[relation] = attr
    return Block(nodes, edges, attrs)
