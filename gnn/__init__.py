"""Graph encoders: from a `Subgraph` to one unit vector per user and per item.

    trained = train(subgraph, HeteroGATConfig(), validation=split, seed=7)
    store.publish(trained.vectors)

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basketweave.gnn.checkpoint import load_encoder, save_encoder
    from basketweave.gnn.encoder import Encoder, EncoderConfig
    from basketweave.gnn.gram_filter import GramFilter, GramFilterConfig
    from basketweave.gnn.graph_filter import GraphFilter, GraphFilterConfig
    from basketweave.gnn.hetero import HeteroGATConfig, HeteroGCNConfig, HeteroGNN
    from basketweave.gnn.inductive import ball, vector_of_history, with_items
    from basketweave.gnn.learner import Learner, TrainingConfig
    from basketweave.gnn.light_gcn import LightGCN, LightGCNConfig
    from basketweave.gnn.trained import Trained
    from basketweave.gnn.training import train
    from basketweave.gnn.xsimgcl import XSimGCL, XSimGCLConfig

_HOMES = {
    "Encoder": "encoder",
    "EncoderConfig": "encoder",
    "GramFilter": "gram_filter",
    "GramFilterConfig": "gram_filter",
    "GraphFilter": "graph_filter",
    "GraphFilterConfig": "graph_filter",
    "HeteroGATConfig": "hetero",
    "HeteroGCNConfig": "hetero",
    "HeteroGNN": "hetero",
    "Learner": "learner",
    "LightGCN": "light_gcn",
    "LightGCNConfig": "light_gcn",
    "Trained": "trained",
    "TrainingConfig": "learner",
    "XSimGCL": "xsimgcl",
    "XSimGCLConfig": "xsimgcl",
    "ball": "inductive",
    "load_encoder": "checkpoint",
    "save_encoder": "checkpoint",
    "train": "training",
    "vector_of_history": "inductive",
    "with_items": "inductive",
}

__all__ = [
    "Encoder",
    "EncoderConfig",
    "GramFilter",
    "GramFilterConfig",
    "GraphFilter",
    "GraphFilterConfig",
    "HeteroGATConfig",
    "HeteroGCNConfig",
    "HeteroGNN",
    "Learner",
    "LightGCN",
    "LightGCNConfig",
    "Trained",
    "TrainingConfig",
    "XSimGCL",
    "XSimGCLConfig",
    "ball",
    "load_encoder",
    "save_encoder",
    "train",
    "vector_of_history",
    "with_items",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'basketweave.gnn' has no attribute {name!r}")
    return getattr(import_module(f"basketweave.gnn.{_HOMES[name]}"), name)
