"""Lists for everyone are the lists that each one is served, on both stores."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from basketweave.baselines.repeat_ranker import RepeatRanker
from basketweave.errors import NotFoundError, UsageError
from basketweave.gnn import GraphFilterConfig
from basketweave.graph import GraphStore, ModelCard
from basketweave.graph.derive import derive
from basketweave.graph.known import Known
from basketweave.graph.tables import Tables
from basketweave.ranking.reranker import Reranker
from basketweave.serving.recommender import Recommender
from basketweave.training import train
from tests.standing import Standing

WEIGHTS = {"graph": 0.4, "repeat": 0.3, "gnn": 0.2, "popularity": 0.1}


@pytest.fixture
def shop(standing: Standing, checkerboard: Tables) -> GraphStore:
    """Derived, with the graph filter's vectors and a blend for new items published."""

    def filled(store: GraphStore) -> None:
        store.load(checkerboard)
        derive(store)
        store.publish(train(store.export(), GraphFilterConfig(dim=4)).vectors)
        store.publish_weights(
            ModelCard("blend_new", kind="blend"), {**WEIGHTS, "power": 0.5}
        )

    return standing(filled)


@pytest.fixture
def client(shop: GraphStore) -> Recommender:
    return Recommender(shop)


@pytest.mark.parametrize("known", ["any", "new", "again"])
def test_they_are_what_each_one_is_served(
    shop: GraphStore, client: Recommender, known: Known
) -> None:
    weights = None if known == "new" else WEIGHTS
    lists = client.recommend_all(3, known=known, weights=weights)
    assert lists["user"].n_unique() > 2
    for user in shop.export().ids["User"]:
        served = client.recommend(user, 3, known=known, weights=weights)
        own = lists.filter(pl.col("user") == user)
        assert own["rank"].to_list() == list(range(1, len(served) + 1))
        assert own["item"].to_list() == [r.item for r in served]
        assert own["title"].to_list() == [r.title or None for r in served]
        assert own["score"].to_list() == pytest.approx(
            [r.score for r in served], abs=1e-5
        )
        for part in WEIGHTS:
            given = [r.parts[part].score for r in served]
            assert own[part].to_list() == pytest.approx(given, abs=1e-5)


def test_some_users_come_in_the_order_they_are_asked(
    shop: GraphStore, client: Recommender
) -> None:
    one, two, *_ = shop.export().ids["User"]
    lists = client.recommend_all(2, users=[two, one, two])
    assert lists["user"].unique(maintain_order=True).to_list() == [two, one]
    assert client.recommend_all(2, users=[]).columns == lists.columns


def test_what_cannot_be_asked_is_told(shop: GraphStore, client: Recommender) -> None:
    with pytest.raises(NotFoundError, match=r"no user 'nobody' \(and 1 more\)"):
        client.recommend_all(users=["nobody", "noone"])
    with pytest.raises(UsageError, match="k"):
        client.recommend_all(0)
    reranked = Recommender(shop, Reranker(RepeatRanker(), shop.export().ids))
    with pytest.raises(UsageError, match="one request at a time"):
        reranked.recommend_all()


def test_nothing_is_derived_yet(loaded: GraphStore) -> None:
    with pytest.raises(NotFoundError, match="basketweave derive"):
        Recommender(loaded).recommend_all()


def test_numbers_stay_numbers(store: GraphStore, checkerboard: Tables) -> None:
    ids = checkerboard.users["id"]
    number = {user: str(n) for n, user in enumerate(ids)}
    users = checkerboard.users.with_columns(pl.col("id").replace_strict(number))
    events = checkerboard.events.with_columns(pl.col("user").replace_strict(number))
    store.load(replace(checkerboard, users=users, events=events, user_ids="int"))
    derive(store)
    lists = Recommender(store).recommend_all(1)
    assert lists.schema["user"] == pl.Int64
    assert lists.schema["item"] == pl.String
