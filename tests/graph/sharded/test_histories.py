"""Histories out of Parquet parts: everybody once, as a store has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.errors import DataError
from basketweave.graph import connect
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.sharded import PartsFolder, write_parts
from basketweave.graph.sharded.folder import part_file
from basketweave.graph.sharded.histories import Histories, histories
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.loaders import load_tables

EVERYONE = 10**9
Told = dict[str, list[tuple[str, int]]]


@pytest.fixture(scope="module")
def cut(generated_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Histories:
    """The same in eight shards."""
    return histories(generated_shop, tmp_path_factory.mktemp("work"), size=400)


def told(graph: Subgraph) -> Told:
    """The items and times of each person, in order."""
    events, users = graph.events[PURCHASED], graph.ids[USER].to_list()
    items = graph.ids[ITEM].to_numpy()[events.item]
    found: Told = {}
    for user, item, time in zip(events.user, items, events.time, strict=True):
        found.setdefault(users[user], []).append((item, int(time)))
    return found


def test_everybody_has_the_history_and_items_the_catalogue_of_a_store(
    generated_shop: Path, cut: Histories, tmp_path: Path
) -> None:
    with connect(tmp_path / "shop.lbug") as store:
        store.load(load_tables(f"parquet:{generated_shop}"))
        stored = store.export()
    assert cut.pieces > 5
    found = cut.sample(EVERYONE)
    assert told(found) == told(stored)
    assert {r: len(e) for r, e in found.edges.items()} == {
        r: len(e) for r, e in stored.edges.items()
    }
    assert int(stored.events[PURCHASED].time.max()) == cut.last == found.as_of


@given(order=st.permutations(range(9)), held=st.sampled_from([1, 700, 10_000]))
@settings(max_examples=10)
def test_an_epoch_reads_everybody_once_in_any_order(
    cut: Histories, order: list[int], held: int
) -> None:
    some = Histories(cut.shards, cut.graph, cut.kind, cut.last, cut.as_of, held)
    read = list(some.read([n for n in order if n < cut.pieces]))
    users = [np.unique(events.user, return_counts=True) for events in read]
    assert all((u == np.arange(len(u))).all() for u, _ in users)
    everyone = [len(own) for own in told(cut.sample(EVERYONE)).values()]
    assert sorted(np.concatenate([n for _, n in users])) == sorted(everyone)
    assert (len(read) == 1) == (held == 10_000)


def test_the_same_people_are_drawn_however_they_are_cut(
    generated_shop: Path, cut: Histories, tmp_path: Path
) -> None:
    whole = histories(generated_shop, tmp_path)
    assert whole.pieces == 1
    assert whole.item_counts.tolist() == cut.item_counts.tolist()
    assert told(whole.sample(60)) == told(cut.sample(60))
    assert 30 < len(told(cut.sample(60))) < 100
    middle = cut.last - 86_400 * 300
    assert told(cut.until(middle).sample(EVERYONE)) == told(
        cut.sample(EVERYONE).until(middle)
    )


def test_events_told_twice_count_once_and_others_stand_as_they_came(
    tmp_path: Path, checkerboard: Tables
) -> None:
    write_parts(checkerboard, tmp_path / "parts", 1)
    path = part_file(tmp_path / "parts", 0)
    rows = pl.read_parquet(path)
    user = rows["user"][0]
    more = [("f", 5), ("b", 5), ("f", 5), ("a", 4)]
    pl.concat(
        [
            rows.filter(pl.col("user") != user),
            pl.DataFrame(
                {
                    "user": user,
                    "item": [item for item, _ in more],
                    "time": [time for _, time in more],
                    "kind": PURCHASED,
                    "value": 1.0,
                }
            ),
        ]
    ).write_parquet(path)
    found = histories(tmp_path / "parts", tmp_path / "work").sample(EVERYONE)
    assert told(found)[user] == [("a", 4), ("f", 5), ("b", 5)]


def test_a_part_cut_short_is_named_and_what_stands_is_not_read_again(
    generated_shop: Path, tmp_path: Path
) -> None:
    parts = write_parts(load_tables(f"parquet:{generated_shop}"), tmp_path / "parts", 3)
    whole = parts.event_files[2].read_bytes()
    parts.event_files[2].write_bytes(whole[:500])
    with pytest.raises(DataError, match=r"part-00002.*cannot be read"):
        histories(parts.folder, tmp_path / "work", kind=PURCHASED, size=900)
    parts.event_files[2].write_bytes(whole)
    found = histories(parts.folder, tmp_path / "work", size=900)
    file = found.shards[1].events_file
    written = file.stat().st_mtime_ns
    found.shards[0].events_file.write_bytes(b"ARROW1")
    again = histories(parts.folder, tmp_path / "work", size=900)
    assert told(again.sample(EVERYONE)) == told(found.sample(EVERYONE))
    assert file.stat().st_mtime_ns == written


def test_an_empty_part_is_nobody_and_a_folder_without_events_says_so(
    tmp_path: Path, checkerboard: Tables
) -> None:
    write_parts(checkerboard, tmp_path / "parts", 40)
    parts = PartsFolder.open(tmp_path / "parts")
    assert any(pl.read_parquet(path).is_empty() for path in parts.event_files)
    found = histories(parts.folder, tmp_path / "work", size=1)
    assert len(told(found.sample(EVERYONE))) == 5
    assert sum(len(events) for events in found.read(range(found.pieces))) == 15 + 1
    for path in parts.event_files:
        pl.read_parquet(path).clear().write_parquet(path)
    with pytest.raises(DataError, match=r"no PURCHASED events.*load SOURCE --to"):
        histories(parts.folder, tmp_path / "work")
    with pytest.raises(DataError, match="no folder of whole Parquet parts"):
        histories(tmp_path, tmp_path / "work")
