"""Ridge regression on sparse columns, and Wide & Deep's wide part solved by it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from basketweave.graph.subgraph import Events, FloatArray, Subgraph
from basketweave.ranking import (
    BiasConfig,
    Biases,
    FactorisationConfig,
    Features,
    MatrixFactorisation,
    TrainedScorer,
    scorer_config,
    train_scorer,
)
from basketweave.ranking.ridge import ColumnGroup, ridge
from basketweave.ranking.wide_deep import WideDeep
from tests.graphs import taste

SHRINK = {"shrink_users": 2, "shrink_items": 1, "shrink_crosses": 3}


def test_columns_share_a_row_among_its_numbers() -> None:
    numbers = np.array([[1, 2], [2, 0], [0, 0]])
    mean = ColumnGroup.of(numbers, 3, 1, shrink=1).matrix.toarray()
    assert mean.tolist() == [[0, 0.5, 0.5], [0, 0, 1], [0, 0, 0]]
    root = ColumnGroup.of(numbers, 3, 0.5, shrink=1).matrix.toarray()
    assert root[0] == pytest.approx([0, 0.5**0.5, 0.5**0.5])


def test_a_weight_is_drawn_to_0_by_so_many_events_of_nothing() -> None:
    column = ColumnGroup.of(np.ones((3, 1), np.int64), 2, 1, shrink=3)
    (found,) = ridge([column], np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx([0, (1 + 2 + 3) / (3 + 3)])


def test_groups_are_solved_together_each_with_its_own_shrinkage() -> None:
    rng = np.random.default_rng(0)
    a, b = (ColumnGroup.of(rng.integers(0, 4, (20, 2)), 4, 1, shrink=s) for s in (1, 5))
    target = rng.normal(size=20)
    x = np.c_[a.matrix.toarray(), b.matrix.toarray()]
    exact = np.linalg.solve(x.T @ x + np.diag([1] * 4 + [5] * 4), x.T @ target)
    assert np.concatenate(ridge([a, b], target)) == pytest.approx(exact, abs=1e-5)


@pytest.fixture(scope="module")
def rated() -> Subgraph:
    """40 users rate 6 of 12 items by their taste; 0 and 1 have not rated anything."""
    return taste(40, 12, 6, silent=2)


def people() -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [f"u{n}" for n in range(40)], "likes": [n % 2 for n in range(40)]}
    )


def trained(
    graph: Subgraph, users: pl.DataFrame | None = None, **settings: object
) -> TrainedScorer:
    given = {"kind": "RATED", "loss": "rating", "epochs": 0, "batch": 64, **settings}
    config = scorer_config("wide-deep", **given)
    return train_scorer(graph, config, Features.of(graph, users))


def added(found: TrainedScorer, bare: TrainedScorer, graph: Subgraph) -> FloatArray:
    """What one has beyond the other, of all events."""
    e = graph.events["RATED"]
    return found.predict(e.user, e.item) - bare.predict(e.user, e.item)


def test_of_ids_alone_the_wide_part_is_the_biases(rated: Subgraph) -> None:
    ids = Subgraph(rated.ids, rated.events)
    events = ids.events["RATED"]
    config = BiasConfig(shrink_users=2, shrink_items=1, sweeps=200)
    biases = Biases(config).fit(ids).predict(events.user, events.item)
    found = added(trained(ids, ridge=SHRINK), trained(ids), ids)
    assert found == pytest.approx(biases - float(events.value.mean()), abs=1e-3)


def test_a_new_user_rates_as_those_they_are_like_before_any_epoch(
    rated: Subgraph,
) -> None:
    found = trained(rated, people(), ridge=SHRINK)
    stars = found.predict(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert stars[0] > stars[1] + 0.8
    assert stars[3] > stars[2] + 0.8


def test_what_is_solved_stays_and_the_rest_is_learnt(rated: Subgraph) -> None:
    before, after = (
        trained(rated, people(), ridge=SHRINK, epochs=n).scorer for n in (0, 2)
    )
    assert isinstance(before, WideDeep)
    assert isinstance(after, WideDeep)
    then, now = before.wide.state_dict(), after.wide.state_dict()
    same = {name for name in then if then[name].equal(now[name])}
    # Fields: id, likes of the user; id, category of the item. The pairs are id with
    # category, likes with id, likes with category.
    assert same == {
        *(f"linear.{n}.table.weight" for n in (0, 2, 3)),
        *(f"crosses.{n}.weight" for n in (0, 1)),
    }


def test_a_base_factorises_what_the_ridge_leaves(rated: Subgraph) -> None:
    base = {"factors": 2, "shrink": 1.0}
    solved = trained(rated, ridge=SHRINK)
    found = added(trained(rated, ridge=SHRINK, base=base), solved, rated)
    e = rated.events["RATED"]
    left = e.value - added(solved, trained(rated), rated)
    rest = Subgraph(rated.ids, {"RATED": Events(e.user, e.item, e.time, left)})
    alone = MatrixFactorisation(FactorisationConfig(**base)).fit(rest)
    expected = alone.predict(e.user, e.item) - float(left.mean())
    assert found == pytest.approx(expected, abs=1e-3)
