"""Whatever the client is asked, an answer or a sentence comes back, on both stores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

MANY = settings().max_examples
FEW = settings(
    max_examples=MANY // 5,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,  # the store is only read
    ],
)
"""On the server each call costs a round trip or five."""

USERS, ITEMS = ["ann", "bob", "cat"], ["a", "b", "c", "d", "e", "f"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**63, -(2**63), 2**64, 10**400, 10**5000, 0, -1]),
    st.floats(),
    st.sampled_from([1e308, 5e-324, 1.0, -0.0, 2.5]),
    st.text(max_size=8),
    st.sampled_from(["", "\0", "\ud800", "a\0", "x" * 100_001, "²", "1.0", "5", "nan"]),
    st.binary(max_size=4),
    st.sampled_from(
        [
            np.int64(1),
            np.uint8(7),
            np.float32(1),
            np.float64("nan"),
            np.bool_(True),
            np.str_("ann"),
            np.datetime64("2020-01-01"),
            np.timedelta64(1, "D"),
            pd.NA,
            pd.NaT,
            pd.Timestamp("2020-01-01"),
            Decimal("1.0"),
            Decimal("NaN"),
            Decimal("sNaN"),
            Fraction(10**400, 3),
            1j,
            object,
            ...,
        ]
    ),
)
ODD = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(st.text(max_size=3), SCALARS, max_size=2),
    st.sampled_from(
        [
            pd.Series(["a", "b"]),
            pd.Series([1.0, math.nan]),
            pl.Series(["a", None]),
            pl.Series([1, 2]),
            pd.DataFrame({"item": ["a"]}),
            pl.DataFrame({"item": ["a"]}),
            np.array(["a", "b"]),
            np.array(3),
            np.zeros((2, 2)),
            range(3),
            {"a"},
            iter(["a"]),
        ]
    ),
)


def _mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(good, good, good, ODD)


USER = _mostly(st.sampled_from([*USERS, np.str_("bob"), "nobody"]))
ITEM = _mostly(st.sampled_from([*ITEMS, "nothing"]))
HELD = _mostly(
    st.one_of(
        st.lists(ITEM, max_size=4),
        st.sampled_from([tuple("abc"), pd.Series(["a", "b"]), pl.Series(["c"])]),
        st.just(["a", *(f"x{n}" for n in range(3_000))]),
        st.just(ITEMS * 500),
    )
)
K = _mostly(st.sampled_from([1, 3, 10, 1_000_000, np.int32(4), 5.0]))
KNOWN = _mostly(st.sampled_from(["new", "again", "any"]))
AS_OF = _mostly(st.sampled_from([None, 0, 5 * 86_400, "1970-01-05", -(2**40)]))
PARTS = ["repeat", "graph", "gnn", "sequence", "content", "popularity", "grahp"]
WEIGHT = _mostly(st.sampled_from([0, 0.5, 1, np.float32(2), 1e308]))
WEIGHTS = _mostly(
    st.one_of(
        st.none(),
        st.dictionaries(st.sampled_from(PARTS[:2] + PARTS[-2:-1]), WEIGHT),
        st.dictionaries(st.sampled_from(PARTS), WEIGHT),
    )
)
PRICE = _mostly(
    st.tuples(
        _mostly(st.sampled_from([None, 1, 2.5])), _mostly(st.sampled_from([None, 4]))
    )
)
WHERE = _mostly(
    st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {},
            optional={
                "categories": _mostly(
                    st.lists(_mostly(st.just("food/fruit")), max_size=2)
                ),
                "not_categories": _mostly(st.just(["food/bread"])),
                "brands": _mostly(st.just(["North"])),
                "not_brands": _mostly(st.just(["South"])),
                "exclude": HELD,
                "price": PRICE,
                "in_stock": _mostly(st.booleans()),
                "per_brand": _mostly(st.sampled_from([1, 2])),
                "per_category": _mostly(st.just(1)),
            },
        ),
        st.dictionaries(st.sampled_from(["brand", "colour", "categories"]), ODD),
    )
)
WHO = _mostly(
    st.one_of(st.none(), st.lists(USER, max_size=3), st.just(pd.Series(["ann", "cat"])))
)


def _made(store: GraphStore, shop: Tables) -> Recommender:
    """The checkerboard, derived, with vectors of one part, and one strange popularity."""
    store.load(shop)
    derive(store)
    users, items = shop.users["id"], shop.items["id"]
    draw = np.random.default_rng(0)
    taste = unit(draw.normal(size=(len(users), 4)))
    kinds = unit(draw.normal(size=(len(items), 4)))
    store.publish(Vectors(ModelCard("gat"), users, items, taste, kinds))
    strange = pl.DataFrame({"id": ["f"], "popularity": [math.nan]})
    store.write_item_scores(strange)
    return Recommender(store)


@pytest.fixture(scope="module")
def client(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recommender]:
    """On the embedded store, for all of this file."""
    with connect(str(tmp_path_factory.mktemp("fuzz") / "graph.lbug")) as store:
        yield _made(store, checkerboard)


def _recommend(
    client: Recommender,
    user: Any,
    k: Any,
    weights: Any,
    known: Any,
    where: Any,
    held: Any,
    as_of: Any,
) -> None:
    more = {"weights": weights, "known": known, "where": where, "as_of": as_of}
    _asked(lambda: client.recommend(user, k, session=held, **more), k)


def _session(client: Recommender, held: Any, k: Any, weights: Any, where: Any) -> None:
    _asked(lambda: client.session(held, k, weights=weights, where=where), k)


def _recommend_all(
    client: Recommender, k: Any, weights: Any, known: Any, where: Any, users: Any
) -> None:
    more = {"weights": weights, "known": known, "where": where, "users": users}
    found = _tried(lambda: client.recommend_all(k, **more))
    if found is not None:
        assert (found["rank"] <= int(k)).all()
        assert found["score"].is_finite().all()


def _tried(ask: Callable[[], Any]) -> Any:
    """The answer; None where an error says in words why there is none."""
    try:
        return ask()
    except (UsageError, NotFoundError) as error:
        told = str(error)
    assert 10 < len(told) < 2_000
    assert told.encode()
    return None


def _asked(ask: Callable[[], Any], k: object) -> None:
    """An answer of at most `k` rows with finite scores, or an error in a sentence."""
    rows = _tried(ask)
    if rows is None:
        return
    assert len(rows) <= int(k)  # type: ignore[call-overload]
    for row in rows:
        assert math.isfinite(row.score)
        assert all(math.isfinite(p.value) for p in row.parts.values())


@given(asked=st.tuples(USER, K, WEIGHTS, KNOWN, WHERE, HELD, AS_OF))
def test_recommend(client: Recommender, asked: Any) -> None:
    _recommend(client, *asked)


@given(asked=st.tuples(HELD, K, WEIGHTS, WHERE))
def test_session(client: Recommender, asked: Any) -> None:
    _session(client, *asked)


@given(asked=st.tuples(K, WEIGHTS, KNOWN, WHERE, WHO))
def test_recommend_all(client: Recommender, asked: Any) -> None:
    _recommend_all(client, *asked)


@given(ITEM, K)
def test_similar(client: Recommender, item: Any, k: Any) -> None:
    _asked(lambda: client.similar(item, k), k)


@given(USER, ITEM, AS_OF)
def test_explain(client: Recommender, user: Any, item: Any, as_of: Any) -> None:
    _asked(lambda: [client.explain(user, item, as_of=as_of)], 1)


@FEW
@given(
    st.one_of(
        st.tuples(st.just(_recommend), USER, K, WEIGHTS, KNOWN, WHERE, HELD, AS_OF),
        st.tuples(st.just(_session), HELD, K, WEIGHTS, WHERE),
        st.tuples(st.just(_recommend_all), K, WEIGHTS, KNOWN, WHERE, WHO),
    )
)
def test_some_calls_on_both_stores(
    store: GraphStore, checkerboard: Tables, call: tuple[Any, ...]
) -> None:
    if store.dataset() is None:
        _made(store, checkerboard)
    ask, *asked = call
    ask(Recommender(store), *asked)
