"""Groups go by a hash: the same everywhere, as large as the share, and independent."""

from __future__ import annotations

import numpy as np
import pytest

from basketweave.experiments.assignment import assigned, group_of
from basketweave.graph.experiments import LiveExperiment

USERS = range(4_000)


def test_a_group_is_the_same_on_every_machine() -> None:
    """Written down once: it must never change while an experiment runs."""
    groups = "".join(group_of("spring", user, 0.5) for user in range(16))
    assert groups == "ababbbaaaabaabba"
    assert group_of("spring", 7, 0.5) == group_of("spring", "7", 0.5)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_groups_are_as_large_as_the_share(share: float) -> None:
    n = sum(group_of("x", user, share) == "b" for user in USERS)
    off = 4 * np.sqrt(share * (1 - share) / len(USERS))
    assert n / len(USERS) == pytest.approx(share, abs=off)


def test_two_experiments_know_nothing_of_each_other() -> None:
    one, other = (
        np.array([group_of(name, user, 0.5) == "b" for user in USERS])
        for name in ("one", "other")
    )
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(USERS))


def test_only_what_runs_for_such_requests_assigns() -> None:
    new = LiveExperiment("x", "blend_new@1", "blend_new@2", 0.5, 0)
    over = LiveExperiment("y", "blend_any@1", "blend_any@2", 0.5, 0, stopped=1)
    assert assigned([over, new], 1, "any") is None
    found = assigned([over, new], 1, "new")
    assert found is not None
    assert found.experiment == "x"
    assert found.blend == {"a": "blend_new@1", "b": "blend_new@2"}[found.group]
