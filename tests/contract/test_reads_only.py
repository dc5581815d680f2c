"""`run` reads: it can neither commit a write nor reach a file, on either store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basketweave.errors import StoreError, UsageError
from basketweave.graph import GraphStore, connect

NEW = "CREATE (:Item {id: 'new'})"
WRITES = [
    NEW,
    f"PROFILE {NEW}",
    f"/* RETURN */ {NEW}",
    f"// RETURN 1\n{NEW}",
    "MERGE (i:Item {id: 'new'}) RETURN i.id",
    "UNWIND [1, 2] AS x CREATE (:Item {id: 'new' + x})",
    "MATCH (i:Item) SET i.price = 0.0 RETURN i.id",
    "MATCH (i:Item) DETACH DELETE i",
    "MATCH (u:User)-[r:PURCHASED]->() DELETE r",
]
SEVERAL = [
    f"COMMIT; BEGIN TRANSACTION; {NEW}; COMMIT; BEGIN TRANSACTION READ ONLY",
    f"ROLLBACK; {NEW}",
    f"COMMIT; {NEW}; BEGIN TRANSACTION READ ONLY; RETURN 1 AS x",
    f"RETURN 'a;' AS x; {NEW}",
    f"RETURN 1 AS x; // {NEW}\n {NEW};",
    "RETURN 1 AS x; RETURN 2 AS x",
    "COMMIT",
    "BEGIN TRANSACTION",
    "CHECKPOINT",
]
LADYBUG = [
    "COPY (MATCH (i:Item) RETURN i.id) TO '{folder}/out.csv'",
    "PROFILE COPY (MATCH (i:Item) RETURN i.id) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out.csv'",
    "LOAD FROM '{folder}/in.csv' RETURN *",
    "MATCH (i:Item) LOAD FROM '{folder}/in.csv' RETURN *",
    "LOAD WITH HEADERS (a INT64) FROM '{folder}/in.csv' RETURN *",
    "ATTACH '{folder}/other.lbug' AS other (dbtype lbug)",
    "INSTALL json",
    "LOAD EXTENSION json",
    "CALL threads=1",
    "CALL  timeout = 1",
    "CALL debug_enable_multi_writes=true",
    "CREATE NODE TABLE Zed(id STRING PRIMARY KEY)",
    "DROP TABLE MADE_BY",
    "ALTER TABLE Item ADD zed STRING",
    "CREATE MACRO twice(x) AS 2 * x",
]
NEO4J = [
    "CALL (*) { CREATE (:Item {id: 'new'}) } IN TRANSACTIONS",
    "UNWIND [1] AS x CALL (x) { CREATE (:Item {id: 'new'}) } IN TRANSACTIONS OF 1 ROWS",
    "CALL () { RETURN 1 AS a } IN TRANSACTIONS RETURN a",
    "FOREACH (x IN [1] | CREATE (:Item {id: 'new'}))",
    "CREATE INDEX zed FOR (n:Zed) ON (n.x)",
    "CREATE CONSTRAINT zed FOR (n:Zed) REQUIRE n.x IS UNIQUE",
    "DROP INDEX item_title",
    "DROP CONSTRAINT item_id",
    "CALL db.createLabel('Zed')",
    "CALL db.createProperty('zed')",
    "MATCH (i:Item) CALL db.create.setNodeVectorProperty(i, 'v', [1.0])",
    "CREATE USER zed SET PASSWORD 'abcdefghijk'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'abcdefghijk'",
    "DROP USER neo4j",
    "STOP DATABASE neo4j",
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD CSV FROM 'file:///../../../../../../../etc/passwd' AS row RETURN row",
    "LOAD CSV FROM 'file:///..%2f..%2f..%2f..%2f..%2fetc%2fpasswd' AS row RETURN row",
    "LOAD CSV FROM 'file:{folder}/in.csv' AS row RETURN row",
]


def _unchanged(store: GraphStore, folder: Path) -> None:
    found = store.run("MATCH (i:Item) RETURN count(*) AS n, sum(i.price) AS price")
    assert found.rows() == [(6, 21.0)]
    kept = store.run("MATCH (:User)-[r:PURCHASED]->(:Item) RETURN count(r) AS n")
    assert kept["n"].item() in (15, 16)  # one a pair, or one an event
    assert sorted(path.name for path in folder.iterdir()) == ["in.csv"]


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file, `in.csv`, that no statement may read."""
    made = tmp_path_factory.mktemp("files")
    (made / "in.csv").write_text("a\n1\n")
    return made


def test_no_statement_writes_or_reads_files(board: GraphStore, folder: Path) -> None:
    own = LADYBUG if board.dialect == "ladybug" else NEO4J
    for statement in [*WRITES, *SEVERAL, *own]:
        with pytest.raises(StoreError) as refused:
            board.run(statement.replace("{folder}", str(folder)))
        assert str(refused.value).endswith((".", "*", "…")), statement
    _unchanged(board, folder)


def test_reading_goes_on_in_every_form(board: GraphStore) -> None:
    for statement in (
        "RETURN 'a; COMMIT' AS x;",
        "// what there is\nMATCH (i:Item) RETURN i.id AS x LIMIT 1",
        "/* COPY; */ UNWIND ['a'] AS x RETURN x",
        "WITH 'LOAD FROM x' AS x RETURN x",
        "OPTIONAL MATCH (i:Item {id: '//'}) RETURN i.id AS x",
    ):
        assert board.run(statement).columns == ["x"], statement


def test_what_a_refused_statement_tried_is_not_there_later(
    place: Any, checkerboard: Any, folder: Path
) -> None:
    with place.open() as store:
        store.load(checkerboard)
        for statement in (*WRITES, *SEVERAL):
            with pytest.raises(StoreError):
                store.run(statement)
    with place.open() as store:
        _unchanged(store, folder)


def test_a_parameter_that_no_store_takes_is_refused(store: GraphStore) -> None:
    for value in (object(), 2**70, {1, 2}, {"a": object()}, "\ud800", print, 1 + 2j):
        with pytest.raises((StoreError, UsageError)):
            store.run("RETURN $x AS x", {"x": value})


def test_a_number_of_numpy_is_a_parameter(store: GraphStore) -> None:
    assert store.run("RETURN $x AS x", {"x": np.int64(3)}).rows() == [(3,)]
    assert store.run("RETURN $x AS x", {"x": np.float32(0.5)}).rows() == [(0.5,)]


def test_two_columns_of_one_name_are_refused(store: GraphStore) -> None:
    with pytest.raises(StoreError):
        store.run("RETURN 1 AS a, 2 AS a")


def test_a_read_only_file_is_read(tmp_path: Path, checkerboard: Any) -> None:
    path = tmp_path / "g.lbug"
    with connect(path) as store:
        store.load(checkerboard)
    with connect(path, read_only=True) as store:
        assert store.run("MATCH (i:Item) RETURN count(*) AS n")["n"].item() == 6
        with pytest.raises(StoreError):
            store.run(NEW)
