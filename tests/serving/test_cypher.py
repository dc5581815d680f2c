"""One blend, three computations: Cypher on Neo4j, arrays beside the embedded store,
and the offline scores must give the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend.request import Request
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings, complete
from basketweave.blend.sources import sources
from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.derive import Derived, derived, write
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.moments import DAY
from basketweave.neo4j_server import ServerInfo
from basketweave.serving.cypher import CypherEngine, statement
from basketweave.serving.embedded import EmbeddedEngine
from basketweave.serving.engine import Blend, Row, SessionItem
from basketweave.serving.snapshot import Engine
from tests.servers import alone_on

EVEN = {"repeat": 3, "graph": 2, "gnn": 2, "content": 1, "popularity": 1}
ODD = ["it's", 'say "x"', "`tick`", "näh €", "a\\b", "{i}", "$k", "emoji 🧺"]
USERS = [*ODD, *(f"u{n}" for n in range(52))]
ITEMS = [*ODD, *(f"i{n}" for n in range(72))]
NEW = "nobody's history"
BARE = "no vector"


@dataclass(frozen=True)
class Both:
    """The same graph in both stores, and what it was made of."""

    neo4j: GraphStore
    ladybug: GraphStore
    graph: Subgraph
    found: Derived
    vectors: list[Vectors]

    def engines(self) -> tuple[Engine, Engine]:
        """Those that answer from Neo4j and from the embedded store."""
        return CypherEngine(self.neo4j), EmbeddedEngine(self.ladybug)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def both(
    neo4j_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    path = tmp_path_factory.mktemp("serving") / "graph.lbug"
    with alone_on(neo4j_server) as neo4j, connect(path) as ladybug:
        tables = _tables()
        for store in (neo4j, ladybug):
            store.load(tables)
        graph = ladybug.export(relations=[])
        found = derived(graph)
        vectors = [_vectors("walker", "gnn", 1), _vectors("words", "content", 2)]
        for store in (neo4j, ladybug):
            write(store, graph, found)
            for one in vectors:
                store.publish(one)
        yield Both(neo4j, ladybug, graph, found, vectors)


def _tables() -> Tables:
    """60 users with 5 to 40 purchases each, one without a vector, one without any."""
    random = np.random.default_rng(7)
    rows = []
    for user in [*USERS, BARE]:
        favourite = random.integers(0, len(ITEMS), 12)
        for _ in range(int(random.integers(5, 40))):
            anything = int(random.integers(0, len(ITEMS)) ** 1.0)
            item = random.choice(favourite) if random.random() < 0.6 else anything
            rows.append((user, ITEMS[item], int(random.integers(0, 200)) * DAY))
    events = pl.DataFrame(
        rows,
        schema={"user": pl.String, "item": pl.String, "time": pl.Int64},
        orient="row",
    ).unique(maintain_order=True)
    n = len(ITEMS)
    return Tables(
        name="random",
        users=pl.DataFrame({"id": [*USERS, BARE, NEW]}),
        items=pl.DataFrame(
            {
                "id": ITEMS,
                "title": [f"Item {item}" for item in ITEMS],
                "brand": [None if k % 9 == 0 else f"brand {k % 5}" for k in range(n)],
                "price": [None if k % 11 == 0 else k / 4 for k in range(n)],
                "inStock": [k % 3 > 0 for k in range(n)],
            }
        ),
        categories=pl.DataFrame(
            {
                "id": ["food", "food/fruit", "food/bread", "tools"],
                "name": ["food", "fruit", "bread", "tools"],
                "parent": [None, "food", "food", None],
            }
        ),
        in_category=pl.DataFrame(
            {
                "item": ITEMS,
                "category": [
                    ("food/fruit", "food/bread", "tools")[k % 3] for k in range(n)
                ],
            }
        ),
        events=events.with_row_index("n").select(
            pl.exclude("n"),
            kind=pl.when(pl.col("n") % 7 < 5)
            .then(pl.lit("PURCHASED"))
            .otherwise(
                pl.when(pl.col("n") % 7 < 6)
                .then(pl.lit("VIEWED"))
                .otherwise(pl.lit("RATED"))
            ),
            value=pl.lit(1.0),
        ),
    )


def _vectors(name: str, part: Any, seed: int) -> Vectors:
    """Each vector is that of three items, and each fifth item has none."""
    random = np.random.default_rng(seed)
    items = [item for n, item in enumerate(ITEMS) if n % 5]
    few = unit(random.normal(size=(len(items) // 3 + 1, 8)))
    return Vectors(
        ModelCard(name, part=part),
        pl.Series(USERS),
        pl.Series(items),
        unit(random.normal(size=(len(USERS), 8))),
        few[random.permutation(len(items)) // 3],
    )


def _asked(
    both: Both,
    session: list[SessionItem] | None = None,
    settings: dict[str, Any] | None = None,
    vectors: dict[str, list[float]] | None = None,
    **asked: Any,
) -> tuple[list[Row] | None, list[Row] | None]:
    """The rows of both engines."""
    request = Request(**{"user": "u3", "known": "any", "k": 12, **asked})
    given = Blend(
        complete(request.weights or EVEN),
        BlendSettings(**{"power": 0.4, **(settings or {})}),
    )
    read = {part: unit(np.array([v]))[0] for part, v in (vectors or {}).items()}
    found = []
    for engine in both.engines():
        with engine.snapshot() as now:
            found.append(now.rank(request, given, session or [], read))
    left, right = found
    return left, right


def _same(left: list[Row] | None, right: list[Row] | None) -> list[Row]:
    assert left is not None
    assert right is not None
    assert [row.item for row in left] == [row.item for row in right]
    for one, other in zip(left, right, strict=True):
        assert one.title == other.title
        assert one.score == pytest.approx(other.score, abs=1e-5)
        assert list(one.parts) != []
        assert set(one.parts) == set(other.parts)
        for part, (raw, value) in one.parts.items():
            assert raw == pytest.approx(other.parts[part][0], rel=1e-5, abs=1e-6)
            assert value == pytest.approx(other.parts[part][1], rel=1e-4, abs=1e-3)
        assert one.path == other.path
    return left


REQUESTS: dict[str, dict[str, Any]] = {
    "of any items": {},
    "of new items": {"known": "new"},
    "of items bought before": {"known": "again"},
    "by one weight": {"weights": {"gnn": 1.0}},
    "by weights that leave parts out": {"weights": {"graph": 2, "content": 1}},
    "as of a day": {"as_of": 90 * DAY},
    "as of a day, new": {"as_of": 60 * DAY, "known": "new"},
    "before any purchase": {"as_of": -1},
    "of a user without a vector": {"user": BARE},
    "of a user without a vector, new": {"user": BARE, "known": "new"},
    "of a user without a history": {"user": NEW},
    "again, of a user without a history": {"user": NEW, "known": "again"},
    "of more than there are": {"k": 100_000},
    "of one": {"k": 1},
    "below a category": {"where": {"categories": ["food"]}},
    "of two categories": {"where": {"categories": ["food/bread", "tools"]}},
    "of no such category": {"where": {"categories": ["it's `none`"]}},
    "not below a category": {"where": {"not_categories": ["food"]}},
    "of brands": {"where": {"brands": ["brand 1", "brand 2"]}},
    "not of brands": {"where": {"not_brands": ["brand 1", "brand 2"]}},
    "without some items": {"where": {"exclude": [*ODD, "i3"]}},
    "within a price": {"where": {"price": [2, 9]}},
    "up to a price": {"where": {"price": [None, 9]}, "known": "new"},
    "in stock": {"where": {"in_stock": True}},
    "two of a brand": {"where": {"per_brand": 2}, "k": 30},
    "three of a category": {"where": {"per_category": 3}, "k": 30},
    "few of both": {"where": {"per_category": 5, "per_brand": 2}, "k": 30},
    "under all rules": {
        "where": {
            "categories": ["food"],
            "not_brands": ["brand 1"],
            "price": [1, None],
            "in_stock": True,
            "exclude": ["i8"],
            "per_brand": 3,
        },
        "known": "new",
    },
    "unscaled": {"settings": {"scaled": False}},
    "from few candidates": {
        "user": BARE,
        "settings": {
            "walk_candidates": 5,
            "vector_candidates": 1,
            "popular_candidates": 3,
            "walk_starts": 6,
        },
        "known": "new",
        "k": 80,
    },
    "from none popular": {
        "settings": {"popular_candidates": 0, "co_purchased": 0.0},
        "k": 80,
    },
    "of a session": {
        "user": None,
        "known": "new",
        "session": [SessionItem("i1"), SessionItem("it's", 0.8)],
    },
    "of a session that a model has read": {
        "user": None,
        "known": "new",
        "session": [SessionItem("i1"), SessionItem("it's", 0.8)],
        "vectors": {"gnn": [1, -2, 3, 1, 0, 0, 2, 1]},
    },
    "by a vector in place of the user's": {"vectors": {"content": [1.0] * 8}},
    "with a session": {"session": [SessionItem("i1"), SessionItem("no such item")]},
    "of a session of unknown items": {
        "user": None,
        "session": [SessionItem("no such")],
    },
}


@pytest.mark.parametrize("name", REQUESTS)
def test_both_stores_give_the_same_rows(both: Both, name: str) -> None:
    asked = dict(REQUESTS[name])
    users = [asked.pop("user")] if "user" in asked else ["u3", *USERS[:6:2]]
    for user in users:
        _same(*_asked(both, user=user, **asked))


TIGHT = {
    "walk_candidates": 4,
    "vector_candidates": 3,
    "popular_candidates": 2,
    "walk_starts": 6,
}
RULES: dict[str, dict[str, Any]] = {
    "none": {},
    "a category": {"categories": ["food"]},
    "not a category": {"not_categories": ["food/bread"]},
    "brands": {"brands": ["brand 1", "brand 2"]},
    "not a brand": {"not_brands": ["brand 1"]},
    "a price": {"price": [2, 9]},
    "stock": {"in_stock": True},
    "exclusions": {"exclude": [*ODD, "i3", "i4"]},
    "one of a brand": {"per_brand": 1},
    "two of a category": {"per_category": 2},
    "both caps": {"per_brand": 2, "per_category": 3},
    "all together": {
        "categories": ["food", "tools"],
        "not_categories": ["food/bread"],
        "brands": ["brand 1", "brand 2", "brand 3"],
        "not_brands": ["brand 3"],
        "price": [1, 15],
        "in_stock": True,
        "exclude": ["i8"],
        "per_brand": 3,
        "per_category": 5,
    },
}


@pytest.mark.parametrize("known", ["any", "new", "again"])
@pytest.mark.parametrize("rule", RULES)
def test_rules_hold_before_few_candidates_are_cut(
    both: Both, rule: str, known: Any
) -> None:
    for user, k in (("u3", 3), ("it's", 10), (BARE, 80), (NEW, 10)):
        asked = {"user": user, "k": k, "known": known, "where": RULES[rule]}
        _same(*_asked(both, settings=TIGHT, **asked))
    held = [SessionItem("i1"), SessionItem("it's", 0.8)]
    if known == "new":
        session = {"user": None, "k": 10, "known": known, "where": RULES[rule]}
        _same(*_asked(both, session=held, settings=TIGHT, **session))


@pytest.mark.parametrize("item", [*ITEMS[::9], "i0", "it's"])
def test_one_item_is_ranked_among_the_others(both: Both, item: str) -> None:
    for user in ("u3", BARE, NEW):
        for settings in (TIGHT, {}):
            rows = _same(*_asked(both, user=user, only=item, k=10, settings=settings))
            assert [row.item for row in rows] == [item]


@pytest.mark.parametrize("weight", [{"graph": 1.0}, {"gnn": 1.0}, {"popularity": 1.0}])
def test_one_part_alone_is_ranked_alike(both: Both, weight: dict[str, float]) -> None:
    for known in ("any", "new", "again"):
        _same(*_asked(both, weights=weight, known=known, k=80, settings=TIGHT))


def test_without_rules_no_brand_category_price_or_stock_is_read() -> None:
    read = [line for line in statement(ruled=False).splitlines() if "//" not in line]
    rules = (":Brand", ":Category", "item.price", "item.inStock")
    assert not [line for line in read if any(rule in line for rule in rules)]


def test_with_one_kind_of_events_nothing_is_asked_of_kinds() -> None:
    assert "type(bought)" in statement(ruled=False, kinds=True)
    assert "type(bought)" not in statement(ruled=False)
    assert "$asked.kinds" not in statement(ruled=True)


def test_ids_of_any_characters_are_only_ids(both: Both) -> None:
    for user in ODD:
        _same(*_asked(both, user=user, session=[SessionItem(item) for item in ODD]))


def test_an_unknown_user_has_no_rows(both: Both) -> None:
    assert _asked(both, user="who?") == (None, None)


def test_session_items_are_never_offered(both: Both) -> None:
    bought = _same(*_asked(both, known="again"))[0].item
    rows = _same(*_asked(both, session=[SessionItem(bought), SessionItem("i5")], k=200))
    assert not {bought, "i5"} & {row.item for row in rows}


def test_new_items_were_not_bought_and_the_others_were(both: Both) -> None:
    new = {row.item for row in _same(*_asked(both, known="new", k=200))}
    again = {row.item for row in _same(*_asked(both, known="again", k=200))}
    assert new
    assert again
    assert not new & again


def test_the_weighted_values_add_up_to_the_score(both: Both) -> None:
    weights = complete(EVEN)
    for row in _same(*_asked(both)):
        total = sum(weights[part] * value for part, (_, value) in row.parts.items())
        assert row.score == pytest.approx(total, abs=1e-5)


def test_each_path_leads_from_the_user_to_the_item(both: Both) -> None:
    rows = _same(*_asked(both, k=40))
    assert {len(row.path) for row in rows} >= {2, 3}
    for row in rows:
        if row.path:
            assert (row.path[0].label, row.path[0].id) == ("User", "u3")
            assert (row.path[-1].label, row.path[-1].id) == ("Item", row.item)


@pytest.mark.parametrize("known", ["any", "new", "again"])
def test_what_is_served_is_what_was_evaluated(both: Both, known: Any) -> None:
    settings = BlendSettings(power=0.4)
    found = sources(
        both.graph, both.found.edges, both.found.scores, both.vectors, settings
    )
    offline = BlendScores(found, complete(EVEN), known)
    users, items = (both.graph.ids[label].to_list() for label in ("User", "Item"))
    for user in USERS[::6]:
        scores = offline.score(np.array([users.index(user)]))[0]
        order = sorted(range(len(items)), key=lambda n: (-scores[n], items[n]))
        best = [items[n] for n in order if np.isfinite(scores[n])][:10]
        rows = _same(*_asked(both, user=user, known=known, k=10))
        assert [row.item for row in rows] == best
        assert [row.score for row in rows] == pytest.approx(
            [float(scores[items.index(i)]) for i in best], abs=1e-5
        )
