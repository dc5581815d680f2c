"""Scorers by name."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.ranking import (
    ScorerConfig,
    scorer_config,
)


def test_an_unknown_scorer_or_setting_is_told() -> None:
    with pytest.raises(UsageError, match="neumf, wide-deep"):
        scorer_config("wide")
    with pytest.raises(UsageError, match=r"deepness.*dropout"):
        scorer_config("wide-deep", deepness=3)
    with pytest.raises(UsageError, match=r"base.*set loss to rating"):
        scorer_config("wide-deep", base={"factors": 8})
    with pytest.raises(UsageError, match=r"ridge.*set loss to rating"):
        scorer_config("wide-deep", ridge={})
    assert isinstance(scorer_config("neumf", dim=8), ScorerConfig)
