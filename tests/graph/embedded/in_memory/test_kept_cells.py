"""What is kept of cells says nothing untrue, whatever became of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basketweave.errors import UsageError
from basketweave.graph.cells import Cells
from basketweave.graph.centres import centres
from basketweave.graph.embedded.in_memory import kept_cells
from basketweave.graph.embedded.in_memory.kept_cells import KeptCells, exact
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import unit


def vectors(n: int = 400, seed: int = 0) -> FloatArray:
    return unit(np.random.default_rng(seed).normal(size=(n, 8)))


def asked(kept: KeptCells, rows: FloatArray, version: str = "gat_v1") -> Cells:
    """The cells, of which it is seen that each vector lies where it is nearest."""
    found = kept.of(version, np.arange(len(rows)), rows, [version])
    assert found is not None
    assert sorted(found.place.tolist()) == [*range(len(rows))]
    np.testing.assert_array_equal(found.rows, rows[found.place])
    cell = np.repeat(np.arange(len(found.centres)), np.diff(found.ends))
    nearest = (found.rows @ found.centres.T).max(axis=1)
    own = np.einsum("nd,nd->n", found.rows, found.centres[cell])
    np.testing.assert_allclose(own, nearest, atol=1e-6)
    return found


@pytest.fixture
def kept(tmp_path: Path) -> KeptCells:
    return KeptCells(tmp_path / "shop.lbug", 100)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many vectors each set of centres was learned from."""
    seen: list[int] = []

    def counted(rows: FloatArray) -> FloatArray:
        seen.append(len(rows))
        return centres(rows)

    monkeypatch.setattr(kept_cells, "centres", counted)
    return seen


def test_few_vectors_have_none(kept: KeptCells) -> None:
    rows = vectors(100)
    assert kept.of("gat_v1", np.arange(100), rows, []) is None
    assert not kept.path("gat_v1").exists()


def test_they_are_made_once(kept: KeptCells, learned: list[int]) -> None:
    first, again = (asked(kept, vectors()) for _ in range(2))
    np.testing.assert_array_equal(first.place, again.place)
    assert learned == [400]


def test_new_vectors_come_in_and_deleted_ones_go(
    kept: KeptCells, learned: list[int]
) -> None:
    asked(kept, vectors())
    asked(kept, np.concatenate([vectors(40, seed=1), vectors()[100:]]))
    assert learned == [400]
    asked(kept, vectors(seed=2))
    assert learned == [400, 400]


def broken(path: Path, how: str) -> None:
    whole = path.read_bytes()
    cut = {"empty": b"", "short": whole[: len(whole) // 2], "noise": b"x" * 500}
    cut["bit"] = whole[:900] + bytes([whole[900] ^ 1]) + whole[901:]
    cut["gone"] = whole
    path.write_bytes(cut[how])
    if how == "gone":
        path.unlink()


@pytest.mark.parametrize("how", ["empty", "short", "noise", "bit", "gone"])
def test_a_file_that_is_not_whole_is_made_anew(kept: KeptCells, how: str) -> None:
    asked(kept, vectors())
    whole = kept.path("gat_v1").read_bytes()
    broken(kept.path("gat_v1"), how)
    asked(kept, vectors())
    assert kept.path("gat_v1").read_bytes() == whole


def test_arrays_of_another_kind_are_not_believed(kept: KeptCells) -> None:
    asked(kept, vectors())
    path = kept.path("gat_v1")
    with np.load(path) as file:
        held = {**file}
    for wrong in ({"cell": held["cell"] + 9999}, {"centres": held["centres"][:, :3]}):
        with path.open("wb") as out:
            np.savez(out, **{**held, **wrong})
        asked(kept, vectors())


def test_files_of_versions_that_are_gone_go(kept: KeptCells) -> None:
    for version in ("gat_v1", "gat_v2"):
        asked(kept, vectors(), version)
    assert [p.name for p in kept.store.parent.iterdir()] == [
        "shop.lbug.cells-gat_v2.npz"
    ]


def test_where_nothing_can_be_written_they_are_made_each_time(
    tmp_path: Path, learned: list[int]
) -> None:
    (tmp_path / "nowhere").touch()  # no folder
    kept = KeptCells(tmp_path / "nowhere" / "shop.lbug", 100)
    for _ in range(2):
        asked(kept, vectors())
    assert learned == [400, 400]


def test_how_many_are_looked_through_whole_is_given_or_said_around(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (exact(None), exact(0)) == (100_000, 0)
    monkeypatch.setenv("BASKETWEAVE_EXACT_ITEMS", "7")
    assert (exact(None), exact(9)) == (7, 9)
    monkeypatch.setenv("BASKETWEAVE_EXACT_ITEMS", "few")
    with pytest.raises(UsageError, match="number of items"):
        exact(None)
