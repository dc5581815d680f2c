"""A config for each combination of the settings that are lists."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.recipes.raters import rater_grid, searched


def test_every_combination_of_lists_is_tried() -> None:
    given = {"shrink_users": [1, 2], "shrink_items": [3, 4], "sweeps": 5}
    assert searched(given) == ["shrink_users", "shrink_items"]
    found = rater_grid("bias", given)
    tried = [(c.shrink_users, c.shrink_items, c.sweeps) for c in found]
    assert tried == [(1, 3, 5), (1, 4, 5), (2, 3, 5), (2, 4, 5)]


def test_a_wrong_name_or_setting_is_told() -> None:
    with pytest.raises(UsageError, match="bias"):
        rater_grid("biases", {})
    with pytest.raises(UsageError, match="shrink_users"):
        rater_grid("bias", {"shrink_user": [1]})
