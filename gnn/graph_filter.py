"""`GraphFilter`: vectors out of the graph's spectrum, without training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from basketweave.errors import TrainingError
from basketweave.gnn.spectrum import spectrum
from basketweave.graph.interactions import interactions
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.training.encoder import Encoder, EncoderConfig, Vocabulary


class GraphFilterConfig(EncoderConfig):
    """How the purchase graph is filtered."""

    model: ClassVar[str] = "GraphFilter"
    name: str = "filter"
    user_power: float = Field(0.5, ge=0)
    """Power of a user's degree in R' = D_u^-user_power R D_i^-item_power."""
    item_power: float = Field(0.5, ge=0)
    """Power of an item's degree there."""
    counts: bool = False
    """Whether R holds log(1 + times bought), or ones."""
    shrink: float = Field(0, ge=0)
    """The filter is s² / (s² + shrink · mean squared row length of R'): 0 is the ideal
    low-pass filter, more trusts the leading directions more."""
    half_life: float | None = Field(None, gt=0)
    """An item is the sum of its buyers, each counting .5^(days since they last bought
    it / half_life); None: as much as in D_u^-½ R."""

    def restore(self, ids: Vocabulary) -> GraphFilter:
        return GraphFilter(self)


class GraphFilter(Encoder):
    """A low-pass filter of the user-item graph, as one vector a node.

    With R' ≈ U S Vᵀ, a user is U g(S) and an item Uᵀ Y, where Y are purchases. For
    g = 1 and Y = D_u^-½ R this is the spectral part of GF-CF, r D_i^-½ V Vᵀ D_i^½,
    up to a factor for each user. Shen et al. (2021), "How powerful is graph
    convolution for recommendation?", eq. 15. Item norms matter, so keep `norms`.
    """

    def __init__(self, config: GraphFilterConfig) -> None:
        self.config: GraphFilterConfig = config

    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        given = self.config
        pairs = interactions(subgraph, given.kind)
        if not len(pairs):
            raise TrainingError(
                f"There are no {given.kind} events to learn from. Load some, or let "
                "as_of end later."
            )
        values = (
            np.log1p(pairs.count) if given.counts else np.ones(len(pairs))
        ).astype(np.float32)
        powers = given.user_power, given.item_power
        found = spectrum(pairs, values, given.width, *powers)
        if given.half_life is None:
            total = pairs.matrix(values).sum(axis=1)
            scale = np.maximum(total, 1e-9)[pairs.user] ** -given.user_power
            bought = (values * scale).astype(np.float32)
        else:
            bought = pairs.fresh(given.half_life)
        items: FloatArray = pairs.matrix(bought).T @ found.users
        return found.users * found.gain(given.shrink), items
