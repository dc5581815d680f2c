"""SASRec: causal self-attention over a history."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.sequence.config import SequenceConfig
from basketweave.sequence.encoder import SequenceEncoder
from basketweave.sequence.windows import Groups
from basketweave.training.encoder import Vocabulary


class SASRecConfig(SequenceConfig):
    """Kang & McAuley (2018), "Self-attentive sequential recommendation"."""

    model: ClassVar[str] = "SASRec"
    name: str = "sasrec"
    blocks: int = Field(2, ge=1)
    """Blocks of the transformer, one above the other."""
    heads: int = Field(2, ge=1)
    """Attentions side by side in each; they share `dim`."""
    inner: int = Field(4, ge=1)
    """Width of its feed-forward layers, in units of `dim`."""

    @field_validator("heads")
    @classmethod
    def _divide(cls, heads: int, told: ValidationInfo) -> int:
        width = told.data.get("dim", heads) - told.data.get("norms", False)
        if width % heads:
            raise ValueError(f"{width} dimensions cannot be shared by {heads} heads")
        return heads

    def restore(self, ids: Vocabulary) -> SequenceEncoder:
        return SequenceEncoder(self, ids, Transformer(self))


class Transformer(nn.Module):
    """Blocks of attention that know how far back an item lies, not where it stands.

    So a state is the same whether its history is read alone or as the beginning of
    a longer one: one pass trains every prefix of a history.
    """

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            TransformerBlock(config) for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)

    def forward(self, x: Tensor, groups: Groups) -> Tensor:
        """States (T, d) after each item of packed histories (T, d)."""
        for block in self.blocks:
            x = block(x, groups)
        return self.norm(x)


class TransformerBlock(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: SASRecConfig) -> None:
        super().__init__()
        d, self.heads = config.width, config.heads
        self.first, self.second = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = (
            nn.Linear(d, config.inner * d),
            nn.Linear(config.inner * d, d),
        )
        # What each head adds to a logit by distance, as in T5 (Raffel et al. 2020).
        self.distance = nn.Parameter(torch.zeros(config.heads, config.max_length))
        self.dropout = nn.Dropout(config.layer_dropout)

    def forward(self, x: Tensor, groups: Groups) -> Tensor:
        x = x + self.dropout(self.out(self.attend(self.qkv(self.first(x)), groups)))
        inner = self.dropout(F.gelu(self.up(self.second(x))))
        return x + self.dropout(self.down(inner))

    def attend(self, qkv: Tensor, groups: Groups) -> Tensor:
        """Attention within each history: (T, 3 d) -> (T, d)."""
        out, start = [], 0
        for n, length in groups:
            rows = qkv[start : start + n * length]
            q, k, v = rows.view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            mask = self.mask(length).to(q.dtype)
            p = self.dropout.p if self.training else 0.0
            mixed = F.scaled_dot_product_attention(q, k, v, mask, p)  # (n, h, L, d/h)
            out.append(mixed.transpose(1, 2).reshape(n * length, -1))
            start += n * length
        return torch.cat(out)

    def mask(self, length: int) -> Tensor:
        """(h, L, L): the bias of each distance, -inf for what lies ahead."""
        place = torch.arange(length, device=self.distance.device)
        back = place[:, None] - place[None]
        bias = self.distance[:, back.clamp(min=0)]
        return bias.masked_fill(back < 0, float("-inf"))
