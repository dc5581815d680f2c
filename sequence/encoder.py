"""`SequenceEncoder`: a user is the state after their history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from basketweave.errors import TrainingError
from basketweave.evaluation import Split
from basketweave.graph.subgraph import Events, FloatArray, IntArray, Subgraph
from basketweave.graph.vectors import PARAMETERS, Vectors
from basketweave.sequence.averaging import RunningMean
from basketweave.sequence.config import SequenceConfig
from basketweave.sequence.item_embeddings import ItemEmbeddings
from basketweave.sequence.item_inputs import ItemInputs, item_inputs
from basketweave.sequence.repeats import Own, Repeats
from basketweave.sequence.streamed import StreamedWindows
from basketweave.sequence.windows import (
    Groups,
    HistoryBatch,
    HistoryWindows,
    groups,
    windows,
)
from basketweave.training.encoder import People, Vocabulary
from basketweave.training.learner import Learner
from basketweave.training.losses import Temperature
from basketweave.training.passes import Passes
from basketweave.training.softmax import catalogue_softmax
from basketweave.training.validation import Validation, ndcg_of

SESSIONS = 2_000
"""Rows of a split of sessions that are asked after each epoch."""
READ = 20_000
"""Rows read at a time when encoding: 20 MB in the widest layer."""


@dataclass(frozen=True)
class Prepared:
    """What every epoch needs: the items, the windows to train on, and the distribution
    (I,) that negatives are drawn from."""

    items: ItemInputs
    windows: HistoryWindows | StreamedWindows
    q: Tensor


class SequenceEncoder(Learner[Prepared]):
    """Item vectors are read by `body`, and the same vectors are what it predicts."""

    reads = True

    def __init__(
        self, config: SequenceConfig, ids: Vocabulary, body: nn.Module
    ) -> None:
        super().__init__()
        self.config: SequenceConfig = config
        self.ids = ids
        self.items = ItemEmbeddings(config, ids)
        self.body = body
        self.norm = nn.LayerNorm(config.width)
        self.dropout = nn.Dropout(config.dropout)
        self.temperature = Temperature()
        self.repeats = Repeats(config.repeats)
        self.mean = RunningMean(self, config.average)
        # Validation asks for the same items after each epoch.
        self._latest: tuple[Subgraph, ItemInputs] | None = None

    def prepare(self, subgraph: Subgraph) -> Prepared:
        events = _events(subgraph, self.config.kind)
        found = self.windows(events)
        if not len(found):
            raise self._nothing()
        counts = np.bincount(events.item, minlength=subgraph.shape[1])
        return self._prepared(subgraph, found, counts)

    def prepare_passes(self, subgraph: Subgraph, passes: Passes) -> Prepared:
        if not any(len(self.windows(e)) for e in passes.read(range(passes.pieces))):
            raise self._nothing()
        found = StreamedWindows(passes, self.windows)
        return self._prepared(subgraph, found, passes.item_counts)

    def windows(self, events: Events) -> HistoryWindows:
        """What to train on of these events."""
        config = self.config
        new = config.target == "new"
        return windows(events, config.max_length, config.every_position, new)

    def _prepared(
        self,
        subgraph: Subgraph,
        found: HistoryWindows | StreamedWindows,
        counts: IntArray,
    ) -> Prepared:
        some = counts**0.75
        # Half by popularity^.75 (Mikolov et al. 2013), half uniform.
        q = torch.from_numpy(0.5 * some / some.sum() + 0.5 / len(some))
        return Prepared(self.item_inputs(subgraph), found, q.float().to(self.device))

    def _nothing(self) -> TrainingError:
        return TrainingError(
            f"There are no {self.config.kind} events to train "
            f"'{self.config.name}' on: nobody has two. Load more events."
        )

    def losses(self, prepared: Prepared) -> Iterator[Tensor]:
        for batch in prepared.windows.batches(self.config.batch, self.share):
            with self._memory():
                loss = self.loss(prepared, batch)
            yield loss
            self.mean.update(self)

    def loss(self, prepared: Prepared, batch: HistoryBatch) -> Tensor:
        """Cross-entropy of what came next, among all items or some drawn ones."""
        items = self.items(prepared.items)
        at, target = batch.at.to(self.device), batch.target.to(self.device)
        states = self.read(items, batch.items.to(self.device), batch.groups)[at]
        queries = self.temperature(F.normalize(states))
        if len(items) <= self.config.catalogue and not self.config.repeats:
            whole = F.normalize(items)
            return catalogue_softmax(queries, whole, target, self.config.smoothing)
        own = Own.of(batch, self.config.repeats).to(self.device)
        n = self.config.negatives
        drawn = torch.multinomial(prepared.q, n, replacement=True)
        good, others, mine = _directions(items, target, drawn, own.item.clamp(min=0))
        return self.repeats.loss(
            (queries * good).sum(dim=1),
            queries @ others.T - (prepared.q[drawn] * n).log(),
            (queries[:, None] * mine).sum(dim=2),
            target,
            drawn,
            own,
        )

    def read(self, items: Tensor, read: Tensor, groups: Groups) -> Tensor:
        """States (T, d) after each of the items `read` (T,), of any length."""
        vectors = F.embedding(read, items)
        return self.body(self.dropout(self.norm(vectors)), groups)

    def item_inputs(self, subgraph: Subgraph) -> ItemInputs:
        """The items of `subgraph` on the encoder's device."""
        if self._latest is None or self._latest[0] is not subgraph:
            self._latest = subgraph, item_inputs(subgraph, self.config, self.ids)
        return self._latest[1].to(self.device)

    @torch.no_grad()
    def arrays(self, subgraph: Subgraph) -> tuple[FloatArray, FloatArray]:
        """Vectors of all users and items; zeros for a user without history."""
        with self.published():
            items = self.items(self.item_inputs(subgraph))
            users = self._users(items, subgraph)
        return users, F.normalize(items).float().cpu().numpy()

    @torch.no_grad()
    def people(self, learnt: Subgraph) -> People:
        with self.published():
            items = self.items(self.item_inputs(learnt))

        @torch.no_grad()
        def found(some: Subgraph) -> FloatArray:
            with self.published():
                return self.beside_items(self._users(items, some))

        return found

    def _users(self, items: Tensor, subgraph: Subgraph) -> FloatArray:
        events = _events(subgraph, self.config.kind)
        ends = np.bincount(events.user, minlength=subgraph.shape[0]).cumsum()
        return self.histories(items, np.split(events.item, ends[:-1]))

    def value(self, subgraph: Subgraph, validation: Validation) -> float:
        """NDCG@10 of the vectors, or of reading histories where sessions are asked."""
        if not isinstance(validation, Split) or validation.prefixes is None:
            return super().value(subgraph, validation)
        from basketweave.sequence.reader import HistoryReader

        return ndcg_of(HistoryReader(self, subgraph), validation, SESSIONS)

    def published(self) -> AbstractContextManager[None]:
        """A context in which the encoder has the parameters that are validated and
        published, in evaluation mode."""
        return self.mean.applied(self)

    def histories(self, items: Tensor, sequences: Sequence[IntArray]) -> FloatArray:
        """Unit vectors (B, d) of people by what they had, the newest item last.

        items (I, d) are the item vectors that the positions in `sequences` refer to.
        """
        latest = [s[-self.config.max_length :] for s in sequences]
        length = np.array([len(s) for s in latest], np.int64)
        out = np.zeros((len(latest), self.config.width), np.float32)
        order = np.argsort(length, kind="stable")
        order = order[length[order] > 0]
        parts = length[order].cumsum() // READ
        for rows in np.split(order, np.flatnonzero(np.diff(parts)) + 1):
            if len(rows):
                out[rows] = self._last(items, [latest[row] for row in rows])
        return out

    def _last(self, items: Tensor, sequences: Sequence[IntArray]) -> FloatArray:
        """The states after sequences that stand from the shortest to the longest."""
        length = torch.tensor([len(s) for s in sequences])
        read = torch.from_numpy(np.concatenate(sequences)).to(self.device)
        states = self.read(items, read, groups(length))
        last = states[(length.cumsum(0) - 1).to(self.device)]
        return F.normalize(last).float().cpu().numpy()

    @contextmanager
    def _memory(self) -> Iterator[None]:
        try:
            yield
        except (MemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError | torch.OutOfMemoryError) and (
                "can't allocate memory" not in str(error)
            ):
                raise
            raise TrainingError(
                f"'{self.config.name}' ran out of memory. Lower its `batch` "
                f"({self.config.batch}), `max_length` ({self.config.max_length}) or "
                f"`dim` ({self.config.dim})."
            ) from error

    def encode(
        self,
        subgraph: Subgraph,
        *,
        seed: int | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Vectors:
        """Unit vectors of all users and items, which feed the part `sequence`."""
        vectors = super().encode(subgraph, seed=seed, metrics=metrics)
        recipe = {**vectors.card.recipe, PARAMETERS: self.parameters_hash()}
        card = replace(vectors.card, part="sequence", recipe=recipe)
        return replace(vectors, card=card)

    def parameters_hash(self) -> str:
        """Sixteen hexadecimal digits that differ between trainings, made of the
        parameters."""
        found = hashlib.sha256()
        for tensor in self.state_dict().values():
            found.update(tensor.cpu().numpy().tobytes())
        return found.hexdigest()[:16]


def _events(subgraph: Subgraph, kind: str) -> Events:
    if kind in subgraph.events:
        return subgraph.events[kind]
    none = np.zeros(0, np.int64)
    return Events(none, none, none, none.astype(np.float32))


def _directions(items: Tensor, *rows: Tensor) -> list[Tensor]:
    """Unit vectors (…, d) of some items (…,), each gathered and scaled once.

    Their gradients are added up in one pass: several of them over the 37,000 items of
    RetailRocket would take longer than the softmax.
    """
    found = F.normalize(F.embedding(torch.cat([row.ravel() for row in rows]), items))
    parts = found.split([row.numel() for row in rows])
    return [
        p.view(*row.shape, items.shape[1]) for p, row in zip(parts, rows, strict=True)
    ]
