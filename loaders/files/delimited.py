"""CSV and TSV in batches, with the line of every row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as pa_csv  # type: ignore[import-untyped]

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns
from basketweave.loaders.files.records import Records, records
from basketweave.loaders.files.text import pieces
from basketweave.loaders.quarantine import quarantined

# No honest field has so many lines; one that has is a quote that nothing closes.
MAX_LINES = 1_000


def read_delimited(
    path: Path, wanted: tuple[str, ...], encoding: str, separator: str, quote: str
) -> Iterator[Batch]:
    """Batches of the `wanted` columns, all of them texts, empty where empty.

    Rows with too few or too many fields are in `Batch.broken`. Raises DataError
    for an empty file, missing columns, or a quote that is never closed.
    """
    header: list[str] = []
    for cut in records(pieces(path, encoding), quote):
        if not header and len(cut):
            header = next(csv.reader([cut.text(0)], **_dialect(separator, quote)))
            check_columns(path, wanted, header)
            cut = cut.after_first()
        if len(cut):
            yield _parse(cut, path, header, wanted, separator, quote)
    if not header:
        raise DataError(f"{path} is empty: it has not even a header.")


def _dialect(separator: str, quote: str) -> dict[str, Any]:
    quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return {"delimiter": separator, "quotechar": quote or None, "quoting": quoting}


def _parse(
    cut: Records,
    path: Path,
    header: list[str],
    wanted: tuple[str, ...],
    separator: str,
    quote: str,
) -> Batch:
    broken: list[Any] = []

    def set_aside(row: Any) -> str:
        broken.append(row)
        return "skip"

    table = pa_csv.read_csv(
        pa.py_buffer(cut.data),
        # One block and one thread: only then does a broken row have a number.
        pa_csv.ReadOptions(
            use_threads=False,
            block_size=len(cut.data) + 1,
            column_names=[str(n) for n in range(len(header))],
        ),
        pa_csv.ParseOptions(
            delimiter=separator,
            quote_char=quote or False,
            newlines_in_values=True,
            invalid_row_handler=set_aside,
        ),
        pa_csv.ConvertOptions(
            include_columns=[str(header.index(c)) for c in wanted],
            column_types={str(n): pa.string() for n in range(len(header))},
        ),
    )
    if len(table) + len(broken) != len(cut):
        cut = cut.recut(separator, quote)
    _check_length(cut, path)
    return _batch(table, broken, cut, header, wanted)


def _check_length(cut: Records, path: Path) -> None:
    lines = np.append(np.diff(cut.lines), cut.data.count(b"\n", int(cut.starts[-1])))
    if lines.max() > MAX_LINES:
        raise DataError(
            f"The quote on line {cut.lines[lines.argmax()]:,} of {path} is not closed "
            f'within {MAX_LINES:,} lines. Where quotes are plain text, set quote: "".'
        )


def _batch(
    table: pa.Table,
    broken: list[Any],
    cut: Records,
    header: list[str],
    wanted: tuple[str, ...],
) -> Batch:
    at = np.array([row.number - 1 for row in broken], np.int64)
    good = np.setdiff1d(np.arange(len(cut)), at, assume_unique=True)
    reasons = [
        f"{row.actual_columns} fields, not the {len(header)} of the header"
        for row in broken
    ]
    frame = pl.DataFrame(pl.from_arrow(table))
    return Batch(
        rows=frame.rename(dict(zip(frame.columns, wanted, strict=True))),
        lines=pl.Series(cut.lines[good]),
        text=lambda row: cut.text(good[row]),
        broken=quarantined(cut.lines[at].tolist(), reasons, [cut.text(n) for n in at]),
    )
