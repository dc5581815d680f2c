"""`run`: one read statement, its values as parameters, its rows as a frame."""

from __future__ import annotations

import polars as pl
import pytest

from basketweave.errors import StoreError
from basketweave.graph import GraphStore


def test_columns_have_the_names_that_were_returned(board: GraphStore) -> None:
    found = board.run(
        "MATCH (i:Item) WHERE i.price > $price "
        "RETURN i.id AS item, i.price AS price ORDER BY item",
        {"price": 4.5},
    )
    assert found.columns == ["item", "price"]
    assert found.rows() == [("e", 5.0), ("f", 6.0)]


def test_no_rows_still_have_columns(board: GraphStore) -> None:
    found = board.run("MATCH (i:Item {id: 'zz'}) RETURN i.id AS item, i.price AS p")
    assert isinstance(found, pl.DataFrame)
    assert found.columns == ["item", "p"]
    assert len(found) == 0


def test_a_list_can_be_a_parameter(board: GraphStore) -> None:
    statement = "MATCH (i:Item) WHERE i.id IN $ids RETURN i.id AS id ORDER BY id"
    assert board.run(statement, {"ids": ["b", "a"]})["id"].to_list() == ["a", "b"]
    assert board.run(statement, {"ids": []})["id"].to_list() == []


def test_a_parameter_is_never_read_as_a_query(board: GraphStore) -> None:
    evil = "a'}) DETACH DELETE n //"
    found = board.run("MATCH (n:Item {id: $id}) RETURN n.id AS id", {"id": evil})
    assert len(found) == 0
    assert board.export().shape == (5, 6)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:Item {id: 'new'})",
        "MATCH (i:Item) SET i.price = 0.0",
        "MATCH (i:Item) DETACH DELETE i",
    ],
)
def test_a_statement_that_writes_is_refused(board: GraphStore, statement: str) -> None:
    with pytest.raises(StoreError):
        board.run(statement)
    found = board.run("MATCH (i:Item) RETURN count(*) AS n, sum(i.price) AS price")
    assert found.rows() == [(6, 21.0)]


def test_a_mistake_in_the_statement_says_where(board: GraphStore) -> None:
    with pytest.raises(StoreError, match="MACH"):
        board.run("MACH (i:Item) RETURN i")
    assert board.run("RETURN 1 AS one")["one"].to_list() == [1]
