"""Each question on both stores, pasted as it is printed: the rows are known by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from basketweave.blend.request import Request
from basketweave.blend.settings import BlendSettings, complete
from basketweave.graph import GraphStore, ModelCard
from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.kinds import WEIGHTS, Kinds
from basketweave.moments import DAY
from basketweave.queries import query
from basketweave.queries.question import embedded, question, questions
from basketweave.serving.cypher import CypherEngine
from basketweave.serving.engine import Blend
from basketweave.serving.recommender import Recommender
from basketweave.serving.similar import similar

NONE = None
FIRST = 1_704_067_200
TOO = ": whoever takes it often takes this too."
ROWS: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "bought_together": (
        {"item": "bread", "k": 3},
        [
            ("butter", "Butter", 2, 2.0, 0.5, "In 2 baskets with Bread."),
            ("jam", "Jam", 1, 1.0, 0.2, "In 1 baskets with Bread."),
        ],
    ),
    "buy_again": (
        {"user": "ann"},
        [("milk", "Milk", 4, 10.0, 10.0, "Bought every 10 days, last 10 days ago.")],
    ),
    "buying_less": (  # in ten days; ann had 6 in 30 days before, bob 3 in 25
        {"days": 10, "least": 2},
        [
            ("ann", 0, 2.0, FIRST + 30 * DAY, "0 purchases in 10 days, 2.0 before."),
            ("bob", 0, 1.2, FIRST + 30 * DAY, "0 purchases in 10 days, 1.2 before."),
        ],
    ),
    "category_affinity": (
        {"user": "ann"},
        [
            ("food/dairy", "dairy", 4, 4 / 6, ["Milk"], "4 of 6 purchases."),
            ("food/bakery", "bakery", 2, 2 / 6, ["Bread", "Jam"], "2 of 6 purchases."),
        ],
    ),
    "communities": (
        {},
        [("bread", "Bread", 2, ["Butter"], "2 items are bought around it.")],
    ),
    "complete_category": (
        {"user": "bob"},
        [("jam", "Jam", "bakery", 1, "Had 1 of bakery, never this one.")],
    ),
    "explain": (
        {"user": "ann", "item": "butter"},
        [(0.5, "Bread", "CO_PURCHASED", FIRST + 30 * DAY, f"Had Bread{TOO}")],
    ),
    "find_item": (
        {"words": "bread"},
        [("bread", "Bread", 5.0, "Its title has these words.")],
    ),
    "for_basket": (
        {"items": ["bread", "milk"]},
        [
            ("butter", "Butter", 0.5, ["Bread"], "Goes with Bread."),
            ("tea", "Tea", 0.4, ["Bread", "Milk"], "Goes with 2 of these items."),
            ("jam", "Jam", 0.2, ["Bread"], "Goes with Bread."),
        ],
    ),
    "in_category": (  # milk was bought 25 days before the latest
        {"user": "bob", "category": "food"},
        [
            ("bread", "Bread", 0.5 + 0.4 * 0.5 ** (25 / 90), True, "Goes with Butter."),
            ("butter", "Butter", 0.5, True, "Goes with Bread."),
            ("jam", "Jam", 0.2, False, "Goes with Bread."),
        ],
    ),
    "item_health": (
        {},
        [
            ("leads nowhere", 3, 3 / 7, "cake", "Having it gives the walk nothing to go by."),
            ("nothing leads to it", 3, 3 / 7, "cake", "The walk never comes there: vectors or popularity may."),
            ("never bought", 2, 2 / 7, "cake", "No history leads there: content vectors may."),
            ("no category", 1, 1 / 7, "soap", "Rules on categories leave it out."),
            ("no title", 1, 1 / 7, "soap", "Nobody can read what it is, and no title is searched."),
            ("no vector", 1, 1 / 7, "soap", "No live encoder knows it: publish one anew."),
        ],
    ),
    "list_diversity": (  # butter, tea; tea, jam; jam; butter: and eve has no list
        {"people": 5, "k": 2, "popular": 3},
        [(4, 6, 3, 1.5, 2 / 6, "3 items in 4 lists; 1.5 categories in each.")],
    ),
    "nearest": (
        {"item": "bread", "k": 2},
        [
            ("cake", "Cake", 0.96, "Near to Bread by plane_v1."),
            ("butter", "Butter", 0.8, "Near to Bread by plane_v1."),
        ],
    ),
    "neighbourhoods": (
        {"among": 2, "k": 2},
        [
            ("milk", "Milk", 2, 2, 0, 0.0, "0 of 2 by vectors are neighbours in the graph too."),
            ("bread", "Bread", 2, 2, 1, 1 / 3, "1 of 2 by vectors are neighbours in the graph too."),
        ],
    ),
    "new_items": (
        {"user": "ann", "days": 5},
        [("cake", "Cake", "bakery", 2, 0, "New in bakery, of which this user had 2.")],
    ),
    "next_item": (  # bread was taken last, as milk was, and comes first by its id
        {"user": "ann"},
        [("tea", "Tea", 0.3 + 0.7 * 0.1, ["Bread", "Milk"], "Often taken after Bread.")],
    ),
    "people_alike": (
        {"user": "ann", "k": 1},
        [("bob", 0.8, 2, "Near by plane_v1, with 2 items in common.")],
    ),
    "seasonal": (  # 4 of 13 purchases are of February
        {"month": 2},
        [
            ("tea", "Tea", 2, 2, 13 / 4, "2 of 2 purchases in month 2."),
            ("butter", "Butter", 1, 2, 13 / 8, "1 of 2 purchases in month 2."),
            ("bread", "Bread", 1, 3, 13 / 12, "1 of 3 purchases in month 2."),
        ],
    ),
    "similar": (
        {"item": "bread"},
        [
            ("butter", "Butter", 0.5, "CO_PURCHASED", "Taken together with Bread."),
            ("tea", "Tea", 0.3, "FOLLOWED_BY", "Taken after Bread."),
            ("jam", "Jam", 0.2, "CO_PURCHASED", "Taken together with Bread."),
        ],
    ),
    "similar_by_content": (  # three items are of the bakery, two of South
        {"item": "bread"},
        [
            ("jam", "Jam", 1.6316, ["South", "bakery"], "Also of South."),
            ("cake", "Cake", 0.7213, ["bakery"], "Also of bakery."),
        ],
    ),
    "similar_three_ways": (
        {"item": "bread", "k": 2},
        [
            ("butter", "Butter", 1, NONE, 2, "Near by graph, by vectors."),
            ("cake", "Cake", NONE, 2, 1, "Near by content, by vectors."),
            ("jam", "Jam", NONE, 1, NONE, "Near by content."),
            ("tea", "Tea", 2, NONE, NONE, "Near by graph."),
        ],
    ),
    "start_from_category": (
        {"category": "food", "k": 3},
        [
            ("milk", "Milk", "dairy", 6.0, "Popular in dairy."),
            ("bread", "Bread", "bakery", 5.0, "Popular in bakery."),
            ("butter", "Butter", "dairy", 4.0, "Popular in dairy."),
        ],
    ),
    "start_from_likes": (
        {"items": ["bread"], "categories": ["drinks"]},
        [
            ("tea", "Tea", (0.3 / 0.5 + 1) / 2, "Goes with Bread."),
            ("butter", "Butter", 0.5, "Goes with Bread."),
            ("jam", "Jam", 0.2, "Goes with Bread."),
        ],
    ),
    "start_from_profile": (
        {"profile": {"age": "young"}, "k": 3},
        [
            ("bread", "Bread", 2, 5 / 3, "Bought by 2 of 2 such people."),
            ("milk", "Milk", 2, 5 / 2, "Bought by 2 of 2 such people."),
            ("butter", "Butter", 1, 5 / 4, "Bought by 1 of 2 such people."),
        ],
    ),
    "trending": (  # five days against the five before, in which nothing was bought
        {"days": 5},
        [
            ("tea", "Tea", 2, 0, 3.0, "Bought 2 times, 0 in as many days before."),
            ("bread", "Bread", 1, 0, 2.0, "Bought 1 times, 0 in as many days before."),
            ("butter", "Butter", 1, 0, 2.0, "Bought 1 times, 0 in as many days before."),
        ],
    ),
    "two_models": (
        {"user": "ann", "models": ["plane", "other"], "k": 2},
        [
            ("milk", "Milk", 1, 2, "Both have it among their best."),
            ("bread", "Bread", NONE, 1, "other alone has it among its best."),
            ("jam", "Jam", 2, NONE, "plane alone has it among its best."),
        ],
    ),
    "users_for_item": (
        {"item": "butter"},
        [
            ("ann", 0.5, ["Bread"], "Had Bread."),
            ("dan", 0.1, ["Tea"], "Had Tea."),
        ],
    ),
    "users_like_me": (  # two had milk, three had bread
        {"user": "ann"},
        [
            ("bob", 2, 1.6316, ["Milk", "Bread"], "Bought 2 of the same items."),
            ("cat", 1, 0.7213, ["Bread"], "Bought 1 of the same items."),
        ],
    ),
    "why_not": (
        {"user": "ann", "item": "bread", "shown": 1},
        [(NONE, NONE, 1.0, "Had before, and known is 'new'.")],
    ),
}  # fmt: skip
APART = {
    "experiments",
    "explain_picture",
    "models",
    "recommend",
    "recommend_picture",
    "statistics",
}
UNKNOWN: dict[str, Any] = {
    "user": "zz",
    "item": "zz",
    "items": ["zz"],
    "category": "zz",
    "model": "zz",
}
UNKNOWN |= {"models": ["zz", "zz"], "profile": {"zz": 1}, "categories": ["zz"]}


def asked(store: GraphStore, name: str, **given: Any) -> pl.DataFrame:
    """The rows of a question: pasted on Neo4j, with parameters on the embedded store."""
    if store.dialect == "neo4j":
        return store.run(question(name).pasted(given).rstrip().removesuffix(";"))
    here = embedded(name)
    assert here is not None
    return store.run(here.statement, here.given(given))


def _near(row: tuple[Any, ...]) -> list[Any]:
    return [pytest.approx(v, rel=1e-4) if isinstance(v, float) else v for v in row]


def each(*parameters: str) -> pytest.MarkDecorator:
    """Each question with one of these parameters (or any) on each store that knows it."""
    cases = [
        (store, name)
        for name in ROWS
        if not parameters or {*question(name).defaults} & {*parameters}
        for store in ("neo4j", "ladybug")
        if store == "neo4j" or embedded(name)
    ]
    return pytest.mark.parametrize(("shop", "name"), cases, indirect=["shop"])


on_neo4j = pytest.mark.parametrize("shop", ["neo4j"], indirect=True)


def test_each_question_is_asked_here() -> None:
    assert {*ROWS, *APART} == set(questions())


@each()
def test_the_rows_are_those_known_by_hand(shop: GraphStore, name: str) -> None:
    given, rows = ROWS[name]
    found = asked(shop, name, **given)
    assert found.rows() == [tuple(_near(row)) for row in rows]
    assert found.columns[-1] == "why"


@each(*UNKNOWN)
def test_what_is_unknown_is_told_in_a_row(shop: GraphStore, name: str) -> None:
    unknown = {n: v for n, v in UNKNOWN.items() if n in question(name).defaults}
    found = asked(shop, name, **unknown)
    assert len(found) in (1, 2)
    for why in found["why"]:
        assert why.startswith(("There is no such", "There are no such", "No such", "One of these", "Nobody has"))  # fmt: skip


@on_neo4j
def test_a_number_is_taken_for_the_text_that_it_is(shop: GraphStore) -> None:
    for name, number in (("next_item", {"user": 1}), ("similar", {"item": 1.0})):
        assert asked(shop, name, **number)["why"][0].startswith("There is no such")


def test_statistics_count_what_there_is(shop: GraphStore) -> None:
    found = dict(asked(shop, "statistics").select("what", "count").iter_rows())
    events = 13 if shop.dialect == "ladybug" else 10
    assert found == {
        "User": 5, "Item": 7, "Category": 4, "Brand": 2, "PURCHASED": events,
        "VIEWED": 0, "ADDED_TO_CART": 0, "RATED": 0, "CO_PURCHASED": 4,
        "FOLLOWED_BY": 3, "days": 40,
    }  # fmt: skip


def test_models_tell_what_is_live(shop: GraphStore) -> None:
    found = asked(shop, "models").filter(pl.col("kind") == "encoder")
    assert found.select("name", "part", "status").rows() == [
        ("other", "content", "live"),
        ("plane", "gnn", "live"),
    ]


def test_items_without_relationships_or_vectors_are_like_none(shop: GraphStore) -> None:
    assert [row.item for row in similar(shop, "bread", 2) or []] == ["butter", "jam"]
    assert similar(shop, "soap", 3) == []
    assert similar(shop, "no such item", 3) is None


# --- recommend, which the engine asks on Neo4j and computes on the embedded store


@on_neo4j
def test_the_browser_gets_the_published_blend(shop: GraphStore) -> None:
    weights = {"gnn": 1.0, "walkCandidates": 7}
    shop.publish_weights(ModelCard("blend_any", kind="blend"), weights)
    rows = asked(shop, "recommend", user="ann")
    blend = Blend(complete({"gnn": 1.0}), BlendSettings(walk_candidates=7))
    with CypherEngine(shop).snapshot() as now:  # type: ignore[arg-type]
        served = now.rank(Request(user="ann", known="any"), blend)
    assert served is not None
    assert rows["id"].to_list() == [row.item for row in served]
    assert rows["score"].to_list() == [row.score for row in served]


@on_neo4j
def test_what_cannot_be_meant_comes_first_in_words(shop: GraphStore) -> None:
    wrong = {
        "known": "old",
        "weights": {"taste": 1, "sequence": 1},
        "where": {"category": 1, "categories": ["zz"], "brands": ["zz"]},
    }
    assert asked(shop, "recommend", user="zz", **wrong)["why"].to_list() == [
        "There is no user zz. Ids are texts, such as '1'.",
        "known is 'new', 'again' or 'any', not 'old'.",
        "No part is called taste: repeat, graph, gnn, sequence, content, popularity.",
        "No vectors are published for the part sequence.",
        "No rule is called category: see the head of this query.",
        "There is no category zz.",
        "There is no brand zz.",
    ]
    assert asked(shop, "recommend", user=1)["why"].str.contains("no user 1").all()


@on_neo4j
def test_why_says_what_leads_to_an_item(shop: GraphStore) -> None:
    given = {"weights": {"graph": 1}, "known": "new"}
    found = asked(shop, "recommend", user="ann", **given)
    why = dict(found.select("id", "why").iter_rows())
    assert why["butter"] == f"Had Bread{TOO}"
    assert why["tea"] == "Had Bread: whoever takes it often takes this next."
    picture = asked(shop, "recommend_picture", user="ann", **given)
    drawn = dict(picture.select("id", "picture").iter_rows())
    assert [n["id"] for n in drawn["butter"]["_nodes"]] == ["ann", "bread", "butter"]


@on_neo4j
def test_an_explanation_is_drawn(shop: GraphStore) -> None:
    found = asked(shop, "explain_picture", user="ann", item="butter")
    assert [n["id"] for n in found["picture"][0]["_nodes"]] == [
        "ann",
        "bread",
        "butter",
    ]


@on_neo4j
def test_an_item_that_is_shown_or_only_ranked_lower_says_so(shop: GraphStore) -> None:
    given = {"user": "ann", "weights": {"graph": 1}}
    assert asked(shop, "why_not", item="butter", **given)["why"].to_list() == [
        "It is shown, at place 1."
    ]
    lower = asked(shop, "why_not", item="tea", shown=1, **given)
    assert lower["why"][0].startswith("At place 2: its graph is")


def test_the_engine_asks_what_is_printed() -> None:
    assert query("recommend") == question("recommend").statement


@on_neo4j
def test_kinds_count_in_the_browser_as_they_do_for_the_client(shop: GraphStore) -> None:
    viewed = {"user": "ann", "item": "tea", "kind": "VIEWED", "time": FIRST + 30 * DAY}
    weights = {"repeat": 0.8, "graph": 0.2}
    found, repeats = question("recommend"), []
    dear = Kinds({**WEIGHTS, "VIEWED": 0.7}, ("PURCHASED",), "PURCHASED")
    shop.record(viewed)
    try:
        for kinds in (None, dear):
            shop.set_kinds(kinds)
            given = {"user": "ann", "known": "new", "weights": weights}
            rows = shop.run(found.statement, found.given({**given, "k": 3}))
            served = Recommender(shop).recommend("ann", 3, weights=weights)
            assert rows["id"].to_list() == [one.item for one in served]
            assert rows["score"].to_list() == pytest.approx([r.score for r in served])
            assert dict(rows.select("id", "why").iter_rows())["tea"] == (
                "Looked at before."
            )
            repeats.append(max(raw["repeat"] for raw in rows["raw"]))
    finally:
        shop.set_kinds(None)
        shop.delete_events(viewed)
    assert repeats[1] == pytest.approx(7 * repeats[0], rel=1e-6)


@on_neo4j
def test_experiments_are_counted_by_group(shop: GraphStore) -> None:
    assert asked(shop, "experiments")["why"].to_list() == [
        "No experiment was started: basketweave experiment start"
    ]
    shop.write_experiment(LiveExperiment("early", "blend_any@1", "blend_any@2", 0.5, 0))
    told = [  # ann took bread the day after, cat tea; what is shown again counts once
        ("ann", "bread", 29, "a"),
        ("ann", "bread", 31, "a"),
        ("bob", "tea", 1, "a"),
        ("cat", "tea", 38, "b"),
    ]
    shop.record_shown(
        {"answer": str(n), "user": user, "item": item, "place": 1, "group": group,
         "experiment": "early", "at": FIRST + day * DAY}
        for n, (user, item, day, group) in enumerate(told)
    )  # fmt: skip
    try:
        assert asked(shop, "experiments").rows() == [
            ("early", "a", "blend_any@1", 2, 2, 1, 0.5, "They took 1 of 2 items shown."),
            ("early", "b", "blend_any@2", 1, 1, 1, 1.0, "They took 1 of 1 items shown."),
        ]  # fmt: skip
    finally:
        shop.prune_shown(FIRST + 50 * DAY)
