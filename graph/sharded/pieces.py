"""The rows of some items in the files of counts: found once for all blocks, then read.

They are read into arrays, not mapped: what is mapped counts as a process's memory, and
each block would have to fault its pages in. Nor does each block look in each batch for
where it begins: of 100 M events there are 500 batches and 30 blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from basketweave.graph.derive.add_pairs import begins
from basketweave.graph.derive.rows import Rows
from basketweave.graph.sharded.arrow_files import placed_batches
from basketweave.graph.subgraph import IntArray

COLUMNS = ("i", "j", "value")


@dataclass(frozen=True)
class Pieces:
    """The rows of a block in a file, a piece in each batch.

    bytes (B, 3)   where its `COLUMNS` begin in the file
    rows (B,)      how many there are
    """

    path: Path
    bytes: IntArray
    rows: IntArray


def pieces(path: Path, what: int, bounds: Sequence[int]) -> list[Pieces]:
    """Those of each block; blocks of items begin at `bounds`, and the last ends there."""
    found = placed_batches(path)
    cuts = np.array([begins(batch, what, bounds) for batch, _ in found], np.int64)
    at = np.array([[place[c] for c in COLUMNS] for _, place in found], np.int64)
    wide = (
        [found[0][0].schema.field(c).type.byte_width for c in COLUMNS] if found else 1
    )
    cuts, at = cuts.reshape(-1, len(bounds)), at.reshape(-1, len(COLUMNS))
    return [
        Pieces(path, at + first[:, None] * wide, end - first)
        for first, end in pairwise(cuts.T)
    ]


def read_rows(some: Sequence[Pieces], number: type[np.floating]) -> Rows:
    """The rows of a block, by i within each piece; `number` is the type of the values.

    Raises `OSError` where a file has become shorter.
    """
    size = sum(int(one.rows.sum()) for one in some)
    columns = (
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, number),
    )
    done = 0
    for one in some:
        with one.path.open("rb", buffering=0) as file:
            for places, more in zip(one.bytes.tolist(), one.rows.tolist(), strict=True):
                for column, place in zip(columns, places, strict=True):
                    _read(file, place, column[done : done + more])
                done += more
    return columns


def _read(file: FileIO, place: int, into: npt.NDArray[np.generic]) -> None:
    wanted = into.data.cast("B") if len(into) else into.data
    file.seek(place)
    while wanted:  # one call reads at most 2 GB
        read = file.readinto(wanted)
        if not read:
            raise OSError("A file of counts has become shorter. Do the same again.")
        wanted = wanted[read:]
