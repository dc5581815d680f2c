"""Rows that cannot be used: kept with their reasons, and never too many of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from basketweave.errors import DataError, UsageError
from basketweave.graph.tables import QUARANTINE, Tables

_SHOWN = 120  # characters of a row in a message


def quarantined(
    lines: Sequence[int], reasons: Sequence[str], texts: Sequence[str]
) -> pl.DataFrame:
    """A table of rows set aside; its `source` is empty, for the caller to fill in."""
    columns = {"source": None, "line": lines, "reason": reasons, "row": texts}
    return pl.DataFrame(columns, schema=dict(QUARANTINE))


def check_share(tables: Tables, max_bad: float) -> None:
    """Raise DataError where more than `max_bad` of a file's rows are unusable."""
    for source, rows in tables.rows.items():
        bad = tables.quarantine.filter(pl.col("source") == source)
        if len(bad) > max_bad * rows:
            raise DataError(
                f"{len(bad):,} of the {rows:,} rows of {source} cannot be used, more "
                f"than the {max_bad:.3g} that max_bad allows:\n{_by_reason(bad)}\n"
                "Correct the mapping or the file, or allow more with max_bad."
            )


def _by_reason(bad: pl.DataFrame) -> str:
    """Each reason's count and its first row, the most frequent reason first."""
    reasons = bad.group_by("reason", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("line", "row").first()
    )
    return "\n".join(
        f"  {r['count']:,} x {r['reason']}, first on line {r['line']}: "
        f"{r['row'][:_SHOWN]}"
        for r in reasons.sort("count", descending=True).iter_rows(named=True)
    )


def write_quarantine(tables: Tables, path: str | Path) -> None:
    """Write the quarantine to a .csv or .jsonl file: source, line, reason, row."""
    match Path(path).suffix:
        case ".csv":
            tables.quarantine.write_csv(path)
        case ".jsonl":
            tables.quarantine.write_ndjson(path)
        case suffix:
            raise UsageError(
                f"The quarantine cannot be written as '{suffix}'. "
                "Name a file that ends in .csv or .jsonl."
            )
