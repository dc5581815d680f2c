"""A process killed at any statement: the old state serves, and again completes it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from basketweave.graph import GraphStore
from basketweave.graph.schema import DERIVED
from basketweave.graph.stats import doctor
from basketweave.graph.tables import Tables

SCRIPT = Path(__file__).with_name("killed.py")
Kill = Callable[[str, int], str]
Rows = Callable[..., list[tuple[Any, ...]]]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


@pytest.fixture(scope="module")
def work() -> ModuleType:
    """What the killed process does, to compare with."""
    spec = importlib.util.spec_from_file_location("killed", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def kill(place: Any) -> Iterator[Kill]:
    """Have a piece of work killed before its n-th statement; 'done' where it has less."""
    command = [sys.executable, str(SCRIPT), json.dumps([place.uri, place.login])]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(what: str, point: int) -> str:
        print(what, point, file=process.stdin, flush=True)
        return process.stdout.readline().strip()  # type: ignore[union-attr]

    yield ask
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()


def _points(kill: Kill, what: str, step: int = 3) -> Iterator[str]:
    """Kill at every third statement until there are no more."""
    for point in count(1, step):
        ended = kill(what, point)
        assert ended in ("killed", "done")
        yield ended
        if ended == "done":
            return


def test_a_killed_publish_leaves_one_whole_version_live(
    place: Any, work: ModuleType, kill: Kill
) -> None:
    with place.open() as store:
        store.load(work.tables())
        store.publish(work.vectors(1))
    for _ in _points(kill, "publish"):
        with place.open() as store:
            live = [m for m in store.models() if m.status == "live"]
            assert len(live) == 1
            found = store.vectors("gat")
            wanted = work.vectors(live[0].card.seed)
            assert _by_id(found.items, found.item_vectors) == _by_id(
                wanted.items, wanted.item_vectors
            )
            store.publish(work.vectors(1))
            assert [m.status for m in store.models()] == ["live", "retired"]
            assert store.vectors("gat").card.seed == 1


def test_a_killed_load_is_completed_by_loading_again(
    place: Any, work: ModuleType, kill: Kill, rows: Rows, pairs: Rows
) -> None:
    tables = work.tables()
    wanted = sorted(set(tables.events["user", "item", "time", "value"].rows()))
    killed = 0
    for ended in _points(kill, "load"):
        killed += ended == "killed"
        with place.open() as store:
            there = rows(store.export())
            assert set(there) <= set(wanted)
            if 0 < len(there) < len(wanted):
                _is_called_unfinished(store)
    assert killed > 2
    with place.open() as store:
        graph = store.export()
        assert rows(graph) == wanted
        assert graph.shape == (40, 30)
        assert len(pairs(graph, "MADE_BY")) == 30
        assert store.load(tables).already_there == len(wanted)
        assert store.dataset().loading == ()


def _is_called_unfinished(store: GraphStore) -> None:
    dataset = store.dataset()
    assert dataset is not None
    assert dataset.loading == ("random",)
    assert "A load of random has begun" in "".join(map(str, doctor(store)))


def test_another_load_does_not_complete_one_that_was_broken_off(
    place: Any, work: ModuleType, kill: Kill, events: Callable[..., Tables]
) -> None:
    unfinished: tuple[str, ...] = ()
    for point in range(8, 120, 8):
        if kill("load", point) == "done":
            break
        with place.open() as store:
            dataset = store.dataset()
            unfinished = dataset.loading if dataset else ()
        if unfinished:
            break
    assert unfinished == (("random",) if store.dialect == "neo4j" else ())
    with place.open() as store:
        store.load(events(("u0", "i0", 5_000)))
        assert store.dataset().loading == unfinished
        store.load(work.tables())
        assert store.dataset().loading == ()


def test_a_killed_derivation_changes_nothing_or_is_finished_by_the_next(
    place: Any, work: ModuleType, kill: Kill
) -> None:
    with place.open() as store:
        store.load(work.tables())
        work.derived(store, 1.0)
    ends = []
    for _ in _points(kill, "derive", 5):
        with place.open() as store:
            decided = "put in place" in "".join(map(str, store.misfits()))
            before = _weights(store)
            store.write_item_edges("CO_PURCHASED", _no_edges(), as_of=None)
            after = _weights(store)
            ends.append((decided, before[1:], after[1:]))
            assert after[0] == []
            work.derived(store, 1.0)
            assert _weights(store) == ([1.0] * 30,) * 3
            assert store.misfits() == []
    old, new = (([weight] * 30,) * 2 for weight in (1.0, 2.0))
    assert ends[0] == (False, old, old)
    assert ends[-1] == (False, new, new)
    for decided, before, after in ends:
        assert before == after or decided
        assert after == (new if decided else after)
    assert store.dialect == "ladybug" or [one for one, *_ in ends].count(True) > 1


def _weights(store: GraphStore) -> tuple[list[float], ...]:
    """Those of both kinds, and the popularity of all items."""
    read = [f"MATCH ()-[r:{kind}]->() RETURN r.weight AS x" for kind in DERIVED]
    read.append("MATCH (i:Item) RETURN i.popularity AS x")
    return tuple(store.run(f"{one} ORDER BY x")["x"].to_list() for one in read)


def _no_edges() -> pl.DataFrame:
    names = dict.fromkeys(("src", "dst"), pl.String)
    numbers = dict.fromkeys(("support", "lift", "weight"), pl.Float64)
    return pl.DataFrame(schema={**names, **numbers})


def _by_id(ids: Any, vectors: Any) -> dict[str, bytes]:
    return dict(zip(ids, map(bytes, vectors), strict=True))
