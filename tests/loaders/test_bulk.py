"""A bulk load into a real Neo4j: what a load over Bolt and a derivation give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from basketweave.errors import DataError, StoreError
from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.neo4j.bulk.source import BulkSource, DerivedTables
from basketweave.graph.schema import DERIVED, EVENT_KINDS
from basketweave.graph.sharded import add_to_parts, write_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.folder import part_file
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.loaders import Options, load_tables
from basketweave.loaders.bulk import bulk_load, read_bulk
from basketweave.neo4j_server import Neo4jServer
from tests.servers import opened

TRICKY = 'Tea, "green"\n\\ 茶'


@pytest.fixture
def shop() -> Tables:
    """400 events of two kinds with values, lists, nulls, and texts that need quotes."""
    rng = np.random.default_rng(0)
    events = pl.DataFrame(
        {
            "user": rng.integers(0, 30, 400),
            "item": rng.integers(0, 12, 400),
            "time": np.sort(rng.integers(0, 40, 400) * 86_400),
            "kind": rng.choice(["PURCHASED", "VIEWED"], 400, p=[0.8, 0.2]),
            "value": np.where(rng.random(400) < 0.5, rng.integers(1, 9, 400), np.nan),
        }
    ).with_columns(
        pl.col("user", "item").cast(pl.String), pl.col("value").fill_nan(None)
    )
    ids = [str(n) for n in range(12)]
    items = pl.DataFrame(
        {
            "id": ids,
            "title": [TRICKY, "", None, *("Item " + n for n in ids[3:])],
            "brand": ["A", None, *"BABABABABA"],
            "price": [0.1, None, *np.linspace(1, 9, 10)],
            "tags": [["a;b", "c,d"], [], None, *([["x"]] * 9)],
            "inStock": [True, None, *([False] * 10)],
        }
    )
    users = pl.DataFrame({"id": events["user"].unique().sort()})
    inside = pl.DataFrame({"item": ids, "category": ["one", "two"] * 6})
    categories = pl.DataFrame(
        {"id": ["one", "two"], "name": ["One", "Two"], "parent": [None, "one"]},
        schema_overrides={"parent": pl.String},
    )
    links = pl.DataFrame({"src": ["1", "2"], "dst": ["2", "gone"]}).with_columns(
        kind=pl.lit("ALSO_BOUGHT")
    )
    return Tables(
        "shop", users, items, events, categories, inside, links,
        user_ids="int", item_ids="int",
    )  # fmt: skip


@pytest.mark.usefixtures("quick_java")
def test_a_bulk_load_gives_what_load_and_derive_give(
    shop: Tables, tmp_path: Path
) -> None:
    server = Neo4jServer(tmp_path / "home")
    with connect(str(tmp_path / "graph.lbug")) as store:
        summary = store.load(shop)
        derive(store)
        source = BulkSource.of_tables(shop, derived_in(store))
        try:
            assert bulk_load(source, server) == summary
            with opened(server.status()) as there:
                same(there, store)
                again = there.load(shop)
                assert (again.events, again.items) == (0, 0)
                assert there.misfits() == []
                same(there, store)
                fails(server, tmp_path, source)
                same(there, store)
            next_day(shop, tmp_path, server)
        finally:
            server.stop()


def test_a_folder_is_read_later_unless_events_are_left_out(
    shop: Tables, tmp_path: Path
) -> None:
    write_parts(shop, tmp_path, 3)
    derive_parts(tmp_path, Sharding(processes=1))
    whole = read_bulk(f"parquet:{tmp_path}")
    assert (len(whole.parts), whole.derived is None) == (3, False)
    assert whole.catalogue.events.is_empty()
    for chosen in ({"since": 10 * 86_400}, {"k_core": 13}):
        some = read_bulk(f"parquet:{tmp_path}", Options(**chosen))
        assert (len(some.parts), some.derived) == (1, None)
        assert some.parts[0].rows < 400
    assert read_bulk(f"parquet:{tmp_path}", sample=3).derived is None


def next_day(shop: Tables, folder: Path, server: Neo4jServer) -> None:
    """A folder of parts, to which a day was added: in place of what is there."""
    early = pl.col("time") < 30 * 86_400
    day = shop.events.filter(~early).with_columns(millis=pl.lit(5, pl.Int64))
    parts, where = folder / "parts", f"parquet:{folder / 'parts'}"
    write_parts(replace(shop, events=shop.events.filter(early)), parts, 3)
    add_to_parts(replace(shop, events=day), parts)
    found = derive_parts(parts, Sharding(processes=1))
    with connect(str(folder / "next.lbug")) as store:
        summary = store.load(load_tables(where))
        found.into(store)
        assert bulk_load(read_bulk(where), server, overwrite=True, piece=40) == summary
        with opened(server.status()) as there:
            same(there, store)
            spoil(part_file(parts, 1, 1))
            with pytest.raises(DataError, match="part-00001-00001"):
                bulk_load(read_bulk(where), server, overwrite=True)
            same(there, store)


def spoil(path: Path) -> None:
    """Cut a file short."""
    path.write_bytes(path.read_bytes()[:-20])


def fails(server: Neo4jServer, folder: Path, source: BulkSource) -> None:
    """A bulk load that is refused, and an import that ends half-way."""
    with pytest.raises(StoreError, match="say --overwrite"):
        bulk_load(source, server)
    header, rows = folder / "Item.csv", folder / "Item-0.csv"
    header.write_text(":ID,price:double\n")
    rows.write_text("0,1.5\n1,many\n")
    with pytest.raises(StoreError, match="stands as it was"):
        server.replace_database({"Item": [header, rows]}, {}, between=";")


def derived_in(store: GraphStore) -> DerivedTables:
    edges = {
        kind: [
            store.run(
                f"MATCH (a:Item)-[r:{kind}]->(b:Item) RETURN a.id AS src, b.id AS dst, "
                "r.support AS support, r.weight AS weight"
                + (", r.lift AS lift" if kind == "CO_PURCHASED" else "")
            ).lazy()
        ]
        for kind in DERIVED
    }
    numbers = "i.id AS id, i.popularity AS popularity, i.rebuy AS rebuy"
    scores = store.run(f"MATCH (i:Item) RETURN {numbers}")
    return DerivedTables(edges, scores)


def same(there: GraphStore, here: GraphStore) -> None:
    relations = ["IN_CATEGORY", "SUBCATEGORY_OF", "MADE_BY", "ALSO_BOUGHT", *DERIVED]
    items = ["title", "price", "tags", "inStock", "popularity", "rebuy"]
    one, other = (
        store.export(relations=relations, items=items) for store in (there, here)
    )
    assert {n: list(ids) for n, ids in one.ids.items()} == {
        n: list(ids) for n, ids in other.ids.items()
    }
    for kind in EVENT_KINDS:
        for found, wanted in zip(_events(one, kind), _events(other, kind), strict=True):
            np.testing.assert_array_equal(found, wanted)
    assert {r: _edges(one, r) for r in one.edges} == {
        r: _edges(other, r) for r in other.edges
    }
    assert one.items is not None
    assert other.items is not None
    assert one.items.to_dict(as_series=False) == other.items.to_dict(as_series=False)
    assert _told(there) == _told(here)


def _events(graph: Subgraph, kind: str) -> list[npt.NDArray[np.generic]]:
    found = graph.events.get(kind)
    if found is None:
        return []
    finer = np.zeros(0) if found.millis is None else found.millis
    return [found.user, found.item, found.time, found.value, finer]


def _edges(graph: Subgraph, relation: tuple[str, str, str]) -> set[tuple[float, ...]]:
    edges = graph.edges[relation]
    columns = [edges.columns[name] for name in sorted(edges.columns)]
    return set(zip(*edges.index.tolist(), *(c.tolist() for c in columns), strict=True))


def _told(store: GraphStore) -> tuple[object, ...]:
    found = store.dataset()
    assert found is not None
    return (
        *(found.name, found.user_ids, found.item_ids, found.first_at, found.last_at),
        *(found.derived, found.derived_as_of, found.loading, dict(found.notes)),
    )
