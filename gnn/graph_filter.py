"""`GraphFilter`: vectors out of the graph's spectrum, without training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field
from sklearn.utils.extmath import randomized_svd

from basketweave.gnn.encoder import Encoder, EncoderConfig, Vocabulary
from basketweave.gnn.purchases import Log, Pairs
from basketweave.graph.subgraph import FloatArray, Subgraph


class GraphFilterConfig(EncoderConfig):
    """How the purchase graph is filtered.

    user_power, item_power   R' = D_u^-user_power R D_i^-item_power
    counts      R holds log(1 + times bought), or ones
    shrink      the filter is s² / (s² + shrink · mean squared row length): 0 is
                the ideal low-pass filter, more trusts the leading directions more
    half_life   an item is the sum of its buyers, each counting .5^(days since
                they last bought it / half_life); None: as often as in R'
    """

    model: ClassVar[str] = "GraphFilter"
    name: str = "filter"
    user_power: float = Field(0.5, ge=0)
    item_power: float = Field(0.5, ge=0)
    counts: bool = False
    shrink: float = Field(0, ge=0)
    half_life: float | None = Field(None, gt=0)

    def restore(self, known: Vocabulary) -> GraphFilter:
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
        log = Log.of(subgraph, given.kind)
        pairs = log.pairs(half_life=1, until=subgraph.as_of)
        values, normalised = normalised_values(pairs, given)
        matrix = pairs.matrix(normalised)
        rank = min(given.width, min(matrix.shape))
        u, s, _ = randomized_svd(matrix, rank, n_iter=4, random_state=0)
        mean = float((normalised**2).sum()) / max(matrix.shape[0], 1)
        gain = s**2 / np.maximum(s**2 + given.shrink * mean, 1e-12)
        if given.half_life is not None:
            now = subgraph.as_of or log.span[1]
            age = (now - pairs.last) / (given.half_life * 86_400)
            values = (0.5**age).astype(np.float32)
        items = (pairs.matrix(values).T @ u).astype(np.float32)
        users = (u * gain).astype(np.float32)
        wide = ((0, 0), (0, given.width - rank))
        return np.pad(users, wide), np.pad(items, wide)


def normalised_values(
    pairs: Pairs, config: GraphFilterConfig
) -> tuple[FloatArray, FloatArray]:
    """The entries (P,) of D_u^-user_power R, and those of R'."""
    values = np.log1p(pairs.count) if config.counts else np.ones(len(pairs))
    plain = pairs.matrix(values.astype(np.float32))
    by_user, by_item = (np.maximum(plain.sum(axis=a), 1e-9) for a in (1, 0))
    values = values * by_user[pairs.user] ** -config.user_power
    whole = values * by_item[pairs.item] ** -config.item_power
    return values.astype(np.float32), whole.astype(np.float32)
