"""No room for a file: a sentence, nothing half, and what stood there still stands."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from basketweave.cli.frames import write_frame
from basketweave.errors import DataError
from basketweave.graph import ModelCard, Vectors, unit
from basketweave.graph.saved import load_vectors, save_vectors
from basketweave.training.checkpoint import read, write


@contextmanager
def no_room(size: int = 20_000) -> Iterator[None]:
    """No file can grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _vectors(n: int) -> Vectors:
    random = np.random.default_rng(0)
    users, items = pl.Series(["u"]), pl.Series([f"i{k}" for k in range(n)])
    rows = unit(random.normal(size=(n, 16)))
    return Vectors(ModelCard("gat"), users, items, rows[:1], rows)


def _frame(n: int) -> pl.DataFrame:
    return pl.DataFrame({"score": np.random.default_rng(0).normal(size=n)})


WAYS: dict[str, Callable[[Path, int], None]] = {
    "lists.parquet": lambda path, n: write_frame(_frame(n), path),
    "lists.csv": lambda path, n: write_frame(_frame(n), path),
    "lists.jsonl": lambda path, n: write_frame(_frame(n), path),
    "gat.npz": lambda path, n: save_vectors(_vectors(n), path),
    "gat.pt": lambda path, n: write(path, {"n": torch.zeros(n)}),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    for there in (False, True):
        if there:
            WAYS[name](path, 10)
        before = path.read_bytes() if there else None
        with (
            no_room(),
            pytest.raises(DataError, match=r"was not written: free some room"),
        ):
            WAYS[name](path, 50_000)
        assert [p.name for p in tmp_path.iterdir()] == ([name] if there else [])
        assert (path.read_bytes() if there else None) == before


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="was not written"):
        write_frame(_frame(3), tmp_path / "file" / "lists.csv")


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "gat.pt", {"n": torch.ones(3)})
    assert read(tmp_path / "gat.pt")["n"].tolist() == [1, 1, 1]
    save_vectors(_vectors(5), tmp_path / "gat.npz")
    assert len(load_vectors(tmp_path / "gat.npz").items) == 5
