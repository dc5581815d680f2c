"""XSimGCL: LightGCN with noise in its layers, and a contrast between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn import functional as F

from basketweave.gnn.light_gcn import LightGCN, LightGCNConfig, PurchaseGraph
from basketweave.gnn.tasks import Task
from basketweave.training.bags import Bags
from basketweave.training.encoder import Vocabulary
from basketweave.training.losses import info_nce


class XSimGCLConfig(LightGCNConfig):
    """How LightGCN is trained with a contrast."""

    model: ClassVar[str] = "XSimGCL"
    name: str = "xsimgcl"
    layers: int = Field(3, ge=1)
    weight_decay: float = Field(0.5, ge=0)
    noise: float = Field(0.2, ge=0)
    """Length of the noise that is added to a node after each layer."""
    contrast: float = Field(0.01, ge=0)
    """Weight of the contrast beside the loss of the purchases (.2 in the paper, beside
    BPR; beside a softmax it gave nothing)."""
    contrast_layer: int = Field(1, ge=1)
    """The layer that is held against the mean of all (from 1)."""
    contrast_temperature: float = Field(0.2, gt=0)
    """What its cosines are divided by."""

    @model_validator(mode="after")
    def _layer_exists(self) -> Self:
        if self.contrast_layer > self.layers:
            raise ValueError(
                f"contrast_layer is {self.contrast_layer}, and there are "
                f"{self.layers} layers. Choose one from 1 to {self.layers}."
            )
        return self

    def restore(self, ids: Vocabulary) -> XSimGCL:
        return XSimGCL(self, ids)


class XSimGCL(LightGCN):
    """Yu et al. (2023), "XSimGCL: towards extremely simple graph contrastive learning".

    In training each layer's vector e moves by noise Δ = ε r ⊙ sign(e), r uniform in
    the positive orthant and of length 1; the mean over layers 1 … K (E^(0) is left
    out) and layer `contrast_layer` are the two views of a node that InfoNCE draws
    together, against those of the step's other users or items. One propagation gives
    both views and the scores.
    """

    def __init__(self, config: XSimGCLConfig, ids: Vocabulary) -> None:
        super().__init__(config, ids)
        self.given = config
        self._contrast = torch.zeros(())

    def message(self, matrix: Bags, x: Tensor) -> Tensor:
        reached = matrix.sums(x)
        if not self.training:
            return reached
        noise = F.normalize(torch.rand_like(reached)) * self.given.noise
        return reached + noise * reached.sign()

    def losses(self, prepared: list[Task]) -> Iterator[Tensor]:
        for loss in super().losses(prepared):
            yield loss + self.given.contrast * self._contrast

    def forward(
        self, graph: PurchaseGraph, users: Tensor, items: Tensor
    ) -> tuple[Tensor, Tensor]:
        layers = [(u[users], i[items]) for u, i in self.smoothed(graph)][1:]
        u, i = (torch.stack(states).mean(dim=0) for states in zip(*layers, strict=True))
        if self.training:
            u_view, i_view = layers[self.given.contrast_layer - 1]
            temperature = self.given.contrast_temperature
            between_users = info_nce(u, u_view, temperature)
            self._contrast = between_users + info_nce(i, i_view, temperature)
        return F.normalize(u), i if self.config.norms else F.normalize(i)
