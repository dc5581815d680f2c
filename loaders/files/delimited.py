"""CSV and TSV in batches, with the line of every row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns
from basketweave.loaders.files.records import Records, records
from basketweave.loaders.files.stray_quotes import SWALLOWED, Joined, check_escapes
from basketweave.loaders.files.text import pieces
from basketweave.loaders.quarantine import quarantined

# The ASCII unit separator stands for a separator of several signs, such as "::".
UNIT = "\x1f"
# No honest field has so many lines; one that has is a quote that nothing closes.
MAX_LINES = 1_000


@dataclass(frozen=True)
class Signs:
    """How a file is written; `columns` are named where it has no header."""

    separator: str
    quote: str
    columns: tuple[str, ...] | None = None
    escape: str | None = None

    @property
    def sign(self) -> str:
        """The one sign that separates fields once `single` has been applied."""
        return self.separator if len(self.separator) == 1 else UNIT

    def single(self, pieces: Iterator[str]) -> Iterator[str]:
        """Whole lines of the text in which `sign` separates the fields."""
        waiting = ""
        for piece in pieces:
            whole, end, waiting = (waiting + piece).rpartition("\n")
            yield (whole + end).replace(self.separator, UNIT)
        yield waiting.replace(self.separator, UNIT)

    def text(self, row: str) -> str:
        """A row as it was written."""
        return row.replace(self.sign, self.separator)

    def fields(self, row: str) -> list[str]:
        """The fields of one row."""
        signs: dict[str, Any] = (
            {"quotechar": self.quote} if self.quote else {"quoting": csv.QUOTE_NONE}
        )
        found = csv.reader([row], delimiter=self.sign, escapechar=self.escape, **signs)
        return next(found)


@dataclass(frozen=True)
class _Layout:
    """A file, its header, the columns wanted of it, and its signs."""

    path: Path
    header: list[str]
    wanted: tuple[str, ...]
    signs: Signs

    @property
    def names(self) -> list[str]:
        """Columns by number, because a header may name one twice."""
        return [str(n) for n in range(len(self.header))]

    def parse(self, data: bytes, set_aside: Callable[[Any], str]) -> Any:
        """An Arrow table of the wanted columns of `data`, without a header."""
        return pa_csv.read_csv(
            pa.py_buffer(data),
            # One block and one thread: only then does a broken row have a number.
            pa_csv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=self.names
            ),
            pa_csv.ParseOptions(
                delimiter=self.signs.sign,
                quote_char=self.signs.quote or False,
                escape_char=self.signs.escape or False,
                newlines_in_values=True,
                invalid_row_handler=set_aside,
            ),
            pa_csv.ConvertOptions(
                include_columns=[str(self.header.index(c)) for c in self.wanted],
                column_types=dict.fromkeys(self.names, pa.string()),
            ),
        )


def read_delimited(
    path: Path, wanted: tuple[str, ...], encoding: str, signs: Signs
) -> Iterator[Batch]:
    """Batches of the `wanted` columns, all of them texts, empty where empty.

    Rows with too few or too many fields are in `Batch.broken`. Raises DataError
    for an empty file, missing columns, or a quote that is never closed.
    """
    layout: _Layout | None = None
    text = pieces(path, encoding)
    text = text if len(signs.separator) == 1 else signs.single(text)
    for cut in records(text, signs.quote, signs.escape or ""):
        if layout is None and len(cut):
            header = list(signs.columns or _header(path, cut.text(0), signs))
            check_columns(path, wanted, header)
            layout = _Layout(path, header, wanted, signs)
            cut = cut if signs.columns else cut.after_first()
        if layout is not None and len(cut):
            yield _batch(cut, layout)
    if layout is None:
        raise DataError(f"{path} is empty: it has not even a header.")


def _header(path: Path, row: str, signs: Signs) -> list[str]:
    try:
        return signs.fields(row)
    except (csv.Error, StopIteration) as error:
        raise DataError(f"The header of {path} cannot be read: {error}.") from error


def _batch(cut: Records, layout: _Layout) -> Batch:
    signs = layout.signs
    check_escapes(cut, signs.sign, signs.quote, signs.escape, layout.path)
    cut, rows, broken = _parsed(cut, layout)
    _check_length(cut, layout.path)
    joined = Joined.found(cut, signs.sign, signs.quote, len(layout.header))
    if len(joined.mendable):
        cut, rows, broken = _parsed(joined.mended(signs.escape or ""), layout)
        joined = Joined.found(cut, signs.sign, signs.quote, len(layout.header), joined)
    at = np.array([row.number - 1 for row in broken], np.int64)
    good = np.setdiff1d(np.arange(len(cut)), at, assume_unique=True)
    expected = f"not the {len(layout.header)} of the {_said(signs)}"
    lost = np.isin(good, joined.lost)
    short = [f"{row.actual_columns} fields, {expected}" for row in broken]
    bad = [*zip(at, short, strict=True), *((n, SWALLOWED) for n in good[lost])]
    good = good[~lost]
    rows = rows.filter(pl.Series(~lost)) if lost.any() else rows
    return Batch(
        rows=rows.rename(dict(zip(rows.columns, layout.wanted, strict=True))),
        lines=pl.Series(cut.lines[good]),
        text=lambda row: signs.text(cut.text(good[row])),
        broken=quarantined(
            [int(cut.lines[n]) for n, _ in bad],
            [why for _, why in bad],
            [signs.text(cut.text(n)) for n, _ in bad],
        ),
        mended=joined.lines,
    )


def _parsed(cut: Records, layout: _Layout) -> tuple[Records, pl.DataFrame, list[Any]]:
    """The records cut as Arrow reads them, their columns, and those that fell apart."""
    broken: list[Any] = []

    def set_aside(row: Any) -> str:
        broken.append(row)
        return "skip"

    try:
        rows = pl.DataFrame(pl.from_arrow(layout.parse(cut.data, set_aside)))
    except pa.ArrowException as error:
        raise DataError(
            f"{layout.path} cannot be read after line {cut.first:,}: {error}. See "
            "whether separator, quote and encoding are right."
        ) from error
    if len(rows) + len(broken) != len(cut):
        signs = layout.signs
        cut = cut.recut(signs.sign, signs.quote, signs.escape or "")
    return cut, rows, broken


def _check_length(cut: Records, path: Path) -> None:
    last = cut.lines[-1] + cut.data.count(b"\n", int(cut.starts[-1]))
    far = np.diff(np.append(cut.lines, last)) > MAX_LINES
    for n in np.flatnonzero(far):  # far apart, or only with blank lines between
        if cut.data.count(b"\n", int(cut.starts[n]), int(cut.ends[n])) > MAX_LINES:
            raise DataError(
                f"The quote on line {cut.lines[n]:,} of {path} is not closed within "
                f'{MAX_LINES:,} lines. Where quotes are plain text, set quote: "".'
            )


def _said(signs: Signs) -> str:
    return "mapping" if signs.columns else "header"
