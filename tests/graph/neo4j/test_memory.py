"""What a server wants for a graph, and what it says it has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from basketweave.graph import GraphStore, ModelCard, Vectors, unit
from basketweave.graph.neo4j import memory
from basketweave.graph.neo4j.memory import (
    GraphMemory,
    ServerMemory,
    index_bytes,
    shortages,
    size,
    wanted,
)
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from tests.servers import alone_on

GB = 1e9


def test_an_index_takes_less_where_it_is_quantised() -> None:
    assert index_bytes(9_999_999, 128) == pytest.approx(1.1 * 9_999_999 * 640)
    assert index_bytes(10_000_000, 128) == pytest.approx(0.44 * 1e7 * 768)


def test_the_complete_journey_fits_what_serves_it() -> None:
    want = wanted(105_000, 2_700_000, [(92_000, 64), (2_000, 64)] * 2)
    assert 0.35 * GB < want.pages < 512 * 2**20
    assert want.indexes < 0.1 * GB
    assert shortages(ServerMemory(2**30, 512 * 2**20, 8 * GB), want) == []


def test_each_shortage_is_told_with_its_setting() -> None:
    want = GraphMemory(4 * GB, 7 * GB)
    (pages,) = shortages(ServerMemory(1 * GB, 2 * GB, 64 * GB), want)
    assert "2.0 GB of page cache" in pages.what
    assert "--page-cache 4g" in pages.advice
    (machine,) = shortages(ServerMemory(2 * GB, 5 * GB, 12 * GB), want)
    assert "7.0 GB beside them, of 12.0 GB" in machine.what
    assert shortages(ServerMemory(None, None, None), want) == []


def test_sizes_are_read_as_neo4j_writes_them() -> None:
    assert [size(one) for one in ("1.000GiB", "512m", "64.00MiB", "9")] == [
        *(2**30, 512 * 2**20, 64 * 2**20, 9),
    ]
    assert [size(one) for one in (None, "", "No Value", "much")] == [None] * 4


@pytest.fixture
def store(neo4j_server: ServerInfo, checkerboard: Tables) -> Iterator[GraphStore]:
    """The checkerboard on the server that all tests share."""
    with alone_on(neo4j_server) as opened:
        opened.load(checkerboard)
        yield opened


def test_a_server_says_what_it_has_and_quantises_large_indexes(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = store._database  # type: ignore[attr-defined]
    given = memory._given(database)
    assert given.heap
    assert given.pages
    assert given.machine
    assert given.heap + given.pages < given.machine
    assert store.short_of() == []
    monkeypatch.setattr(memory, "QUANTISED_FROM", 5)
    users, items = pl.Series(["ann", "bob"]), pl.Series(list("abcdef"))
    random = np.random.default_rng(0)
    rows = [unit(random.normal(size=(n, 4))) for n in (2, 6)]
    store.publish(Vectors(ModelCard("gat"), users, items, *rows))
    shown = database.read(
        "SHOW VECTOR INDEXES YIELD labelsOrTypes, options RETURN labelsOrTypes[0], "
        "options.indexConfig['vector.quantization.enabled']"
    )
    assert dict(shown) == {"Item": True, "User": False}
    monkeypatch.setattr(memory, "RELATIONSHIP", GB)
    told = [one for one in doctor(store) if "page cache" in one.what]
    assert [one.level for one in told] == ["warning"]
