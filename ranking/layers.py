"""Small layers that the scorers share."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.ranking.features import Field


def mlp(width: int, hidden: Sequence[int], dropout: float) -> nn.Sequential:
    """Linear layers with ReLU and dropout, from `width` to the last of `hidden`."""
    layers: list[nn.Module] = [nn.Dropout(dropout)]
    for size in hidden:
        layers += [nn.Linear(width, size), nn.ReLU(), nn.Dropout(dropout)]
        width = size
    return nn.Sequential(*layers)


class Bag(nn.Module):
    """The mean embedding of a field's values; zeros where there are none.

    std   spread of the first embeddings
    """

    def __init__(self, field: Field, dim: int, std: float) -> None:
        super().__init__()
        self.table = nn.Embedding(field.size, dim, padding_idx=0)
        nn.init.normal_(self.table.weight, std=std)

    def forward(self, values: Tensor) -> Tensor:
        """The mean embeddings (B, dim) of padded rows of numbers (B, L)."""
        return F.embedding_bag(values, self.table.weight, mode="mean", padding_idx=0)
