"""`diversity` and `explore` on both stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from basketweave.blend.arranged_scores import ArrangedScores
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import DEFAULT_WEIGHTS, BlendSettings
from basketweave.blend.sources import sources
from basketweave.errors import UsageError
from basketweave.graph import GraphStore, ModelCard, Vectors, unit
from basketweave.graph.derive import derive, derived
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.serving.recommender import Recommender
from tests.standing import Standing

ITEMS = [f"i{n:02d}" for n in range(60)]
USERS = [f"u{n:02d}" for n in range(20)]


@pytest.fixture
def shop(standing: Standing, events: Callable[..., Tables]) -> GraphStore:
    """Sixty items that people bought, vectors, and z0 to z4, which nobody has yet."""

    def filled(store: GraphStore) -> None:
        _fill(store, events)

    return standing(filled)


def _fill(store: GraphStore, events: Callable[..., Tables]) -> None:
    rng = np.random.default_rng(0)
    rows = [
        (user, ITEMS[item], int(rng.integers(1, 60)) * DAY)
        for user in USERS
        for item in rng.choice(60, 9, replace=False)
    ]
    store.load(events(*rows))
    new = pl.DataFrame(
        {"id": [f"z{n}" for n in range(5)], "title": [f"New {n}" for n in range(5)],
         "price": [float(n) for n in range(5)]}
    )  # fmt: skip
    nothing = events(("u00", "i00", DAY)).events.clear()
    store.load(replace(events(rows[0]), items=new, events=nothing))
    derive(store)
    store.publish(_vectors())


def _vectors() -> Vectors:
    rng = np.random.default_rng(1)
    rows = [unit(rng.normal(size=(len(ids), 4))) for ids in (USERS, ITEMS)]
    return Vectors(
        ModelCard("w", part="content"), pl.Series(USERS), pl.Series(ITEMS), *rows
    )


def test_what_is_served_is_what_was_evaluated(shop: GraphStore) -> None:
    """At the same diversity, with the same weights, for some users."""
    graph = shop.export()
    found = derived(graph)
    vectors = replace(_vectors())
    parts = sources(graph, found.edges, found.scores, [vectors], BlendSettings())
    weights = {**DEFAULT_WEIGHTS["any"], "content": 0.5}
    blend = BlendScores(parts, weights, "any")
    users = graph.ids["User"].to_list()
    model = ArrangedScores(blend, diversity=0.4)
    scores = blend.score(np.arange(5))
    client = Recommender(shop)
    for row, user in enumerate(users[:5]):
        listed = graph.ids["Item"][model.listed(row, scores[row])].to_list()
        served = client.recommend(user, known="any", weights=weights, diversity=0.4)
        assert [one.item for one in served] == listed
        plain = client.recommend(user, known="any", weights=weights)
        assert [one.item for one in plain] != listed


def test_explored_places_are_drawn_again_from_their_seed(shop: GraphStore) -> None:
    client = Recommender(shop)
    plain = [one.item for one in client.recommend("u01")]
    seen = set()
    for seed in map(str, range(12)):
        answer = client.recommend("u01", explore=0.5, seed=seed)
        assert answer.seed == seed
        assert len(answer) == len({one.item for one in answer}) == 10
        kept = [one.item for one in answer if not one.explored]
        assert kept == plain[: len(kept)]
        assert all(0 < one.propensity <= 1 for one in answer)
        seen |= {one.item for one in answer if one.explored}
        again = client.recommend("u01", explore=0.5, seed=seed)
        assert again == answer
        assert again.id != answer.id
    assert {item for item in seen if str(item).startswith("z")}, "new items are shown"
    today = client.recommend("u01", explore=0.5)
    assert str(today.seed).startswith("u01 2")
    assert client.recommend("u01", explore=0.5, seed=today.seed) == today


def test_what_is_explored_keeps_the_rules(shop: GraphStore) -> None:
    client = Recommender(shop)
    for rule in ({"exclude": ["z0", "i03"]}, {"price": (3, None)}):
        found = [
            one.item
            for seed in map(str, range(12))
            for one in client.recommend("u01", 4, where=rule, explore=1, seed=seed)
        ]
        wanted = {"z3", "z4"} if "price" in rule else {"z1"}
        assert wanted <= set(found) - {"z0", "i03"} == set(found)


def test_what_was_bought_before_is_explored_among_itself(shop: GraphStore) -> None:
    client = Recommender(shop)
    had = {one.item for one in client.recommend("u02", 20, known="again")}
    for seed in "abc":
        answer = client.recommend("u02", 3, known="again", explore=1, seed=seed)
        assert {one.item for one in answer} <= had


def test_a_session_is_varied_and_explored_too(shop: GraphStore) -> None:
    client = Recommender(shop)
    answer = client.session(["i01", "i02"], 5, diversity=0.5, explore=0.5, seed="s")
    assert len(answer) == 5
    assert answer == client.session(
        ["i01", "i02"], 5, diversity=0.5, explore=0.5, seed="s"
    )
    assert any(one.explored for one in answer)
    plain, varied = (client.session(["i01", "i02"], 5, diversity=d) for d in (0, 0.9))
    assert [one.item for one in varied] != [one.item for one in plain]


def test_an_answer_that_explores_nothing_is_as_it_was(shop: GraphStore) -> None:
    answer = Recommender(shop).recommend("u01")
    assert answer.seed is None
    assert {one.propensity for one in answer} == {1.0}
    told = answer.to_dict()
    assert told["items"][0]["explored"] is False


def test_pinned_items_stand_among_explored_ones(shop: GraphStore) -> None:
    where = {"pinned": {1: "z2", 3: "i05"}}
    answer = Recommender(shop).recommend(
        "u03", 4, where=where, explore=1, diversity=0.3, seed="s"
    )
    assert [one.item for one in answer][0:3:2] == ["z2", "i05"]
    assert [one.explored for one in answer] == [False, True, False, True]
    assert len({one.item for one in answer}) == 4


def test_diversity_needs_vectors(loaded: GraphStore) -> None:
    derive(loaded)
    client = Recommender(loaded)
    with pytest.raises(UsageError, match="none are published"):
        client.recommend("ann", diversity=0.5)
    for wrong in (-0.1, 1.1, float("nan"), "much", True):
        with pytest.raises(UsageError, match="diversity"):
            client.recommend("ann", diversity=wrong)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="explore"):
            client.recommend("ann", explore=wrong)  # type: ignore[arg-type]
