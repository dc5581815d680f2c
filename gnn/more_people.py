"""A graph with further people, of whom it did not know when it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from basketweave.gnn.hetero_graph import HeteroGraph, strongest
from basketweave.gnn.neighbours import Incoming
from basketweave.graph.interactions import Interactions
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.vectors import unit


def with_people(
    graph: HeteroGraph, pairs: Interactions, kind: str, half_life: float, history: int
) -> HeteroGraph:
    """The graph with the people of `pairs` behind its own.

    They receive from what they bought and send nothing: items stay what they are. Their
    tastes are those of the graph's directions, U = R' V / S, up to rounding what the
    graph has for its own people.
    """
    device = graph.fold.device
    bought = np.log1p(pairs.count).astype(np.float32)
    fresh = pairs.fresh(half_life)
    keep = strongest(pairs.user, fresh, history)
    attr = np.stack([bought, fresh], axis=1)[keep]
    n = pairs.shape[0]
    own = Incoming.of(pairs.item[keep], pairs.user[keep], n, attr).to(device)
    tastes = unit(pairs.matrix(bought) @ graph.fold.cpu().numpy())
    back = (ITEM, f"rev_{kind}", USER)

    def behind(some: Tensor, others: Tensor) -> Tensor:
        return torch.cat([some, others.to(device)])

    return replace(
        graph,
        sizes={**graph.sizes, USER: graph.sizes[USER] + n},
        rows={**graph.rows, USER: behind(graph.rows[USER], torch.zeros(n).long())},
        incoming={**graph.incoming, back: graph.incoming[back].followed_by(own)},
        tastes={
            **graph.tastes,
            USER: behind(graph.tastes[USER], torch.from_numpy(tastes)),
        },
    )
