"""`Split`: the training subgraph, and what each user did after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import scipy.sparse as sp

from basketweave.errors import DataError, UsageError
from basketweave.evaluation.protocol import Fits, HistoryScores, Refreshes, Scores
from basketweave.evaluation.splits.known import counting, mask
from basketweave.evaluation.splits.matrices import ones, users_of
from basketweave.graph.known import Known
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import BoolArray, FloatArray, IntArray, Subgraph

# 32 MB of float32 scores at a time; with 8 MB EASE took 1.6 times as long, with
# 128 MB popularity did (Complete Journey, 2 cores).
BLOCK = 8_000_000

F = TypeVar("F", bound=Fits)


@dataclass(frozen=True)
class Population:
    """All people of whom `train` holds only some.

    users         how many have an event before
    support (I,)  how many of them had each item
    """

    users: int
    support: IntArray


@dataclass(frozen=True)
class Split:
    """One question an evaluation asks: given `train`, what comes next?

    train        all that a model may learn from
    users (Q,)   positions of the users asked about, one row each
    truth (Q, I) float32 csr, 1 where the user has the item in the test part
    seen (Q, I)  float32 csr, 1 where the user already had the item
    offered (I,) the items that are ranked; the others are masked for every model
    known        which items count, unless `under` says otherwise
    kind         the event kind that is predicted
    prefixes     for sessions: the item positions before each target; `users` are
                 row numbers then, and models are asked through `score_histories`
    cut          where the test part begins, and what became of events of one time
    history      what a person had until they are asked, where that is more than
                 `train`: it is read to ask with, and nothing is learnt from it
    among        all people, where `train` holds only some of them
    """

    name: str
    train: Subgraph
    users: IntArray
    truth: sp.csr_array
    seen: sp.csr_array
    offered: BoolArray
    known: Known = "any"
    kind: str = PURCHASED
    prefixes: Sequence[IntArray] | None = None
    cut: str = ""
    history: Subgraph | None = None
    among: Population | None = None

    def __post_init__(self) -> None:
        shape = (len(self.users), self.train.shape[1])
        if self.truth.shape != shape or self.seen.shape != shape:
            raise DataError(f"`truth` and `seen` of '{self.name}' must be {shape}.")

    def __len__(self) -> int:
        return len(self.users)

    def __repr__(self) -> str:
        return (
            f"Split({self.name!r}: {len(self):,} users, {self.truth.nnz:,} items to "
            f"find among {int(self.offered.sum()):,}, known={self.known!r})"
        )

    @property
    def as_of(self) -> int | None:
        """The last Unix second that a model may know of; None: no single bound."""
        return self.train.as_of

    @property
    def past(self) -> Subgraph:
        """The events of people that a model may read when asked: `history`, or else
        `train`."""
        return self.train if self.history is None else self.history

    def fitted(self, model: F) -> F:
        """`model`, fitted on `train`, and then told `history` where that is more."""
        model.fit(self.train)
        if self.history is not None and isinstance(model, Refreshes):
            model.refresh(self.history)
        return model

    @property
    def n_users(self) -> int:
        """How many users have an event before."""
        if self.among is not None:
            return self.among.users
        return len(np.unique(self.train.events[self.kind].user))

    @cached_property
    def support(self) -> IntArray:
        """How many users had each item before (I,)."""
        if self.among is not None:
            return self.among.support
        return users_of(ones(self.train.interactions(self.kind)))

    @cached_property
    def activity(self) -> IntArray:
        """How many events each row had before (Q,), be it in its prefix."""
        if self.prefixes is not None:
            return np.array([len(prefix) for prefix in self.prefixes], np.int64)
        user = self.past.events[self.kind].user
        return np.bincount(user, minlength=self.train.shape[0])[self.users]

    def under(self, known: Known | None = None) -> Split:
        """The split in which only these items count, and users with at least one.

        Start from the whole split: what one rule left out, another cannot bring
        back. Raises `DataError` where nobody is left.
        """
        known = known or self.known
        truth = self._counting(known)
        rows = np.flatnonzero(np.diff(truth.indptr)).astype(np.int64)
        if not len(rows):
            raise DataError(
                f"No user of split '{self.name}' has an item that is '{known}'. "
                "Use another `known`, or a longer test part."
            )
        return replace(self, truth=truth, known=known).only(rows)

    def asks(self, known: Known) -> bool:
        """Whether anybody has an item that is `known`: `under` it nobody is left else."""
        return bool(self._counting(known).nnz)

    def _counting(self, known: Known) -> sp.csr_array:
        return counting(self.truth, self.seen, self.offered, known)

    def only(self, rows: IntArray) -> Split:
        """The split of these rows alone: a sample, or one segment of the users."""
        held = self.prefixes
        return replace(
            self,
            users=self.users[rows],
            truth=self.truth[rows],
            seen=self.seen[rows],
            prefixes=None if held is None else [held[row] for row in rows],
        )

    def drawn(self, rows: int, seed: int = 0) -> Split:
        """The split with at most so many of its rows, drawn by chance."""
        if len(self) <= rows:
            return self
        some = np.random.default_rng(seed).choice(len(self), rows, replace=False)
        return self.only(np.sort(some))

    def blocks(self) -> Iterator[slice]:
        """Slices of the rows, each small enough for a dense block of scores."""
        step = max(1, BLOCK // max(len(self.offered), 1))
        return (slice(start, start + step) for start in range(0, len(self), step))

    def scores(self, model: Scores | HistoryScores, rows: slice) -> FloatArray:
        """What `model` says about these rows (B, I), masked as `known` demands."""
        given = self._ask(model, rows)
        seen = self.seen[rows]
        if given.shape != seen.shape:
            raise DataError(
                f"{type(model).__name__} gave scores of shape {given.shape} in place "
                f"of {seen.shape}. Fit it on the split's `train`."
            )
        return mask(given, seen, self.offered, self.known)

    def _ask(self, model: Scores | HistoryScores, rows: slice) -> FloatArray:
        if self.prefixes is None and isinstance(model, Scores):
            return model.score(self.users[rows])
        if self.prefixes is not None and isinstance(model, HistoryScores):
            return model.score_histories(self.prefixes[rows])
        verb = "score(users)" if self.prefixes is None else "score_histories(lists)"
        raise UsageError(
            f"{type(model).__name__} has no `{verb}`, which '{self.name}' asks for."
        )
