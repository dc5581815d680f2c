"""Compared out of core: what comparing a store gives, where everyone is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basketweave.choosing.compare import Comparison, compare
from basketweave.choosing.compare_parts import compare_parts
from basketweave.choosing.parts_window import COUNTED
from basketweave.errors import UsageError
from basketweave.graph import connect
from basketweave.graph.known import Known
from basketweave.graph.sharded import read_parts
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.subgraph import Subgraph

ALONE = Sharding(shards=5, processes=1)


@pytest.fixture(scope="module")
def graph(generated_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Subgraph:
    """The same events in a store."""
    with connect(tmp_path_factory.mktemp("whole") / "graph.lbug") as store:
        store.load(read_parts(str(generated_shop)))
        return store.export()


@pytest.mark.parametrize("known", ["any", "new"])
def test_of_everyone_it_is_what_a_store_gives(
    generated_shop: Path, graph: Subgraph, tmp_path: Path, known: Known
) -> None:
    asked = Comparison(known=known, encoder="none", days=60, baselines=COUNTED)
    found = compare_parts(
        generated_shop, asked, tmp_path / "work", people=10**9, sharding=ALONE
    )
    wanted = compare(graph, asked, tmp_path / "whole")
    assert list(found.results) == list(wanted.results)
    assert not any((tmp_path / "work").iterdir())
    for name in wanted.results:
        for metric in wanted.metrics:
            assert found.value(name, metric) == pytest.approx(
                wanted.value(name, metric), abs=1e-6
            ), (name, metric)
        one, other = (vars(report.results[name].beyond) for report in (found, wanted))
        assert one == pytest.approx(other), name
    assert len(found.split) == len(wanted.split)


def test_a_sample_is_asked_of_what_everyone_did(
    generated_shop: Path, graph: Subgraph, tmp_path: Path
) -> None:
    """Popularity is that of all, and so is what is offered."""
    asked = Comparison(encoder="none", days=60, baselines=("popularity",))
    found = compare_parts(
        generated_shop, asked, tmp_path / "work", people=15, sharding=ALONE
    )
    wanted = compare(graph, asked, tmp_path / "whole")
    assert 0 < len(found.split) < len(wanted.split) / 2
    own = np.unique(found.split.train.events[found.split.kind].item)
    assert len(own) < found.split.offered.sum() == wanted.split.offered.sum()
    assert sorted(found.split.support) == sorted(wanted.split.support)
    assert found.split.n_users == wanted.split.n_users
    assert "people" in found.split.name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"baselines": ("ease",)}, "ease is not counted in shards"),
        ({"encoder": "filter"}, "without an encoder"),
        ({"protocol": "last-item"}, "the last days"),
    ],
)
def test_what_is_not_counted_in_shards_is_refused(
    generated_shop: Path, tmp_path: Path, asked: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        compare_parts(
            generated_shop, Comparison(**{"encoder": "none", **asked}), tmp_path
        )
