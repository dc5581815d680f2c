"""Deriving on Spark, here with one core in this process: what shards give, and faults."""

from __future__ import annotations

import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import polars.testing
import pyarrow as pa
import pytest

from basketweave.errors import DataError, StoreError, UsageError
from basketweave.graph.derive import DeriveConfig
from basketweave.graph.schema import DERIVED
from basketweave.graph.sharded import read_parts, write_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.sharded.spark_derive import (
    derive_on_spark,
    fact_rows,
    facts_from,
)
from basketweave.graph.sharded.spark_session import (
    check_java,
    check_master,
    spark_session,
    tell_version,
)
from basketweave.loaders.generate import Generated, generate

MASTER = "local[1]"
CONFIG = DeriveConfig(followed_by_baskets={"min_users": 3}, newest_events=150)


@pytest.fixture(scope="module")
def spark() -> Iterator[None]:
    """One session for all tests here: starting Java takes seconds."""
    with spark_session(MASTER, 2):
        yield


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """3,000 events, some of them views, one of them told twice, in three parts."""
    generate(Generated(events=3_000, per_item=20), tmp_path / "generated")
    tables = read_parts(str(tmp_path / "generated"))
    viewed = pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("VIEWED"))
    events = tables.events.with_columns(kind=viewed.otherwise("kind"))
    object.__setattr__(tables, "events", pl.concat([events, events.tail(1)]))
    write_parts(tables, tmp_path / "shop", 3)
    return tmp_path / "shop"


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_spark_derives_what_shards_derive(shop: Path) -> None:
    found = derive_on_spark(str(shop), MASTER, shards=2, config=CONFIG)
    edges = {kind: found.edges(kind) for kind in DERIVED}
    scores = found.scores()
    wanted = derive_parts(shop, Sharding(processes=1), config=CONFIG)
    assert found.summary == wanted.summary
    assert found.events == wanted.events
    pl.testing.assert_frame_equal(
        scores.sort("id"), wanted.scores().sort("id"), rel_tol=1e-6
    )
    for kind in DERIVED:
        one, other = edges[kind], wanted.edges(kind)
        weights = (
            f.select("src", "weight").sort("src", "weight") for f in (one, other)
        )
        pl.testing.assert_frame_equal(*weights, rel_tol=1e-6, abs_tol=0)
        both = one.join(other, on=["src", "dst"], suffix="_")
        assert len(both) > 0.97 * len(one) > 100
        assert both.columns[:3] == ["src", "dst", "support"]
        pl.testing.assert_series_equal(
            both["weight"], both["weight_"], check_names=False, rel_tol=1e-6, abs_tol=0
        )


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_what_spark_cannot_read_is_named(tmp_path: Path, shop: Path) -> None:
    with pytest.raises(DataError, match=r"load SOURCE --to FOLDER"):
        derive_on_spark(f"file://{tmp_path}/nothing", MASTER)
    items = pl.read_parquet(shop / "items.parquet")
    items.head(50).write_parquet(shop / "items.parquet")
    with pytest.raises(DataError, match=r"items.parquet lacks items"):
        derive_on_spark(str(shop), MASTER, shards=2)


def test_facts_of_shards_are_added_as_rows() -> None:
    """Two users by hand, in a shard each; then without any event."""
    columns = {
        "user": [1 << 40, 1 << 40, 9],
        "at": [0, 1, 1],
        "time": [10, 10, 20],
        "millis": [0, 0, 0],
        "weight": [1.0, 1.0, 1.0],
        "kind": [0, 0, 0],
    }
    types = (pa.int64(), pa.int32(), pa.int64(), pa.int16(), pa.float32(), pa.int8())
    schema = pa.schema(list(zip(columns, types, strict=True)))
    table = pa.table(columns, schema=schema)
    shards = [table.slice(0, 2), table.slice(2)]
    rows = pl.concat(pl.DataFrame(fact_rows(s, 3, CONFIG, 1.0)) for s in shards)
    found = facts_from(added(rows), 3, CONFIG)
    assert (found.events, found.baskets, found.users, found.last) == (3, 2, 2, 20)
    assert found.last_strongest == 20
    assert found.buyers.tolist() == [1, 2, 0]
    assert not found.gaps.any()
    none = pl.DataFrame(fact_rows(table.slice(3), 3, CONFIG, 1.0))
    with pytest.raises(DataError, match="There are no events"):
        facts_from(added(none), 3, CONFIG)


def added(rows: pl.DataFrame) -> pa.Table:
    value = pl.col("value")
    total = rows.group_by("what", "i").agg(value.sum(), value.max().alias("largest"))
    return total.to_arrow()


def test_a_master_that_does_not_answer_is_told() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with pytest.raises(StoreError, match=f"No Spark master answers at .*{port}"):
        check_master(f"spark://127.0.0.1:{port}")


def test_a_java_that_is_too_old_or_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"Java 17 or later.* does not run"):
        check_java()
    old = tmp_path / "bin/java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    old.chmod(0o755)
    with pytest.raises(UsageError, match="is Java 8"):
        check_java()


def test_a_spark_that_was_not_tested_is_told_once() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(2):
            tell_version("4.0.1")
        tell_version("4.3.2")
    assert [str(one.message).split(",")[0] for one in told] == [
        "This was tested with Spark 4.3"
    ]


def test_without_pyspark_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'basketweave\[spark\]'"),
        spark_session(MASTER, 1),
    ):
        pass
