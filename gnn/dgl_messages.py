"""The messages of `HeteroGCN` and `HeteroGAT` by DGL, with the weights PyG's layers hold.

    HeteroGATConfig(backend="dgl")        # pip install 'basketweave[dgl]'

A model file is the same for both: `backend` says who computes, not what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional as F
from torch_geometric.nn import GATConv, GraphConv, HeteroConv

from basketweave.gnn.neighbours import Block
from basketweave.graph.convert import dgl
from basketweave.graph.schema import Relation


def carried(
    layers: HeteroConv,
    states: Mapping[str, Tensor],
    block: Block,
    carries: Mapping[Relation, Tensor],
) -> dict[str, Tensor]:
    """What arrives at each node type that a relation ends in, (n, hidden).

    carries   relation -> a weight (E,) for the GCN, attributes (E, k) for the GAT
    """
    graph = _heterograph(block)
    out: dict[str, Tensor] = {}
    for relation, layer in layers.convs.items():
        source, _, target = relation
        deliver = _attended if isinstance(layer, GATConv) else _summed
        message = deliver(
            graph[relation],
            layer,
            states[source],
            states[target],
            carries.get(relation),
        )
        out[target] = out[target] + message if target in out else message
    return out


def _heterograph(block: Block) -> Any:
    edges = {relation: tuple(index) for relation, index in block.edges.items()}
    sizes = {label: len(nodes) for label, nodes in block.nodes.items()}
    return dgl().heterograph(edges, num_nodes_dict=sizes)


def _summed(
    graph: Any, layer: GraphConv, source: Tensor, target: Tensor, weight: Tensor | None
) -> Tensor:
    """x_i' = W₁ x_i + W₂ Σ_j e_ji x_j, as PyG's GraphConv."""
    fn = dgl().function
    graph.srcdata["x"], graph.edata["w"] = source, weight
    graph.update_all(fn.u_mul_e("x", "w", "m"), fn.sum("m", "sum"))
    out: Tensor = layer.lin_rel(graph.dstdata["sum"]) + layer.lin_root(target)
    return out


def _attended(
    graph: Any, layer: GATConv, source: Tensor, target: Tensor, attr: Tensor | None
) -> Tensor:
    """x_i' = Σ_j softmax_j(leaky(a·W x_i + b·W x_j + c·V e_ji)) W x_j, as GATConv."""
    fn, shape = dgl().function, (-1, layer.heads, layer.out_channels)
    x = layer.lin_src(source).view(shape)
    y = layer.lin_dst(target).view(shape)
    # One node type may be both ends: other names for what a source and a target hold.
    graph.srcdata["x"] = x
    graph.srcdata["from"] = (x * layer.att_src).sum(dim=-1, keepdim=True)
    graph.dstdata["to"] = (y * layer.att_dst).sum(dim=-1, keepdim=True)
    graph.apply_edges(fn.u_add_v("from", "to", "logit"))
    logit = graph.edata["logit"]
    if attr is not None:
        edge = layer.lin_edge(attr).view(shape)
        logit = logit + (edge * layer.att_edge).sum(dim=-1, keepdim=True)
    logit = F.leaky_relu(logit, layer.negative_slope)
    graph.edata["share"] = dgl().ops.edge_softmax(graph, logit)
    graph.update_all(fn.u_mul_e("x", "share", "m"), fn.sum("m", "sum"))
    out: Tensor = graph.dstdata["sum"].flatten(1) + layer.bias
    return out
