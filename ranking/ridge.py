"""Ridge regression on sparse columns, each group of them shrunk by a number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import Field
from scipy.sparse.linalg import LinearOperator, cg

from basketweave.graph.subgraph import IntArray
from basketweave.settings import Settings

Array = npt.NDArray[np.float64]


class RidgeConfig(Settings):
    """How strongly each weight is drawn to 0: so many events of nothing but the mean."""

    shrink_users: float = Field(40, gt=0)
    """Shrinkage of a user's own weight."""
    shrink_items: float = Field(5, gt=0)
    """Shrinkage of an item's own weight, and of those of what it is like."""
    shrink_crosses: float = Field(80, gt=0)
    """Shrinkage of an id crossed with what the other side is like."""


@dataclass(frozen=True)
class ColumnGroup:
    """A group of columns (E, C), and the shrinkage of their weights."""

    matrix: sp.csr_array
    shrink: float

    @classmethod
    def of(
        cls, numbers: IntArray, size: int, power: float, shrink: float
    ) -> ColumnGroup:
        """Numbers (E, L) below `size`, 0 for none: n of a row have n^-power each."""
        held = numbers > 0
        n = held.sum(axis=1)
        shares = np.repeat(np.maximum(n, 1.0) ** -power, n)
        starts = np.r_[0, np.cumsum(n)]
        shape = (len(numbers), size)
        return cls(sp.csr_array((shares, numbers[held], starts), shape=shape), shrink)


def ridge(groups: Sequence[ColumnGroup], target: Array) -> list[Array]:
    """The weights of each group: min ‖target - Σ X_g w_g‖² + Σ shrink_g ‖w_g‖².

    By conjugate gradients, with the diagonal as preconditioner.
    """
    x = sp.csr_array(sp.hstack([group.matrix for group in groups]))
    across = sp.csr_array(x.T)
    sizes = [group.matrix.shape[1] for group in groups]
    shrink = np.repeat([group.shrink for group in groups], sizes)
    n = len(shrink)
    diagonal = np.asarray(across.power(2).sum(axis=1)).ravel() + shrink
    found, _ = cg(
        LinearOperator((n, n), matvec=lambda w: across @ (x @ w) + shrink * w),
        across @ target,
        M=LinearOperator((n, n), matvec=lambda w: w / diagonal),
        rtol=1e-6,
    )
    return np.split(found, np.cumsum(sizes)[:-1])
