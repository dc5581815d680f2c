"""Everyone's vectors out of Parquet parts: what training in memory gives, whatever befalls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from filelock import FileLock

from basketweave.choosing.everyone import fit_everyone
from basketweave.choosing.refit import fit
from basketweave.encoders import load_encoder
from basketweave.errors import DataError, StoreBusyError, UsageError
from basketweave.gnn import LightGCNConfig
from basketweave.graph.sharded import write_parts
from basketweave.graph.sharded.histories import histories
from basketweave.graph.sharded.vector_parts import VectorParts
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.tables import Tables
from basketweave.graph.vectors import Vectors, rows_for
from basketweave.loaders.generate import Generated, generate
from basketweave.progress import Advance
from basketweave.sequence import SASRecConfig

EVERYONE = 10**9
# One batch an epoch, and no chance: only rounding differs.
SURE = SASRecConfig(
    dim=8, epochs=2, batch=100_000, dropout=0, layer_dropout=0, id_dropout=0,
    max_length=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def graph(generated_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Subgraph:
    """The same in memory."""
    return histories(generated_shop, tmp_path_factory.mktemp("work")).sample(EVERYONE)


def same(found: Vectors, wanted: Vectors, atol: float = 1e-3) -> None:
    """Whether both have the same people and items, in the same places."""
    assert set(found.users) == set(wanted.users)
    mine = rows_for(wanted.users, found.users, found.user_vectors)
    np.testing.assert_allclose(mine, wanted.user_vectors, atol=atol)
    told = wanted.published()
    mine = rows_for(told.items, found.items, found.item_vectors)
    np.testing.assert_allclose(mine, told.item_vectors, atol=atol)


@pytest.mark.parametrize("shard", [10_000, 400])
def test_what_is_learnt_part_by_part_is_what_is_learnt_in_memory(
    generated_shop: Path, graph: Subgraph, tmp_path: Path, shard: int
) -> None:
    wanted = fit(graph, SURE, days=60)
    found = fit_everyone(generated_shop, tmp_path, SURE, days=60, shard=shard)
    same(VectorParts.open(tmp_path).all(), wanted.vectors)
    metric = "validation NDCG@10"
    assert found.card.metrics[metric] == pytest.approx(
        wanted.vectors.card.metrics[metric], abs=1e-3
    )
    assert found.card.part == "sequence"
    assert found.card.as_of == wanted.vectors.card.as_of
    assert {p.name for p in tmp_path.iterdir()} == {
        *("items.parquet", "model.pt", "users", "vectors.json", "checkpoints"),
        "train.lock",
    }
    again = load_encoder(tmp_path / "model.pt").encode(graph)
    np.testing.assert_allclose(
        again.user_vectors, wanted.vectors.user_vectors, atol=1e-3
    )


def test_with_a_small_sample_everyone_is_learnt_from_and_encoded(
    generated_shop: Path, graph: Subgraph, tmp_path: Path
) -> None:
    config = SURE.model_copy(update={"spectral": False})
    fit_everyone(generated_shop, tmp_path, config, days=0, sample=20, shard=400)
    same(VectorParts.open(tmp_path).all(), fit(graph, config, days=0).vectors)


def test_parts_without_people_have_no_vectors(
    checkerboard: Tables, tmp_path: Path
) -> None:
    write_parts(checkerboard, tmp_path / "parts", 20)
    found = fit_everyone(tmp_path / "parts", tmp_path / "to", SURE, days=0, shard=1)
    assert found.parts > 5
    assert sorted(found.all().users) == ["ann", "bob", "cat", "dan", "eve"]


class Stopped:
    """Progress that is broken off at this step of this task."""

    def __init__(self, task: str, step: int) -> None:
        self.stop, self.step = task, step

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        steps = iter(range(10**6))

        def advance(_: float) -> None:
            if description == self.stop and next(steps) == self.step:
                raise KeyboardInterrupt

        yield advance


def test_broken_off_it_goes_on_and_ends_as_if_it_had_not(
    generated_shop: Path, tmp_path: Path
) -> None:
    config = SASRecConfig(dim=8, epochs=3, batch=200, max_length=10)
    how: dict[str, Any] = {"days": 0, "shard": 400, "seed": 3}
    fit_everyone(generated_shop, tmp_path / "unbroken", config, **how)
    broken = tmp_path / "broken"
    for stop in (Stopped("Training sasrec", 2), Stopped("Encoding everyone", 4)):
        with pytest.raises(KeyboardInterrupt):
            fit_everyone(generated_shop, broken, config, progress=stop, **how)
        with pytest.raises(DataError, match="no whole vectors"):
            VectorParts.open(broken)
    first, second = (broken / "users" / f"part-0000{n}.parquet" for n in (0, 1))
    written = first.stat().st_mtime_ns
    second.write_bytes(second.read_bytes()[:100])
    found = fit_everyone(generated_shop, broken, config, **how)
    assert first.stat().st_mtime_ns == written
    wanted = VectorParts.open(tmp_path / "unbroken")
    assert found.mark == wanted.mark
    for (ids, rows), (others, other_rows) in zip(
        found.people(), wanted.people(), strict=True
    ):
        assert ids.equals(others)
        np.testing.assert_array_equal(rows, other_rows)
    second.write_bytes((tmp_path / "unbroken/items.parquet").read_bytes()[:100])
    with pytest.raises(DataError, match=r"part-00001.*cannot be read"):
        found.all()


def test_what_cannot_be_is_told(generated_shop: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="For all others: sasrec"):
        fit_everyone(
            generated_shop, tmp_path / "a", LightGCNConfig(dim=4, epochs=1), days=0
        )
    (tmp_path / "b").mkdir()
    with (
        FileLock(tmp_path / "b" / "train.lock"),
        pytest.raises(StoreBusyError, match="Another process trains"),
    ):
        fit_everyone(generated_shop, tmp_path / "b", SURE)
    single = tmp_path / "single"
    generate(Generated(events=300), single)
    file = single / "events/part-00000.parquet"
    rows = pl.read_parquet(file)
    rows.unique("user", keep="first").write_parquet(file)
    with pytest.raises(Exception, match="nobody has two"):
        fit_everyone(single, tmp_path / "c", SURE)
