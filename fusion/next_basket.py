"""Questions with a time: what does a person put into their next basket?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from basketweave.blend.sources import Sources
from basketweave.errors import DataError
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.split import Split
from basketweave.fusion.context import CONTEXT, context
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Events, FloatArray, IntArray


@dataclass(frozen=True)
class NextBaskets:
    """A split whose truth is each person's first basket, and when that was.

    contexts (U, 7)   by position of the user; only those of `split.users` have one
    """

    split: Split
    contexts: FloatArray

    @classmethod
    def of(cls, split: Split, after: Events) -> NextBaskets:
        """The first basket of each user of `split` among the events `after` it."""
        train = split.train.events[split.kind]
        n_users = split.train.shape[0]
        start = -1 if split.as_of is None else split.as_of
        later = after.where(after.time > start)
        first = np.full(n_users, np.iinfo(np.int64).max)
        np.minimum.at(first, later.user, later.time)
        basket = later.where(later.time == first[later.user])
        truth = marked(basket.user, basket.item, split.train.shape)[split.users]
        last = np.zeros(n_users, np.int64)
        np.maximum.at(last, train.user, train.time)
        events = np.bincount(train.user, minlength=n_users)
        found = context(np.minimum(first, 2**40), events, last)
        asked = replace(split, name=f"next basket, {split.name}", truth=truth)
        return cls(asked, found)

    def under(self, known: Known) -> Split:
        """The split of the users whose basket has an item that counts under `known`."""
        return self.split.under(known)


@dataclass(frozen=True)
class Requests:
    """Requests with their candidates' parts, as padded tables that a gate learns from.

    parts              names, P of them
    context (Q, F)     what the gate sees
    values (Q, C, P)   normalised parts of each candidate
    relevant (Q, C)    1 where it was taken
    held (Q, C)        where there is a candidate at all
    """

    parts: tuple[str, ...]
    context: FloatArray
    values: FloatArray
    relevant: FloatArray
    held: FloatArray

    @classmethod
    def of(
        cls,
        sources: Sources,
        baskets: NextBaskets,
        known: Known,
        parts: Sequence[str],
        power: float,
    ) -> Requests:
        """The candidates that the blend has for those users.

        Raises `DataError` for a part that the sources lack.
        """
        split = baskets.under(known)
        found = sources.parts(split.users, known)
        lacking = [part for part in parts if part not in found.raw]
        if lacking:
            raise DataError(
                f"There is no part {', '.join(lacking)}: the sources have "
                f"{', '.join(found.raw)}. Train and give its vectors, or leave it out."
            )
        each = found.values(power, sources.settings.scaled)
        slots, shape = _padded(found.user, len(split))
        values = np.zeros((*shape, len(parts)), np.float32)
        values[slots] = np.stack([each[part] for part in parts], axis=1)
        relevant, held = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        relevant[slots] = np.asarray(split.truth[found.user, found.item]).ravel()
        held[slots] = 1
        contexts = baskets.contexts[split.users]
        return cls(tuple(parts), contexts, values, relevant, held)

    def without(self, *parts: str) -> Requests:
        """The same requests without some of the parts, for ablations."""
        keep = [n for n, part in enumerate(self.parts) if part not in parts]
        names = tuple(self.parts[n] for n in keep)
        return replace(self, parts=names, values=self.values[:, :, keep])

    def blind(self) -> Requests:
        """The same requests with a context of zeros, so that a gate sees nothing."""
        return replace(self, context=np.zeros((len(self.context), len(CONTEXT)), "f4"))


def _padded(
    user: IntArray, n: int
) -> tuple[tuple[IntArray, IntArray], tuple[int, int]]:
    """Where each candidate stands in a padded table, and the table's shape."""
    size = np.bincount(user, minlength=n)
    place = np.arange(len(user)) - (np.cumsum(size) - size)[user]
    return (user, place), (n, int(size.max(initial=1)))
