"""Derived relationships by several writers on a real server."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest

from basketweave.graph import GraphStore
from basketweave.graph.neo4j.staging import flip, pieces
from basketweave.graph.tables import Tables
from basketweave.neo4j_server import ServerInfo
from tests.servers import alone_on

ITEMS = [f"i{n}" for n in range(120)]
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def store(neo4j_server: ServerInfo) -> Iterator[GraphStore]:
    events = {"user": ["u"], "item": ["i0"], "time": [1], "value": [1.0]}
    with alone_on(neo4j_server) as opened:
        opened.load(
            Tables(
                name="few",
                users=pl.DataFrame({"id": ["u"]}),
                items=pl.DataFrame({"id": ITEMS, "title": ITEMS}),
                events=pl.DataFrame(events).with_columns(kind=pl.lit("PURCHASED")),
            )
        )
        yield opened


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were more changes than one transaction holds, and many pieces."""
    monkeypatch.setattr(flip, "AT_ONCE", 0)
    monkeypatch.setattr(pieces, "BATCH", 40)


def _version(seed: int) -> pl.DataFrame:
    """Fifteen relationships of each of the items but some, all of them new each time."""
    random = np.random.default_rng(seed)
    pairs = [
        (a, b, int(random.integers(9)), float(random.random()))
        for a in random.choice(ITEMS, 100, replace=False)
        for b in random.choice(ITEMS, 15, replace=False)
    ]
    schema = ["src", "dst", "support", "weight"]
    return pl.DataFrame(pairs, schema=schema, orient="row").cast({"weight": pl.Float32})


def _parts(edges: pl.DataFrame) -> Mapping[str, list[pl.LazyFrame]]:
    """In eight parts of whole sources."""
    shares = edges.with_columns(share=pl.col("src").rank("dense") % 8)
    parts = shares.partition_by("share", include_key=False)
    return {"FOLLOWED_BY": [part.lazy() for part in parts]}


def _standing(store: GraphStore) -> Rows:
    return store.run(
        "MATCH (a:Item)-[r:FOLLOWED_BY]->(b:Item) "
        "RETURN a.id AS src, b.id AS dst, r.support AS support, r.weight AS weight "
        "ORDER BY src, dst"
    ).rows()


@pytest.mark.usefixtures("in_pieces")
def test_four_writers_at_once_write_what_one_writes_and_none_is_in_the_way(
    store: GraphStore, caplog: pytest.LogCaptureFixture
) -> None:
    nothing = pl.DataFrame({"id": ITEMS[:2], "popularity": [1.0, None]})
    for seed, writers in ((0, 4), (1, 4), (2, 1), (3, 4)):
        edges = _version(seed)
        with caplog.at_level(logging.WARNING, "neo4j"):
            written = store.write_derived(
                nothing, _parts(edges), as_of=seed, writers=writers
            )
        assert written == {"FOLLOWED_BY": len(edges)}
        assert _standing(store) == edges.sort("src", "dst").rows()
        assert store.dataset().derived_as_of == seed  # type: ignore[union-attr]
    assert "retried" not in caplog.text
    assert store.run("MATCH (s:Staged) RETURN count(s) AS n")["n"].item() == 0


def test_nobody_sees_half_of_a_few_changes(store: GraphStore) -> None:
    store.write_item_edges("FOLLOWED_BY", _version(4), as_of=None)
    before = store.dataset().changes  # type: ignore[union-attr]
    broken = _version(5).with_columns(dst=pl.lit("i0"), src=pl.lit("i1"))
    assert store.write_item_edges("FOLLOWED_BY", broken, as_of=None) == 1
    assert _standing(store)[0][:2] == ("i1", "i0")
    assert store.dataset().changes == before + 2  # type: ignore[union-attr]


@pytest.mark.usefixtures("in_pieces")
def test_a_derivation_that_fails_while_it_is_staged_changes_nothing(
    store: GraphStore,
) -> None:
    store.write_item_edges("FOLLOWED_BY", _version(6), as_of=None)
    before, changes = _standing(store), store.dataset()
    parts = _parts(_version(7))["FOLLOWED_BY"]
    broken = parts[0].with_columns(pl.col("src").cast(pl.Int64))
    with pytest.raises(pl.exceptions.InvalidOperationError):
        store.write_derived(
            pl.DataFrame({"id": ITEMS, "popularity": [9.0] * 120}),
            {"FOLLOWED_BY": [*parts, broken]},
            as_of=None,
            writers=2,
        )
    assert (_standing(store), store.dataset()) == (before, changes)
    assert "nobody reads them" in "".join(map(str, store.misfits()))
    store.write_item_edges("FOLLOWED_BY", _version(6), as_of=None)
    assert (_standing(store), store.misfits()) == (before, [])
