"""Experiments that might have been: who took what of two blends' lists is known already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from basketweave.experiments.assignment import group_of
from basketweave.experiments.difference import LEVEL, Contrast, Counts, difference


def replayed(
    users: Sequence[str],
    taken: tuple[Counts, Counts],
    shown: Counts,
    names: Iterable[str],
    *,
    share: float = 0.5,
    level: float = LEVEL,
) -> Iterator[Contrast]:
    """The experiment of each name: who was in which group goes by the name.

    taken   what each person (N,) takes of a's list, and of b's
    shown   how long their list is (N,)
    """
    for name in names:
        in_b = np.array([group_of(name, user, share) == "b" for user in users])
        groups = {
            "a": (shown[~in_b], taken[0][~in_b]),
            "b": (shown[in_b], taken[1][in_b]),
        }
        yield difference(groups, share, level)
