"""Graph encoders: from a `Subgraph` to one unit vector per user and per item.

    trained = train(subgraph, HeteroGATConfig(), validation=split, seed=7)
    store.publish(trained.vectors)

Names are loaded when first used, so that importing this package loads no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily

if TYPE_CHECKING:
    from basketweave.gnn.graph_filter import GraphFilter, GraphFilterConfig
    from basketweave.gnn.hetero import HeteroGATConfig, HeteroGCNConfig, HeteroGNN
    from basketweave.gnn.light_gcn import LightGCN, LightGCNConfig
    from basketweave.gnn.new_items import with_items
    from basketweave.gnn.xsimgcl import XSimGCL, XSimGCLConfig

__all__ = [
    "GraphFilter",
    "GraphFilterConfig",
    "HeteroGATConfig",
    "HeteroGCNConfig",
    "HeteroGNN",
    "LightGCN",
    "LightGCNConfig",
    "XSimGCL",
    "XSimGCLConfig",
    "with_items",
]

__getattr__ = lazily(
    __name__,
    {
        "GraphFilter": "graph_filter",
        "GraphFilterConfig": "graph_filter",
        "HeteroGATConfig": "hetero",
        "HeteroGCNConfig": "hetero",
        "HeteroGNN": "hetero",
        "LightGCN": "light_gcn",
        "LightGCNConfig": "light_gcn",
        "XSimGCL": "xsimgcl",
        "XSimGCLConfig": "xsimgcl",
        "with_items": "new_items",
    },
)
