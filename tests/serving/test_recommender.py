"""The client refuses what cannot be asked, and gives what can be, whatever the ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph import ModelCard, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

HARD = ["it's", '"quoted"', "`tick`", "naïve ☕ 買い物", "\\back\nline", "x" * 10_000]


@pytest.fixture(scope="module")
def client(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recommender]:
    """The checkerboard with what is derived from it, and zoe, who bought nothing."""
    zoe = pl.DataFrame({"id": ["zoe"]})
    users = pl.concat([checkerboard.users, zoe])
    with connect(str(tmp_path_factory.mktemp("client") / "graph.lbug")) as store:
        store.load(replace(checkerboard, users=users))
        derive(store)
        yield Recommender(store)


def test_a_user_is_offered_only_what_they_lack(client: Recommender) -> None:
    assert {r.item for r in client.recommend("ann", 10)} == {"b", "d", "f"}


def test_a_user_is_offered_again_only_what_they_had(client: Recommender) -> None:
    assert {r.item for r in client.recommend("ann", known="again")} == {"a", "c", "e"}


def test_a_score_is_the_sum_of_its_parts(client: Recommender) -> None:
    for found in client.recommend("ann", known="any"):
        whole = sum(part.score for part in found.parts.values())
        assert found.score == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("user", ["nobody", "Ann", *HARD])
def test_an_unknown_user_is_not_found(client: Recommender, user: str) -> None:
    with pytest.raises(NotFoundError, match="no user"):
        client.recommend(user)


@pytest.mark.parametrize("item", ["nothing", *HARD])
def test_an_unknown_item_is_not_found(client: Recommender, item: str) -> None:
    with pytest.raises(NotFoundError, match="no item"):
        client.similar(item)
    with pytest.raises(NotFoundError, match="no item"):
        client.explain("ann", item)
    with pytest.raises(NotFoundError, match="none of these items"):
        client.session([item])


def test_unknown_items_of_a_session_are_passed_over(client: Recommender) -> None:
    known = [r.item for r in client.session(["a"])]
    assert [r.item for r in client.session(["a", "nothing"])] == known


def test_a_session_walks_from_each_item_the_older_the_weaker(
    client: Recommender,
) -> None:
    """The newest item pulls 1, the one before it .8, however often each came."""

    def walked(*session: str) -> dict[object, float]:
        found = client.session(session, weights={"graph": 1})
        return {one.item: one.parts["graph"].raw for one in found}

    alone = {item: walked(item) for item in "ac"}
    together = walked("a", "c", "a", "c", "c")
    assert together["e"] > 0
    for item, raw in together.items():
        pulls = {"c": 1.0, "a": 0.8}
        expected = sum(p * alone[i].get(item, 0) for i, p in pulls.items())
        assert raw == pytest.approx(expected, rel=1e-5)


def test_a_habit_ages_until_the_time_that_is_asked_about(client: Recommender) -> None:
    """The events are the same; only what now is differs."""
    last = client.recommend("ann", known="again", as_of=30 * 86_400)
    later = client.recommend("ann", known="again", as_of=50 * 86_400)
    fell = [
        two.parts["repeat"].raw < 0.9 * one.parts["repeat"].raw
        for one in last
        for two in later
        if one.item == two.item
    ]
    assert fell == [True] * 3


def test_an_empty_session_cannot_be_asked(client: Recommender) -> None:
    with pytest.raises(UsageError, match="at least one item"):
        client.session([])


def test_someone_without_history_is_offered_what_is_popular(
    client: Recommender,
) -> None:
    found = client.recommend("zoe", 3)
    assert len(found) == 3
    assert all(r.parts["graph"].raw == 0 for r in found)
    assert len(client.recommend("zoe", known="again")) == 0


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_item_cannot_be_asked(client: Recommender, k: int) -> None:
    with pytest.raises(UsageError, match="'k' cannot be"):
        client.recommend("ann", k)
    with pytest.raises(UsageError, match="'k' cannot be"):
        client.similar("a", k)
    with pytest.raises(UsageError, match="'k' cannot be"):
        client.session(["a"], k)


def test_more_items_than_there_are_gives_all(client: Recommender) -> None:
    assert len(client.recommend("ann", 1_000_000, known="any")) == 6
    assert {r.item for r in client.similar("a", 1_000_000)} <= {"b", "c", "d", "e", "f"}


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({"graph": -1.0}, "finite and >= 0"),
        ({"graph": float("nan")}, "finite and >= 0"),
        ({"graph": float("inf")}, "finite and >= 0"),
        ({"graph": 0.0}, "above 0"),
        ({}, "above 0"),
        ({"magic": 1.0}, "'magic' is not a part"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(
    client: Recommender, weights: dict[str, float], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        client.recommend("ann", weights=weights)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"colour": "red"}, "'colour' is not a setting"),
        ({"per_brand": 0}, "'per_brand' cannot be 0"),
        ({"price": (1, 2, 3)}, "'price' cannot be"),
        ({"brands": [""]}, "'brands' cannot be"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(
    client: Recommender, where: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        client.recommend("ann", where=where)


def test_rules_bound_what_is_offered(client: Recommender) -> None:
    def offered(**where: object) -> set[int | str]:
        return {r.item for r in client.recommend("ann", known="any", where=where)}

    assert offered(brands=["North"]) == {"a", "c", "e"}
    assert offered(not_brands=["North"]) == {"b", "d", "f"}
    assert offered(categories=["food"]) == set("abcdef")
    assert offered(categories=["food/fruit"], exclude=["a"]) == {"c", "e"}
    assert offered(price=(2, 4)) == {"b", "c", "d"}
    assert len(offered(per_category=1)) == 2


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"brands": ["'; MATCH (n) DETACH DELETE n"]}, "no brand"),
        ({"brands": ["norht"]}, "Did you mean 'North'?"),
        ({"categories": ["Bread"]}, "Did you mean 'food/bread'?"),
        ({"not_categories": ["fruit"]}, "Did you mean 'food/fruit'?"),
    ],
)
def test_an_unknown_name_in_a_rule_is_not_found(
    client: Recommender, where: dict[str, object], told: str
) -> None:
    for asked in (
        lambda: client.recommend("ann", where=where),
        lambda: client.session(["a"], where=where),
        lambda: client.recommend_all(where=where),
    ):
        with pytest.raises(NotFoundError, match=re.escape(told)):
            asked()


def test_a_rule_on_what_is_said_of_no_item_cannot_be_asked(
    client: Recommender,
) -> None:
    with pytest.raises(UsageError, match="'inStock'"):
        client.recommend("ann", where={"in_stock": True})


def test_a_weight_on_what_is_not_published_is_not_found(client: Recommender) -> None:
    for asked in (
        lambda: client.recommend("ann", weights={"gnn": 1}),
        lambda: client.session(["a"], weights={"graph": 1, "gnn": 1}),
        lambda: client.recommend_all(weights={"gnn": 1}),
    ):
        with pytest.raises(NotFoundError, match="basketweave train filter --publish"):
            asked()
    assert len(client.recommend("ann", weights={"graph": 1, "gnn": 0})) == 3


def test_what_was_bought_later_does_not_count(client: Recommender) -> None:
    assert len(client.recommend("ann", known="again", as_of=86_400)) == 1


def test_an_explanation_is_that_of_the_recommendation(client: Recommender) -> None:
    best = client.recommend("ann", known="any")[0]
    assert client.explain("ann", best.item).score == pytest.approx(best.score)


def test_a_table_has_a_row_an_item_and_a_column_a_part(client: Recommender) -> None:
    table = client.recommend("ann", 2).to_pandas()
    assert len(table) == 2
    assert {"item", "title", "score", "graph", "popularity", "why"} <= set(table)


def test_printed_recommendations_name_their_items(client: Recommender) -> None:
    found = client.recommend("ann", 1)
    assert found[0].title in str(found)
    nothing = client.recommend("zoe", known="again")
    assert str(nothing) == "no recommendations"
    assert len(nothing.to_pandas()) == 0


def test_hard_ids_are_recommended_as_they_are(tmp_path: Path) -> None:
    users, items = HARD[:3], HARD
    rows = [(u, i, 86_400 * (1 + n)) for n, i in enumerate(items) for u in users]
    events = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    tables = Tables(
        name="hard",
        users=pl.DataFrame({"id": users}),
        items=pl.DataFrame({"id": items, "title": items}),
        events=events.with_columns(kind=pl.lit("PURCHASED"), value=pl.lit(1.0)),
    )
    with connect(str(tmp_path / "hard.lbug")) as store:
        store.load(tables)
        derive(store)
        client = Recommender(store)
        for user in users:
            assert {r.item for r in client.recommend(user, known="again")} == set(items)
        for item in items:
            assert {r.item for r in client.similar(item)} == set(items) - {item}
            assert client.explain(users[0], item).item == item


ASKED: dict[str, tuple[Any, Any]] = {
    "numpy's numbers": ([np.int64(1), np.int32(2)], np.int64(1)),
    "decimals of a column with gaps": (pd.Series([1.0, 2.0]), 1.0),
    "a series of pandas": (pd.Series([1, 2]), np.float64(1)),
    "a series of polars": (pl.Series([1, 2]), "1"),
    "an array": (np.array([1, 2]), 1),
    "text": (("1", "2"), "1"),
}


@pytest.fixture(scope="module")
def numbered(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recommender]:
    """The checkerboard with numbers for ids, and a category that is a number."""
    users = {u: str(n) for n, u in enumerate(checkerboard.users["id"], 1)}
    items = {i: str(n) for n, i in enumerate(checkerboard.items["id"], 1)}
    number = pl.col("id").replace_strict(items)
    tables = replace(
        checkerboard,
        users=checkerboard.users.with_columns(pl.col("id").replace_strict(users)),
        items=checkerboard.items.with_columns(number),
        categories=pl.DataFrame({"id": ["7", "8"], "name": ["7", "8"]}).with_columns(
            parent=pl.lit(None, pl.String)
        ),
        in_category=pl.DataFrame({"item": ["2", "4"], "category": ["7", "8"]}),
        events=checkerboard.events.with_columns(
            pl.col("user").replace_strict(users), pl.col("item").replace_strict(items)
        ),
        user_ids="int",
        item_ids="int",
    )
    with connect(str(tmp_path_factory.mktemp("numbered") / "graph.lbug")) as store:
        store.load(tables)
        derive(store)
        yield Recommender(store)


@pytest.mark.parametrize("kind", ASKED)
def test_ids_are_taken_as_any_library_has_them(
    numbered: Recommender, kind: str
) -> None:
    several, one = ASKED[kind]
    plain = numbered.recommend(1, session=[1, 2])
    assert plain.to_dict() == numbered.recommend(one, session=several).to_dict()
    session = numbered.session(several)
    assert session.to_dict() == numbered.session([1, 2]).to_dict()
    lists = numbered.recommend_all(users=several)
    assert lists.equals(numbered.recommend_all(users=[1, 2]))
    assert numbered.explain(one, one).item == 1
    assert numbered.similar(one).to_dict() == numbered.similar(1).to_dict()
    kept = numbered.recommend(1, where={"exclude": several})
    assert not {1, 2} & {row.item for row in kept}


@pytest.mark.parametrize("category", [7, 7.0, "7", np.int16(7)])
def test_a_category_may_be_a_number(numbered: Recommender, category: object) -> None:
    assert [
        r.item for r in numbered.recommend(1, where={"categories": [category]})
    ] == [2]


@pytest.mark.parametrize(
    "user",
    [
        None,
        True,
        1.5,
        float("nan"),
        "",
        "\0",
        "\ud800",
        [1],
        b"1",
        pytest.param(10**5000, id="of 5,000 digits"),
        pytest.param("x" * 100_001, id="too long"),
    ],
)
def test_what_can_be_no_id_is_refused(numbered: Recommender, user: Any) -> None:
    for asked in (
        lambda: numbered.explain(user, 1),
        lambda: numbered.similar(user),
        lambda: numbered.session([user]),
        lambda: numbered.recommend_all(users=[user]),
    ):
        with pytest.raises(UsageError):
            asked()


@pytest.mark.parametrize(
    "items", ["12", 1, None, {"a": 1}, pd.DataFrame({"item": [1]})]
)
def test_what_is_no_list_of_ids_is_refused(numbered: Recommender, items: Any) -> None:
    with pytest.raises(UsageError, match="must be a list of ids"):
        numbered.session(items)


@pytest.mark.parametrize("k", ["5", True, None, 2.5, float("inf"), 10**9, [3]])
def test_what_is_no_number_of_items_is_refused(client: Recommender, k: Any) -> None:
    for asked in (
        lambda: client.recommend("ann", k),
        lambda: client.session(["a"], k),
        lambda: client.similar("a", k),
        lambda: client.recommend_all(k),
    ):
        with pytest.raises(UsageError, match="'k' cannot be"):
            asked()


def test_a_misspelt_field_or_part_is_told_with_what_is_near(
    client: Recommender,
) -> None:
    cases: tuple[tuple[Any, Any, str], ...] = (
        ({"grahp": 1}, None, "Did you mean 'graph'"),
        (None, {"brand": ["North"]}, "Did you mean 'brands'"),
        ([1], None, "'weights' cannot be .*: give part -> weight"),
        (None, ["North"], "where must be a mapping"),
        (None, {"price": (3, 2)}, "no price is between"),
        (None, {"in_stock": "yes"}, "neither True nor False"),
    )
    for weights, where, told in cases:
        with pytest.raises(UsageError, match=told):
            client.recommend("ann", weights=weights, where=where)
    with pytest.raises(UsageError, match="'known' cannot be"):
        client.recommend("ann", known="newest")  # type: ignore[arg-type]


def test_no_rules_are_rules_that_are_none(client: Recommender) -> None:
    none: dict[str, Any] = {
        "brands": None,
        "price": None,
        "in_stock": None,
        "per_brand": None,
    }
    assert client.recommend("ann", where=none) == client.recommend("ann")


def test_only_the_proportions_of_weights_count(client: Recommender) -> None:
    even = client.recommend("ann", weights={"graph": 1, "popularity": 1})
    weights: tuple[Any, ...] = (1e308, 5e-324, np.float32(3))
    for weight in weights:
        same = client.recommend("ann", weights={"graph": weight, "popularity": weight})
        assert same == even


def test_a_popularity_that_is_no_number_is_none(
    tmp_path: Path, checkerboard: Tables
) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        derive(store)
        strange = {"id": ["b", "d"], "popularity": [float("nan"), float("inf")]}
        store.write_item_scores(pl.DataFrame(strange))
        found = Recommender(store).recommend("ann", weights={"popularity": 1})
        assert [(r.item, r.score) for r in found] == [
            ("f", 1.0),
            ("b", 0.0),
            ("d", 0.0),
        ]


def test_published_weights_that_rank_nothing_are_told(
    tmp_path: Path, checkerboard: Tables
) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(checkerboard)
        derive(store)
        card = ModelCard("blend_new", kind="blend")
        store.publish_weights(card, {"graph": 0.0, "popularity": 0.0})
        with pytest.raises(UsageError, match="No weight is above 0"):
            Recommender(store).recommend("ann")
        assert len(Recommender(store).recommend("ann", weights={"graph": 1})) == 3
