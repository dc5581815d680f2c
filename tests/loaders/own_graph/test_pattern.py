"""Patterns of a mapping are read into their parts, and nothing else gets through."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.loaders.own_graph.pattern import parse_pattern, quoted


def test_a_pattern_is_written_anew_from_either_end() -> None:
    told = parse_pattern(
        "(:Customer)-[:PLACED|SENT]->(order:Order) -[line:`Has Line`]- (:Product)"
    )
    assert told.cypher("u", "i") == (
        "(u:`Customer`)-[:`PLACED`|`SENT`]->(its_order:`Order`)"
        "-[its_line:`Has Line`]-(i:`Product`)"
    )
    assert told.between("Product", "Customer").cypher("u", "i") == (
        "(u:`Product`)-[its_line:`Has Line`]-(its_order:`Order`)"
        "<-[:`PLACED`|`SENT`]-(i:`Customer`)"
    )
    assert told.property_of("order.Order Date", "u", "i") == "its_order.`Order Date`"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(:A)",
        "(:A)-->(:B)",
        "(:A)-[:R]->(:B) DETACH DELETE a",
        "(:A)-[:R*1..9]->(:B)",
        "(:A)<-[:R]->(:B)",
        "(:A {x: 1})-[:R]->(:B)",
        "(:A)-[:R]->(:B), (c)",
        "(:`A\\u0060) DELETE`)-[:R]->(:B)",
        "(a:A)-[:R]->(a:B)",
        "(:A)-[r:R WHERE r.x = 1]->(:B)",
        "(:A)-[:R]->(:B) // more",
    ],
)
def test_what_is_no_plain_pattern_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="pattern"):
        parse_pattern(text)


@pytest.mark.parametrize("name", ["", "a`b", "a\\u0060b", "a\nb"])
def test_a_name_that_could_end_its_quotes_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        quoted(name)


@pytest.mark.parametrize("text", ["date", "order.", "other.date", "order.a.b"])
def test_a_property_has_to_be_of_a_variable_of_the_pattern(text: str) -> None:
    told = parse_pattern("(:A)-[:R]->(order:Order)-[:S]->(:B)")
    with pytest.raises(UsageError, match="no property within"):
        told.property_of(text, "u", "i")
