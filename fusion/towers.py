"""`TwoTowers`: one vector out of several encoders' vectors, trained end to end.

    x = [s_1 v_1, s_2 v_2, …]        vectors of a user or an item, each by its own scale
    y = x + MLP(x)                   one MLP for users, one for items

The MLPs begin as zero and the scales as one, so the first cosine is the mean of those
given: training starts from the plain sum of its parts. As y is a vector again, it is
published like any encoder's, and the database's cosine is its score.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from basketweave.errors import DataError, TrainingError
from basketweave.gnn.learner import Learner, TrainingConfig
from basketweave.gnn.losses import Temperature, sampled_softmax
from basketweave.gnn.run import Run, fingerprint
from basketweave.gnn.trained import Trained
from basketweave.gnn.training import run_epochs
from basketweave.gnn.validation import Validation, ndcg
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.subgraph import FloatArray, Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.ranking.learned import Pairs


class TowersConfig(TrainingConfig):
    """How the towers are trained; the width follows from the vectors given.

    recent     share of each person's events that are learnt from, the latest
    negatives  items drawn for the softmax of a step
    """

    model: ClassVar[str] = "towers"
    name: str = "towers"
    hidden: int = Field(128, ge=1)
    dropout: float = Field(0.3, ge=0, lt=1)
    batch: int = Field(512, ge=1)
    negatives: int = Field(1024, ge=1)
    recent: float = Field(0.2, gt=0, le=1)
    learning_rate: float = Field(0.001, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    norms: bool = False


class TwoTowers(Learner[Pairs]):
    """The towers over given vectors of users and items, which stay as they are."""

    users: Tensor
    items: Tensor

    def __init__(self, config: TowersConfig, inputs: Sequence[Vectors]) -> None:
        super().__init__()
        self.config: TowersConfig = config
        self.widths = [one.dim for one in inputs]
        for side in ("user", "item"):
            rows = np.concatenate([getattr(v, f"{side}_vectors") for v in inputs], 1)
            self.register_buffer(f"{side}s", torch.from_numpy(rows), persistent=False)
        self.scales = nn.Parameter(torch.zeros(len(inputs)))
        self.of_users, self.of_items = (_tower(sum(self.widths), config) for _ in "ui")
        self.temperature = Temperature()

    def prepare(self, subgraph: Subgraph) -> Pairs:
        """The latest events of each person, as pairs."""
        events = subgraph.events.get(self.config.kind)
        if events is None or not len(events):
            raise TrainingError(
                f"There are no {self.config.kind} events to learn from."
            )
        count = np.bincount(events.user, minlength=subgraph.shape[0])
        place = np.arange(len(events)) - (np.cumsum(count) - count)[events.user]
        late = events.where(place >= (count * (1 - self.config.recent))[events.user])
        return Pairs.of(late.user, late.item, late.value, subgraph.shape[1])

    def losses(self, prepared: Pairs) -> Iterator[Tensor]:
        """A sampled softmax for each batch of pairs, in random order."""
        n = self.config.negatives
        for rows in torch.randperm(len(prepared.user)).split(self.config.batch):
            user, item = prepared.user[rows], prepared.item[rows]
            drawn = prepared.q.multinomial(n, replacement=True)
            u = self._unit(self.users[user], self.of_users)
            good = (u * self._unit(self.items[item], self.of_items)).sum(dim=1)
            bad = u @ self._unit(self.items[drawn], self.of_items).T
            yield sampled_softmax(
                self.temperature(good),
                self.temperature(bad),
                (prepared.q[drawn] * n).log(),
                prepared.had(user[:, None], drawn),
            )

    @torch.no_grad()
    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        """The fused vectors of all users and items."""
        was_training = self.training
        self.eval()
        users = self._unit(self.users, self.of_users).numpy()
        items = self._unit(self.items, self.of_items).numpy()
        self.train(was_training)
        return users, items

    def _unit(self, rows: Tensor, tower: nn.Module) -> Tensor:
        scale = self.scales.exp().repeat_interleave(torch.tensor(self.widths))
        x = rows * scale
        return nn.functional.normalize(x + tower(x), dim=1)


def train_towers(
    subgraph: Subgraph,
    inputs: Sequence[Vectors],
    config: TowersConfig | None = None,
    *,
    validation: Validation | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress = SILENT,
) -> Trained:
    """Fuse vectors that were trained on `subgraph` into one, as `train` would.

    Raises `DataError` where vectors are of other users or items than `subgraph`.
    """
    started = time.perf_counter()
    config = config or TowersConfig()
    for one in inputs:
        _check(one, subgraph)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        towers = TwoTowers(config, inputs)
        run = Run(towers, fingerprint(config, subgraph, seed), checkpoint)

        def value() -> float | None:
            if validation is None:
                return None
            return ndcg(validation, towers.encode(subgraph))

        run_epochs(run, towers.prepare(subgraph), value, progress)
    best = run.best_ndcg
    metrics = {} if best is None else {"validation NDCG@10": best}
    vectors = towers.encode(subgraph, seed=seed, metrics=metrics)
    seconds = time.perf_counter() - started
    return Trained(towers, vectors, run.curve, run.best_epoch, seconds)


def _tower(width: int, config: TowersConfig) -> nn.Sequential:
    last = nn.Linear(config.hidden, width)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    first = nn.Linear(width, config.hidden)
    return nn.Sequential(first, nn.GELU(), nn.Dropout(config.dropout), last)


def _check(given: Vectors, subgraph: Subgraph) -> None:
    same = given.users.equals(subgraph.ids[USER]) and given.items.equals(
        subgraph.ids[ITEM]
    )
    if not same:
        raise DataError(
            f"'{given.card.name}' has vectors of other users or items than the "
            "subgraph. Encode the same subgraph with it."
        )
