"""Deriving out of core: what one count gives, whatever befalls it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import polars.testing
import psutil
import pytest
from filelock import FileLock

from basketweave.errors import DataError, StoreBusyError, StoreError
from basketweave.graph import connect
from basketweave.graph.derive import DeriveConfig, derive
from basketweave.graph.kinds import WEIGHTS, Kinds
from basketweave.graph.schema import DERIVED, PURCHASED
from basketweave.graph.sharded import PartsFolder, write_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import IntArray
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables
from basketweave.loaders.generate import Generated, generate
from basketweave.progress import Advance

ALONE = Sharding(processes=1, memory_mb=500)
CONFIG = DeriveConfig(newest_events=300)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """3,000 generated events in three parts."""
    generate(Generated(events=3_000, part=1_000), tmp_path / "shop")
    return tmp_path / "shop"


def test_shards_put_into_the_store_what_derive_puts_there(
    shop: Path, tmp_path: Path
) -> None:
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(load_tables(f"parquet:{shop}"))
        summary = derive(store)
        whole = relations(store)
        for shards in (2, 7):
            sharding = ALONE.model_copy(update={"shards": shards})
            assert derive_parts(shop, sharding).into(store) == summary
            assert alike(relations(store), whole)


def test_a_killed_process_is_told_and_what_stands_is_kept(shop: Path) -> None:
    two = Sharding(shards=6, processes=2, memory_mb=800)
    with KillingAChild(), pytest.raises(StoreError, match="Do the same again"):
        derive_parts(shop, two)
    assert list((shop / "derived").glob("work-*"))
    again = derive_parts(shop, two)
    assert not list((shop / "derived").glob("work-*"))
    edges = found_in(again)
    (shop / "derived/derived.json").unlink()
    assert alike(found_in(derive_parts(shop, ALONE)), edges)


def test_files_that_were_cut_short_are_made_again(shop: Path) -> None:
    edges = found_in(derive_parts(shop, ALONE))
    (shop / "derived/derived.json").unlink()
    with pytest.raises(KeyboardInterrupt):
        derive_parts(shop, ALONE, progress=StoppedAt("Adding FOLLOWED_BY"))
    [work] = (shop / "derived").glob("work-*")
    cut = ("counts-00001.arrow", "events-00000.arrow", "facts-00002.npz")
    for path in (
        *(work / n for n in cut),
        next(work.glob("CO_PURCHASED-*/part-00000.parquet")),
    ):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert alike(found_in(derive_parts(shop, ALONE)), edges)


def test_what_stands_is_not_done_again(shop: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        derive_parts(shop, ALONE, progress=StoppedAt("Adding CO_PURCHASED"))
    [work] = (shop / "derived").glob("work-*")
    written = {p: p.stat().st_mtime_ns for p in work.glob("counts-*")}
    with pytest.raises(KeyboardInterrupt):
        derive_parts(shop, ALONE, progress=StoppedAt("Adding CO_PURCHASED"))
    assert {p: p.stat().st_mtime_ns for p in work.glob("counts-*")} == written


def test_the_same_job_started_twice_is_refused(shop: Path) -> None:
    (shop / "derived").mkdir()
    with (
        FileLock(shop / "derived/derive.lock"),
        pytest.raises(StoreBusyError, match="Another process derives"),
    ):
        derive_parts(shop, ALONE)


def test_a_part_that_was_cut_short_is_named(shop: Path) -> None:
    path = PartsFolder.open(shop).event_files[1]
    path.write_bytes(path.read_bytes()[:1_000])
    with pytest.raises(DataError, match=r"part-00001.*cut short"):
        derive_parts(shop, ALONE)


def test_a_folder_that_is_not_whole_is_refused(shop: Path) -> None:
    (shop / "tables.json").unlink()
    with pytest.raises(DataError, match="no folder of whole Parquet parts"):
        derive_parts(shop, ALONE)


def test_robots_staples_and_long_ids_are_derived_in_little_memory(
    tmp_path: Path,
) -> None:
    """One with 20,000 events, an item in every basket, ids of 1,000 characters."""
    rng = np.random.default_rng(0)
    user: IntArray = np.r_[np.zeros(20_000, int), np.repeat(np.arange(1, 401), 6)]
    item: IntArray = np.r_[rng.integers(0, 900, 20_000), rng.integers(0, 900, 2_400)]
    item[20_000::3] = 7
    tables = shop_of(user, item, rng.integers(0, 10**7, len(user)) // 1_000)
    write_parts(tables, tmp_path / "parts", 3)
    sharding = ALONE.model_copy(update={"shards": 3})
    found = derive_parts(tmp_path / "parts", sharding, config=CONFIG)
    assert found.summary.cut_users == 1
    assert found.pairs < 2 * (300**2 + 400 * 36)
    assert found.edges("CO_PURCHASED")["src"].str.len_chars().unique().to_list() == [
        1000
    ]


def shop_of(user: IntArray, item: IntArray, time: IntArray) -> Tables:
    events = pl.DataFrame({"user": user, "item": item, "time": time}).select(
        user=pl.col("user").cast(pl.String).str.zfill(1_000),
        item=pl.col("item").cast(pl.String).str.zfill(1_000),
        time="time",
        kind=pl.lit("PURCHASED"),
        value=pl.lit(None, pl.Float64),
    )
    ids = events["item"].unique().sort()
    return Tables(
        "robots",
        pl.DataFrame({"id": events["user"].unique().sort()}),
        pl.DataFrame({"id": ids, "title": ids}),
        events.sort("time"),
    )


class KillingAChild:
    """Kills the first process that this one starts."""

    def __enter__(self) -> None:
        self.stopped = False
        self.thread = threading.Thread(target=self._kill)
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stopped = True
        self.thread.join()

    def _kill(self) -> None:
        while not self.stopped:
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    if "spawn_main" in " ".join(child.cmdline()):
                        child.kill()
                        return
            time.sleep(0.01)


class StoppedAt:
    """Progress whose watcher stops the work at a step, as Ctrl-C does."""

    def __init__(self, step: str) -> None:
        self.step = step

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        if description == self.step:
            raise KeyboardInterrupt
        yield lambda _: None


def found_in(derived: DerivedFiles) -> pl.DataFrame:
    return pl.concat(
        derived.edges(kind).select("src", "dst", "support", "weight", kind=pl.lit(kind))
        for kind in DERIVED
    )


def relations(store: GraphStore) -> pl.DataFrame:
    return store.run(
        "MATCH (a:Item)-[r:CO_PURCHASED|FOLLOWED_BY]->(b:Item) RETURN a.id AS src, "
        "b.id AS dst, r.support AS support, r.weight AS weight, label(r) AS kind, "
        "a.popularity AS popularity, a.rebuy AS rebuy"
    )


def alike(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether they have the same rows, numbers to a millionth."""
    first, second = (f.sort("kind", "src", "dst") for f in (one, other))
    polars.testing.assert_frame_equal(
        first, second, check_exact=False, rel_tol=1e-6, abs_tol=0
    )
    return len(first) > 0


def test_kinds_count_in_shards_as_they_do_in_a_store(
    checkerboard: Tables, tmp_path: Path
) -> None:
    views = checkerboard.events.with_columns(
        kind=pl.lit("VIEWED"), item=pl.col("item").shift(3).fill_null(pl.col("item"))
    )
    tables = replace(checkerboard, events=pl.concat([checkerboard.events, views]))
    write_parts(tables, tmp_path / "parts", 3)
    with connect(str(tmp_path / "graph.lbug")) as store:
        store.load(tables)
        summary, whole = derive(store), relations(store)
        assert derive_parts(tmp_path / "parts", ALONE).into(store) == summary
        assert alike(relations(store), whole)
        store.set_kinds(
            told := Kinds({**WEIGHTS, "VIEWED": 1.0}, (PURCHASED,), PURCHASED)
        )
        summary, whole = derive(store), relations(store)
        anew = derive_parts(tmp_path / "parts", ALONE, kinds=told)
        assert anew.into(store) == summary
        assert alike(relations(store), whole)
