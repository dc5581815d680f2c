"""Rows of blocks of items, read from the places where files of counts have them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basketweave.graph.derive.count_pairs import EXACT, PARTIALS
from basketweave.graph.sharded.arrow_files import placed_batches, write_batches
from basketweave.graph.sharded.pieces import pieces, read_rows

ONE = [(0, 0, 3, 0.5), (0, 4, 1, 1.5), (1, 0, 2, 2.5), (1, 2, 0, 3.5), (2, 2, 0, 9.0)]
OTHER = [(0, 3, 1, 4.5), (1, 2, 4, 5.5)]


def table(rows: list[tuple[int, int, int, float]], schema: pa.Schema) -> pa.Table:
    names = schema.names
    return pa.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema
    )


@pytest.mark.parametrize(
    ("schema", "number"), [(PARTIALS, np.float32), (EXACT, np.float64)]
)
def test_each_block_has_its_rows_of_all_batches_and_files(
    tmp_path: Path, schema: pa.Schema, number: type[np.floating]
) -> None:
    files = [tmp_path / "counts-0.arrow", tmp_path / "counts-1.arrow"]
    write_batches(files[0], schema, [table(ONE, schema), table(OTHER, schema)])
    write_batches(files[1], schema, [table(OTHER, schema)])
    low, high = zip(*(pieces(path, 1, [0, 2, 5]) for path in files), strict=True)
    i, j, value = read_rows(low, number)
    assert (i.tolist(), j.tolist(), value.tolist()) == ([0], [2], [2.5])
    i, j, value = read_rows(high, number)
    assert i.tolist() == [2, 2, 2]
    assert j.tolist() == [0, 4, 4]
    assert value.tolist() == [3.5, 5.5, 5.5]
    assert value.dtype == number


def test_a_file_without_batches_has_no_rows(tmp_path: Path) -> None:
    write_batches(tmp_path / "none.arrow", PARTIALS, [])
    (block,) = pieces(tmp_path / "none.arrow", 0, [0, 5])
    assert [len(column) for column in read_rows([block], np.float32)] == [0, 0, 0]


def test_a_file_that_became_shorter_is_told(tmp_path: Path) -> None:
    path = tmp_path / "counts.arrow"
    write_batches(path, PARTIALS, [table(ONE, PARTIALS)])
    (block,) = pieces(path, 0, [0, 5])
    place = placed_batches(path)[0][1]["value"]
    path.write_bytes(path.read_bytes()[: place + 4])
    with pytest.raises(OSError, match="shorter"):
        read_rows([block], np.float32)


@settings(deadline=None, max_examples=25)
@given(
    rows=st.sets(
        st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 9)), max_size=60
    ),
    cuts=st.sets(st.integers(1, 9), max_size=4),
)
def test_blocks_together_have_all_rows_of_a_kind(
    tmp_path_factory: pytest.TempPathFactory,
    rows: set[tuple[int, int, int]],
    cuts: set[int],
) -> None:
    path = tmp_path_factory.mktemp("counts") / "counts.arrow"
    told = [(*row, float(n)) for n, row in enumerate(sorted(rows))]
    write_batches(path, PARTIALS, [table(told, PARTIALS)])
    bounds = [0, *sorted(cuts), 10]
    for what in range(3):
        found: list[tuple[int, int, float]] = []
        for block, (first, end) in zip(
            pieces(path, what, bounds), pairwise(bounds), strict=True
        ):
            i, j, value = read_rows([block], np.float32)
            assert ((first <= i) & (i < end)).all()
            found += zip(i.tolist(), j.tolist(), value.tolist(), strict=True)
        assert found == [row[1:] for row in told if row[0] == what]
