"""JSON lines in batches: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns
from basketweave.loaders.files.json_values import as_paths, as_text, flat, has, value_of
from basketweave.loaders.files.mapping import Lines
from basketweave.loaders.files.paths import PATHS
from basketweave.loaders.files.records import Records, records
from basketweave.loaders.files.text import pieces
from basketweave.loaders.quarantine import quarantined

_NO_OBJECT = "not a JSON object"
_NO_LIST = "the lines are not a list"


def read_json_lines(
    path: Path,
    wanted: tuple[str, ...],
    lists: tuple[str, ...],
    encoding: str,
    plain: bool = False,
    lines: Lines | None = None,
) -> Iterator[Batch]:
    """Batches of the `wanted` keys as texts, those in `lists` as lists of lists.

    A key may be absent from some objects, but not from all of the first ones;
    `customer.id` is the key of that name, or `id` in the object `customer`. Where
    values are `plain` ids and numbers, 5.0 is written 5, and polars reads all batches
    that it can: 6 times as fast.
    """
    rows, keys = 0, set[str]()
    for cut in records(pieces(path, encoding), quote=""):
        quick = plain and lines is None and keys.issuperset(wanted)
        batch = _fast(cut, wanted) if quick else None
        if batch is None:
            objects = [_object(cut.text(n)) for n in range(len(cut))]
            if not keys:
                keys = _checked(path, objects, wanted, lines)
            batch = _batch(cut, objects, wanted, lists, plain, lines)
        yield batch
        rows += len(cut)
    if not rows:
        raise DataError(f"{path} is empty: it has not a single object.")


def _checked(
    path: Path,
    objects: list[Any],
    wanted: tuple[str, ...],
    lines: Lines | None,
) -> set[str]:
    """All keys of the first objects; DataError where they lack one that is wanted."""
    whole = [o for o in objects if o is not None]
    if lines is not None:
        whole = [row for o in whole for row in _lines(o, lines)[0]] or whole
    keys = list(dict.fromkeys(key for o in whole for key in o))
    inside = [c for c in wanted if c not in keys and any(has(o, c) for o in whole)]
    if keys:
        check_columns(path, wanted, [*keys, *inside])
    return set(keys)


def _fast(cut: Records, wanted: tuple[str, ...]) -> Batch | None:
    """The batch as polars reads it; None where it has a row that polars cannot."""
    try:
        rows = pl.read_ndjson(cut.data, schema=dict.fromkeys(wanted, pl.String))
    except pl.exceptions.PolarsError:
        return None
    # Half of a surrogate pair becomes a null character here.
    odd = rows.select(pl.any_horizontal(pl.all().str.contains("\0", literal=True)))
    if len(rows) != len(cut) or odd.to_series().any():
        return None
    return Batch(rows, pl.Series(cut.lines), cut.text)


def _object(line: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _spoilt(line: str, row: dict[str, Any], wanted: tuple[str, ...]) -> bool:
    """Half a surrogate pair is a name for no sign."""
    if "\\ud" not in line.lower():
        return False
    try:
        read = [value_of(row, key) for key in wanted]
        json.dumps(read, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _lines(row: dict[str, Any], lines: Lines) -> tuple[list[dict[str, Any]], bool]:
    """The object once for each of its lines, and whether these are a list at all."""
    several = value_of(row, lines.column)
    if isinstance(several, str) and lines.separator:
        several = several.split(lines.separator)
    if several is None:
        return [], True
    if not isinstance(several, list):
        return [], False
    return [{**row, **flat(lines.column, line)} for line in several], True


def _batch(
    cut: Records,
    objects: list[dict[str, Any] | None],
    wanted: tuple[str, ...],
    lists: tuple[str, ...],
    plain: bool,
    lines: Lines | None,
) -> Batch:
    rows: list[dict[str, Any]] = []
    at, bad = list[int](), dict[int, str]()
    for n, found in enumerate(objects):
        if found is None or _spoilt(cut.text(n), found, wanted):
            bad[n] = _NO_OBJECT
            continue
        several, listed = _lines(found, lines) if lines else ([found], True)
        if not listed:
            bad[n] = _NO_LIST
        rows += several
        at += [n] * len(several)
    where = np.array(at, np.int64)
    return Batch(
        rows=pl.DataFrame([_column(c, rows, c in lists, plain) for c in wanted]),
        lines=pl.Series(cut.lines[where], dtype=pl.Int64),
        text=lambda row: cut.text(int(where[row])),
        broken=quarantined(
            cut.lines[list(bad)].tolist(),
            list(bad.values()),
            [cut.text(n) for n in bad],
        ),
    )


def _column(
    key: str, rows: list[dict[str, Any]], in_paths: bool, plain: bool
) -> pl.Series:
    values = [value_of(row, key) for row in rows]
    if in_paths:
        return pl.Series(key, [as_paths(v) for v in values], dtype=PATHS)
    return pl.Series(key, [as_text(v, plain) for v in values], dtype=pl.String)
