"""What `diversity` and `explore` cost stands beside the blend."""

from __future__ import annotations

from pathlib import Path

import pytest

from basketweave.choosing.compare import Comparison, compare
from basketweave.errors import UsageError
from tests.graphs import random_graph


def test_the_blend_is_ranked_once_more_with_each(tmp_path: Path) -> None:
    asked = Comparison(
        days=14,
        encoder="filter",
        baselines=("popularity",),
        diversity=(0.0, 0.9),
        explore=(1.0,),
    )
    report = compare(random_graph(60, 50), asked, tmp_path)
    assert {"blend", "blend, diversity 0.9", "blend, explore 1"} <= set(report.results)
    plain = report.users("blend, diversity 0")
    assert plain == pytest.approx(report.users("blend"), abs=1e-6)
    assert report.users("blend, explore 1").tolist() != plain.tolist()


def test_a_share_is_from_0_to_1() -> None:
    with pytest.raises(UsageError, match="diversity"):
        Comparison(diversity=(1.5,))
