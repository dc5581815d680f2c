"""Rules over a catalogue of six items, and caps down a ranking, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.blend import rules
from basketweave.blend.catalogue import Catalogue
from basketweave.blend.request import Where
from basketweave.blend.rules import Caps, allowed, caps
from tests.graphs import events_graph

BRAND = np.array([0, 0, 0, 1, 1, -1])
CATEGORY = np.array([0, 0, 1, 1, -1, -1])


@pytest.fixture
def catalogue() -> Catalogue:
    """Items a to f; f has neither brand, price nor category, nor is it said in stock."""
    graph = events_graph(
        [],
        1,
        list("abcdef"),
        catalogue={
            "MADE_BY": [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)],
            "IN_CATEGORY": [(0, 1), (1, 1), (2, 2), (3, 2)],
            "SUBCATEGORY_OF": [(1, 0), (2, 0)],
        },
        Brand=["North", "South"],
        Category=["food", "bread", "fruit"],
    )
    said = {
        "id": list("abcdef"),
        "price": [1.0, 2.0, 3.0, 4.0, 5.0, None],
        "inStock": [True, False, True, True, True, None],
    }
    return Catalogue(graph.described(pl.DataFrame(said)))


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ({"price": (2, 4)}, "bcd"),
        ({"price": (None, 2)}, "ab"),
        ({"price": (5, None)}, "e"),
        ({"in_stock": True}, "acde"),
        ({"brands": ["South"]}, "de"),
        ({"brands": ["North", "South"]}, "abcde"),
        ({"not_brands": ["North"]}, "def"),
        ({"categories": ["food"]}, "abcd"),
        ({"categories": ["fruit"]}, "cd"),
        ({"not_categories": ["bread"]}, "cdef"),
        ({"exclude": ["a", "f", "unknown"]}, "bcde"),
        ({"brands": ["North"], "in_stock": True, "price": (2, None)}, "c"),
        ({"brands": ["South"], "categories": ["bread"]}, ""),
    ],
)
def test_an_item_is_left_where_it_keeps_every_rule(
    catalogue: Catalogue, where: dict[str, Any], left: str
) -> None:
    kept = allowed(catalogue, Where(**where))
    assert kept is not None
    assert "".join(catalogue.ids.filter(pl.Series(kept))) == left


def test_without_rules_there_is_nothing_to_look_at(catalogue: Catalogue) -> None:
    assert allowed(catalogue, Where()) is None
    assert caps(catalogue, Where()) is None


def test_caps_are_of_brands_and_of_each_items_own_category(
    catalogue: Catalogue,
) -> None:
    found = caps(catalogue, Where(per_brand=2, per_category=1))
    assert found is not None
    (brand, two), (category, one) = found.groupings
    assert (brand.tolist(), two) == (BRAND.tolist(), 2)
    assert (category.tolist(), one) == ([1, 1, 2, 2, -1, -1], 1)


def taken(groupings: list[tuple[Any, int]], n: int, ranked: str = "abcdef") -> str:
    items = np.array(["abcdef".index(item) for item in ranked])
    return "".join(ranked[place] for place in Caps(groupings).first(items, n))


@pytest.mark.parametrize("at_once", [1, 2, 4_096])
def test_each_group_is_filled_down_the_ranking(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", at_once)
    assert taken([(BRAND, 1)], 9) == "adf"
    assert taken([(BRAND, 2)], 9) == "abdef"
    assert taken([(BRAND, 2)], 3) == "abd"
    assert taken([(BRAND, 1)], 9, "fedcba") == "fec"
    # items without a group are not bounded
    assert taken([(CATEGORY, 1)], 9) == "acef"


@pytest.mark.parametrize("at_once", [1, 2, 4_096])
def test_an_item_fills_a_group_only_where_each_of_its_groups_has_room(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", at_once)
    # d is left out with its category, which c filled: South is still open for e
    assert taken([(BRAND, 2), (CATEGORY, 1)], 9) == "acef"
    assert taken([(BRAND, 1), (CATEGORY, 1)], 9, "cdabef") == "cef"
    assert taken([(BRAND, 1), (CATEGORY, 1)], 9) == "adf"
