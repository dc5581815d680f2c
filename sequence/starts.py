"""What item embeddings start from: FOLLOWED_BY's spectrum, or other models' vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from basketweave.graph.schema import FOLLOWED_BY, ITEM
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import Vectors, rows_for
from basketweave.sequence.item_inputs import between_items


def spectral_start(subgraph: Subgraph, width: int) -> FloatArray:
    """Singular vectors (I, r) of FOLLOWED_BY, in the subgraph's order; r <= width.

    Those of the symmetric weights S = D^-½ (W + Wᵀ) D^-½, each times the root of its
    eigenvalue: inner products are those of S as well as its positive part can tell.
    S + I, whose eigenvalues none is negative, has the same ones in their order.
    """
    weight = between_items(subgraph, FOLLOWED_BY)
    both = weight + weight.T
    root = np.sqrt(np.maximum(np.asarray(both.sum(axis=1)).ravel(), 1e-9))
    both = both.multiply(1 / root[:, None]).multiply(1 / root[None]).tocsr()
    shifted = both + sp.eye_array(both.shape[0], dtype=np.float32, format="csr")
    rank = min(width, both.shape[0])
    left, s, _ = randomized_svd(shifted, rank, n_iter=7, random_state=0)
    start: FloatArray = (left * np.sqrt(np.maximum(s - 1, 0))).astype(np.float32)
    return start


def given_start(given: Sequence[Vectors], subgraph: Subgraph, width: int) -> FloatArray:
    """Principal axes (I, r) of the item vectors `given`, side by side; r <= width.

    An item that one of them lacks counts as its mean.
    """
    beside = [_centred(vectors, subgraph) for vectors in given]
    rows = np.concatenate(beside, axis=1)
    rank = min(width, *rows.shape)
    left, s, _ = randomized_svd(rows, rank, n_iter=7, random_state=0)
    start: FloatArray = (left * s).astype(np.float32)
    return start


def _centred(given: Vectors, subgraph: Subgraph) -> FloatArray:
    rows = rows_for(subgraph.ids[ITEM], given.items, given.item_vectors)
    there = rows.any(axis=1, keepdims=True)
    mean = rows.sum(axis=0) / max(int(there.sum()), 1)
    out: FloatArray = np.where(there, rows - mean, 0).astype(np.float32)
    return out
