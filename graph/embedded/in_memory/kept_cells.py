"""The cells of a version's item vectors, kept beside the store's file.

What is kept says in which cell a vector lies, by a number that follows from the vector
itself. So it cannot speak of another version's vectors: a vector that it does not know
is put into its cell, and one that is gone is not asked for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from basketweave.errors import UsageError
from basketweave.graph.cells import Cells, Keys, keys
from basketweave.graph.centres import centres, nearest_centre
from basketweave.graph.subgraph import FloatArray, IntArray
from basketweave.whole import replaced

logger = logging.getLogger("basketweave")
VARIABLE = "BASKETWEAVE_EXACT_ITEMS"
EXACT_ITEMS = 100_000
"""So many vectors are looked through whole: 2.7 ms of processor time for 64 numbers."""


@dataclass(frozen=True)
class KeptCells:
    """Cells for more than `exact` vectors, in files named after the store's."""

    store: Path
    exact: int

    def of(
        self, version: str, place: IntArray, rows: FloatArray, kept: Collection[str]
    ) -> Cells | None:
        """The cells of the vectors (P, d) of a version; None where all are looked at.

        They are read, or made where there are none that can be read or where half of
        the vectors are new, and then written for the next time.

        place (P,)   the position that a search gives for each vector
        kept         versions whose files stay
        """
        if len(rows) <= self.exact:
            return None
        own = keys(rows)
        middle, filed, number = self._read(version, rows.shape[1])
        at = np.minimum(np.searchsorted(filed, own), max(len(filed) - 1, 0))
        there = filed[at] == own if len(filed) else np.zeros(len(own), bool)
        if np.count_nonzero(there) * 2 < len(own):
            middle, there = centres(rows), np.zeros(len(own), bool)
        cell = np.zeros(len(own), np.int64)
        cell[there] = number[at[there]]
        cell[~there] = nearest_centre(middle, rows[~there])
        if not there.all():
            self._write(version, middle, own, cell, kept)
        return Cells.of(middle, cell, place, rows)

    def path(self, version: str) -> Path:
        """Where the cells of a version lie."""
        return self.store.with_name(f"{self.store.name}.cells-{version}.npz")

    def _read(self, version: str, d: int) -> tuple[FloatArray, Keys, IntArray]:
        try:
            with np.load(self.path(version)) as file:
                middle, filed, cell = (
                    file[name] for name in ("centres", "keys", "cell")
                )
            if _whole(middle, filed, cell, d):
                return middle, filed, cell
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            logger.warning("%s is made anew: %s", self.path(version), error)
        none = np.empty(0, np.int64)
        return np.empty((0, d), np.float32), none.astype(np.uint64), none

    def _write(
        self,
        version: str,
        middle: FloatArray,
        own: Keys,
        cell: IntArray,
        kept: Collection[str],
    ) -> None:
        """Write what was found out; where that cannot be, it is found out again."""
        path = self.path(version)
        filed, first = np.unique(own, return_index=True)
        number = cell[first].astype(np.int32)
        try:
            with replaced(path) as part, part.open("wb") as file:
                np.savez(file, centres=middle, keys=filed, cell=number)
            stay = {self.path(one) for one in {*kept, version}}
            for old in self.store.parent.glob(f"{self.store.name}.cells-*.npz"):
                if old not in stay:
                    old.unlink()
        except OSError as error:
            logger.info("%s was not written: %s", path, error)


def exact(given: int | None) -> int:
    """How many vectors are looked through whole: as given, or in the environment.

    Raises `UsageError` where that is no whole number.
    """
    said = os.environ.get(VARIABLE, "").strip() if given is None else str(given)
    if not said:
        return EXACT_ITEMS
    if not said.isdigit():
        raise UsageError(f"{VARIABLE} is {said!r}. Give a number of items: 100000.")
    return int(said)


def _whole(middle: FloatArray, filed: Keys, cell: IntArray, d: int) -> bool:
    """Whether these are arrays that `_write` wrote, for vectors of this width."""
    return (
        middle.ndim == 2
        and middle.shape[1] == d
        and filed.dtype == np.uint64
        and filed.shape == cell.shape
        and bool((cell >= 0).all() and (cell < len(middle)).all())
    )
