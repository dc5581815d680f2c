"""Which path explains an item on the embedded store, where several would do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from basketweave.graph import GraphStore, connect
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

WALK = {"graph": 1.0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    """Ann viewed and bought `b` and `a` in one second, and viewed `c`."""
    rows = [("b", "VIEWED"), ("b", "PURCHASED"), ("a", "PURCHASED"), ("c", "VIEWED")]
    events = pl.DataFrame(rows, schema=["item", "kind"], orient="row")
    with connect(tmp_path / "shop.lbug") as opened:
        opened.load(
            Tables(
                name="four",
                users=pl.DataFrame({"id": ["ann"]}),
                items=pl.DataFrame({"id": list("abcd"), "title": list("ABCD")}),
                events=events.with_columns(
                    user=pl.lit("ann"), time=pl.lit(5, pl.Int64), value=pl.lit(1.0)
                ),
            )
        )
        yield opened


def write(store: GraphStore, kind: str, **weights: float) -> None:
    rows = [(pair[0], pair[1], 1, weight, 1.0) for pair, weight in weights.items()]
    schema = ["src", "dst", "support", "weight", "lift"]
    edges = pl.DataFrame(rows, schema, orient="row")
    store.write_item_edges(
        kind, edges if kind == "CO_PURCHASED" else edges.drop("lift"), as_of=None
    )


def why(store: GraphStore) -> str:
    """Of `d`, which is new to Ann; so is `c`, which she only viewed."""
    found = Recommender(store).recommend("ann", weights=WALK)
    return next(one.why() for one in found if one.item == "d")


def test_of_equal_steps_the_one_from_the_first_id_is_shown(store: GraphStore) -> None:
    write(store, "CO_PURCHASED", bd=0.4, ad=0.4, cd=0.4)
    assert why(store) == "ann -PURCHASED-> A -CO_PURCHASED-> D"


def test_of_equal_steps_from_one_item_bought_together_is_shown(
    store: GraphStore,
) -> None:
    write(store, "FOLLOWED_BY", ad=0.4, bd=0.3)
    write(store, "CO_PURCHASED", ad=0.4)
    assert why(store) == "ann -PURCHASED-> A -CO_PURCHASED-> D"


def test_the_stronger_step_is_shown_whatever_its_kind(store: GraphStore) -> None:
    write(store, "CO_PURCHASED", ad=0.4)
    write(store, "FOLLOWED_BY", bd=0.5)
    assert why(store) == "ann -PURCHASED-> B -FOLLOWED_BY-> D"


def test_what_was_bought_is_said_so_and_what_was_only_viewed_too(
    store: GraphStore,
) -> None:
    write(store, "CO_PURCHASED", cd=0.4)
    assert why(store) == "ann -VIEWED-> C -CO_PURCHASED-> D"
    every = Recommender(store).recommend("ann", known="any", weights={"repeat": 1})
    assert {one.why() for one in every if one.path} == {
        "ann -PURCHASED-> A",
        "ann -PURCHASED-> B",
        "ann -VIEWED-> C",
    }


def test_a_session_holds_what_it_starts_from(store: GraphStore) -> None:
    write(store, "CO_PURCHASED", ad=0.4)
    [found] = Recommender(store).session(["a"], 1, weights=WALK)
    assert found.why() == "session -HOLDS-> A -CO_PURCHASED-> D"
