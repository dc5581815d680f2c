"""`ChebyFilter`: a polynomial of the item-item graph, and its lowest frequencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from numpy.polynomial import Chebyshev
from pydantic import Field

from basketweave.baselines.base import Baseline
from basketweave.baselines.scaled import Scaled, ScaledConfig
from basketweave.graph.subgraph import FloatArray, IntArray, Subgraph

Doubles = npt.NDArray[np.float64]


class ChebyFilterConfig(ScaledConfig):
    """The constants; the defaults were chosen on held-out tenths of Gowalla's train."""

    order: int = Field(1, ge=1)
    """Degree of the polynomial (K)."""
    flatness: float = Field(6, gt=0)
    """How flat the middle of the plateau is (φ)."""
    rank: int = Field(512, ge=1)
    """Directions of the ideal pass (η)."""
    low_pass: float = Field(0.2, ge=0)
    """Weight of the ideal pass (α)."""
    deflate: bool = True
    """Filter the leading directions exactly, and the rest of the spectrum, which is
    narrow, by a polynomial of order 1 or 2; without it a polynomial of about 8 is needed, and
    the time. Beyond 2, what the approximate directions leave behind would grow."""

    @classmethod
    def as_published(cls, **given: object) -> Self:
        """Kim et al.'s filter, with their constants for Gowalla unless `given`."""
        paper = {"user_power": 0.5, "item_power": 0.5, "shift": 0.4, "order": 8}
        paper |= {"flatness": 1.5, "low_pass": 0.2, "deflate": False}
        return cls.model_validate({**paper, **given})

    def build(self) -> ChebyFilter:
        return ChebyFilter(self)


class ChebyFilter(Baseline[ChebyFilterConfig]):
    """score = r D^-shift (p(G) + low_pass · V Vᵀ) D^shift, without training.

    G = R'ᵀR' / s², s the largest singular value of R', has its spectrum in [0, 1],
    smooth directions of taste at 1; p is the polynomial that meets the transfer
    function `plateau` at the Chebyshev nodes; V are the `rank` smoothest directions,
    among which p is the transfer function itself where these are deflated. Kim et al.
    (2025), "Graph spectral filtering with Chebyshev interpolation for
    recommendation" (ChebyCF); there s = 1, as both powers are ½, and nothing is
    deflated. G is never made: a product with it is one with R' and one with R'ᵀ.
    """

    def __init__(self, config: ChebyFilterConfig | None = None) -> None:
        super().__init__(config or ChebyFilterConfig())

    def _learn(self, train: Subgraph) -> None:
        given, transfer = self.config, plateau(self.config.flatness)
        scaled = Scaled.of(train, given)
        self._degree = scaled.degree
        s, v = scaled.directions(given.rank, steps=3)
        frequency: Doubles = (s / s[0]).astype(np.float64) ** 2
        top = max(float(frequency[-1]), 1e-6) if given.deflate else 1.0
        gain = given.low_pass + (transfer(frequency) if given.deflate else 0)
        self._low = v.astype(np.float32)  # (r, I)
        self._gain = np.broadcast_to(gain, s.shape).astype(np.float32)[:, None]
        # So that the part of the spectrum that is interpolated ends at 2.
        self._matrix = (scaled.matrix * (2 / top) ** 0.5 / s[0]).astype(np.float32)
        self._back = sp.csr_array(self._matrix.T)
        found = Chebyshev.interpolate(transfer, given.order, domain=[0, top])
        self._coefficients = found.coef.astype(np.float32)

    def score(self, users: IntArray) -> FloatArray:
        held = self._fitted(self._seen)[users]
        rows = held.toarray() / self._degree
        x: FloatArray = np.ascontiguousarray(rows.T, np.float32)  # (I, B)
        low: FloatArray = self._low @ x
        rest: FloatArray = x - self._low.T @ low if self.config.deflate else x
        out = self._interpolated(rest) + self._low.T @ (self._gain * low)
        return np.asarray(out.T * self._degree, np.float32)

    def _interpolated(self, x: FloatArray) -> FloatArray:
        """p(G) x (I, B), by T_k = 2 t T_(k-1) - T_(k-2)."""
        before, now = x, self._step(x)
        out = self._coefficients[0] * before + self._coefficients[1] * now
        for coefficient in self._coefficients[2:]:
            before, now = now, 2 * self._step(now) - before
            out += coefficient * now
        return out

    def _step(self, x: FloatArray) -> FloatArray:
        """t x, with t in [-1, 1] over the part of the spectrum that is interpolated."""
        stepped: FloatArray = self._back @ (self._matrix @ x)
        return stepped - x


def plateau(flatness: float) -> Callable[[Doubles], Doubles]:
    """Frequency in [0, 1], 1 the smoothest, to ½ + ½ sign(x) |x|^flatness.

    x = 2 · frequency - 1: so 1 at 1, 0 at 0, and ½ over the middle.
    """

    def transfer(frequency: Doubles) -> Doubles:
        x = 2 * frequency - 1
        out: Doubles = 0.5 + 0.5 * np.sign(x) * np.abs(x) ** flatness
        return out

    return transfer
