"""Deriving where sums are kept: what is new is counted, and the result is the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import polars.testing
import pytest

from basketweave.graph.derive import DeriveConfig
from basketweave.graph.schema import DERIVED, PURCHASED
from basketweave.graph.sharded import add_to_parts, read_parts, write_parts
from basketweave.graph.sharded.derive import derive_parts
from basketweave.graph.sharded.derived_files import DerivedFiles
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.tables import Tables
from basketweave.loaders.generate import Generated, generate
from tests.graph.sharded.test_derive import StoppedAt

KEEPING = Sharding(processes=1, memory_mb=500, shards=4, keep=True)
CONFIG = DeriveConfig(followed_by_baskets={"min_users": 3}, newest_events=150)


@pytest.fixture(scope="module", params=[3.0, 1.0], ids=["baskets", "single"])
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Tables:
    """4,000 generated events, in baskets or one by one; some are views."""
    folder = tmp_path_factory.mktemp("shop")
    generate(Generated(events=4_000, basket=request.param, per_item=20), folder)
    found = read_parts(str(folder))
    viewed = pl.when(pl.int_range(pl.len()) % 9 == 0).then(pl.lit("VIEWED"))
    events = found.events.with_columns(kind=viewed.otherwise(pl.lit(PURCHASED)))
    return replace(found, events=events.sort("time", maintain_order=True))


def test_three_days_that_are_added_give_what_one_count_gives(
    shop: Tables, tmp_path: Path
) -> None:
    folder = tmp_path / "parts"
    write_parts(first(shop, 0.9), folder, 2)
    assert not derive_parts(folder, KEEPING, config=CONFIG).renewed
    for start, end in ((0.9, 0.93), (0.93, 0.95), (0.94, 1.0)):
        add_to_parts(between(shop, start, end), folder)
        found = derive_parts(folder, KEEPING, config=CONFIG)
        assert found.renewed
        alike(found, whole(first(shop, end), tmp_path / f"until-{end}"))


def test_a_later_as_of_counts_the_events_up_to_it(shop: Tables, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    write_parts(shop, folder, 3)
    early, late = (int(shop.events["time"].quantile(q) or 0) for q in (0.9, 0.93))
    sharding = KEEPING.model_copy(update={"shards": None})
    derive_parts(folder, sharding, as_of=early, config=CONFIG)
    found = derive_parts(folder, sharding, as_of=late, config=CONFIG)
    assert found.renewed
    until = replace(shop, events=shop.events.filter(pl.col("time") <= late))
    alike(found, whole(until, tmp_path / "whole"))
    assert not derive_parts(folder, sharding, as_of=early, config=CONFIG).renewed


def test_what_broke_off_goes_on_and_adds_nothing_twice(
    shop: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "parts"
    write_parts(first(shop, 0.95), folder, 2)
    derive_parts(folder, KEEPING, config=CONFIG)
    add_to_parts(between(shop, 0.95, 1.0), folder)
    with pytest.raises(KeyboardInterrupt):
        derive_parts(
            folder, KEEPING, config=CONFIG, progress=StoppedAt("Adding FOLLOWED_BY")
        )
    with monkeypatch.context() as patched:
        patched.setattr(DerivedFiles, "tell", interrupted)
        with pytest.raises(KeyboardInterrupt):
            derive_parts(folder, KEEPING, config=CONFIG)
    found = derive_parts(folder, KEEPING, config=CONFIG)
    alike(found, whole(shop, tmp_path / "whole"))


def weighed_otherwise(folder: Path) -> DeriveConfig:
    return CONFIG.model_copy(update={"newest_events": 140})


def with_a_part_written_anew(folder: Path) -> DeriveConfig:
    path = folder / "events/part-00000.parquet"
    pl.read_parquet(path).head(-1).write_parquet(path)
    return CONFIG


def with_sums_cut_short(folder: Path) -> DeriveConfig:
    path = folder / "derived/kept/kept.json"
    path.write_bytes(path.read_bytes()[:50])
    return CONFIG


@pytest.mark.parametrize(
    "made_other", [weighed_otherwise, with_a_part_written_anew, with_sums_cut_short]
)
def test_all_is_counted_where_what_is_kept_does_not_fit(
    shop: Tables, tmp_path: Path, made_other: Callable[[Path], DeriveConfig]
) -> None:
    folder = tmp_path / "parts"
    write_parts(first(shop, 0.95), folder, 2)
    derive_parts(folder, KEEPING, config=CONFIG)
    config = made_other(folder)
    add_to_parts(between(shop, 0.95, 1.0), folder)
    assert not derive_parts(folder, KEEPING, config=config).renewed
    assert derive_parts(folder, KEEPING, config=config).events


def interrupted(_: DerivedFiles) -> None:
    raise KeyboardInterrupt


def first(tables: Tables, share: float) -> Tables:
    return between(tables, 0, share)


def between(tables: Tables, start: float, end: float) -> Tables:
    """These events, and the users and items that they name, as the next day's files."""
    n = len(tables.events)
    events = tables.events[round(start * n) : round(end * n)]
    items = tables.items.filter(pl.col("id").is_in(events["item"].unique().implode()))
    return replace(tables, events=events, items=items)


def whole(tables: Tables, folder: Path) -> DerivedFiles:
    write_parts(tables, folder, 1)
    alone = Sharding(processes=1, memory_mb=500)
    return derive_parts(folder, alone, config=CONFIG)


def alike(found: DerivedFiles, wanted: DerivedFiles) -> None:
    """Whether they are the same, numbers to a millionth.

    Of equal weights at the end of a list one or another may stay.
    """
    assert replace(found.summary, as_of=None) == wanted.summary
    assert found.events == wanted.events
    pl.testing.assert_frame_equal(
        found.scores().sort("id"), wanted.scores().sort("id"), rel_tol=1e-6
    )
    for kind in DERIVED:
        one, other = (
            f.edges(kind).sort("src", "weight", "dst", descending=True)
            for f in (found, wanted)
        )
        assert len(one) > 100
        weights = (f.select("src", "weight") for f in (one, other))
        pl.testing.assert_frame_equal(*weights, rel_tol=1e-6, abs_tol=0)
        both = one.join(other, on=["src", "dst"], suffix="_")
        assert len(both) > 0.97 * len(one)
        pl.testing.assert_series_equal(
            both["weight"], both["weight_"], check_names=False, rel_tol=1e-6, abs_tol=0
        )
