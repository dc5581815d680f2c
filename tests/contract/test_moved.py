"""From one store into another, by way of the source `store:…`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from basketweave.errors import DataError
from basketweave.graph import GraphStore, connect
from basketweave.graph.sharded.folder import TABLES
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.moments import DAY
from tests.contract.conftest import Place


@pytest.fixture
def shop(checkerboard: Tables) -> Tables:
    """The checkerboard with baskets to the millisecond, views, links and odd items."""
    rows = [
        ("dan", "b", 20 * DAY, "VIEWED", None, 5),
        ("dan", "f", 20 * DAY, "PURCHASED", 2.5, 5),
        ("dan", "a", 20 * DAY, "PURCHASED", None, 4),
        ("dan", "stray", 21 * DAY, "PURCHASED", 1.0, 0),
    ]
    columns = ["user", "item", "time", "kind", "value", "millis"]
    more = pl.DataFrame(rows, schema=columns, orient="row")
    plain = checkerboard.events.with_columns(millis=pl.lit(0, pl.Int64))
    items = checkerboard.items.with_columns(
        stock=pl.Series([3, 0, None, None, None, None], dtype=pl.Int64),
        inStock=pl.Series([True, False, True, None, None, None]),
        tags=pl.Series([["köln", "new\nline"], None, None, None, None, None]),
    )
    return replace(
        checkerboard,
        items=items,
        events=pl.concat([plain, more], how="diagonal_relaxed"),
        links=pl.DataFrame({"src": ["a"], "dst": ["b"], "kind": ["ALSO_BOUGHT"]}),
        user_ids="str",
    )


def test_what_was_loaded_comes_into_another_store(
    place: Place, shop: Tables, tmp_path: Path
) -> None:
    with place.open() as store:
        store.load(shop)
    found = load_tables(f"store:{address(place)}")
    assert set(found.events.rows()) == set(shop.events.rows())
    assert found.links.rows() == [("a", "b", "ALSO_BOUGHT")]
    assert found.items["id"].to_list() == ["a", "b", "c", "d", "e", "f", "stray"]
    with connect(tmp_path / "other.lbug") as other:
        assert other.load(found).events == len(shop.events)
        assert bought(other, "dan")[-4:] == ["a", "b", "f", "stray"]
    again = load_tables(f"store:{tmp_path / 'other.lbug'}")
    for name in TABLES:
        assert_frame_equal(getattr(again, name), getattr(found, name))


def test_where_nothing_is_there_is_nothing_to_load(place: Place) -> None:
    with pytest.raises(DataError, match=r"store:FILE or store:neo4j://"):
        load_tables("store")
    with pytest.raises(
        DataError, match=r"holds no basketweave graph|There is no store"
    ):
        load_tables(f"store:{address(place)}")


def address(place: Place) -> str:
    """Where the store is, its login included."""
    scheme, found, host = place.uri.partition("://")
    if not found:
        return place.uri
    return f"{scheme}://{place.login['user']}:{quote(place.login['password'])}@{host}"


def bought(store: GraphStore, user: str) -> list[str]:
    """What a user did something with, in order."""
    graph = store.export(relations=[])
    events = graph.all_events()
    of_user = events.user == graph.ids["User"].to_list().index(user)
    return graph.ids["Item"].gather(events.item[of_user]).to_list()
