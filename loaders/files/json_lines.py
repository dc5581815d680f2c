"""JSON lines in batches: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from basketweave.errors import DataError
from basketweave.loaders.files.batch import Batch, check_columns
from basketweave.loaders.files.paths import PATHS
from basketweave.loaders.files.records import Records, records
from basketweave.loaders.files.text import pieces
from basketweave.loaders.quarantine import quarantined

_NO_OBJECT = "not a JSON object"


def read_json_lines(
    path: Path,
    wanted: tuple[str, ...],
    lists: tuple[str, ...],
    encoding: str,
    plain: bool = False,
) -> Iterator[Batch]:
    """Batches of the `wanted` keys as texts, those in `lists` as lists of lists.

    A key may be absent from some objects, but not from all of the first ones. Where
    values are `plain` ids and numbers, 5.0 is written 5, and polars reads all batches
    that it can: 6 times as fast.
    """
    rows, checked = 0, False
    for cut in records(pieces(path, encoding), quote=""):
        fast = _fast(cut, wanted) if plain and checked else None
        if fast is None:
            objects = [_object(cut.text(n), wanted) for n in range(len(cut))]
            keys = list(dict.fromkeys(k for o in objects if o is not None for k in o))
            if keys and not checked:
                check_columns(path, wanted, keys)
                checked = True
            fast = _batch(cut, objects, wanted, lists, plain)
        yield fast
        rows += len(cut)
    if not rows:
        raise DataError(f"{path} is empty: it has not a single object.")


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


def _object(line: str, wanted: tuple[str, ...]) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
        if not isinstance(parsed, dict):
            return None
        if "\\ud" in line.lower():  # half a surrogate pair is a name for no sign
            read = [parsed.get(key) for key in wanted]
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return parsed


def _batch(
    cut: Records,
    objects: list[dict[str, Any] | None],
    wanted: tuple[str, ...],
    lists: tuple[str, ...],
    plain: bool,
) -> Batch:
    good = [n for n, o in enumerate(objects) if o is not None]
    bad = [n for n, o in enumerate(objects) if o is None]
    whole = [o for o in objects if o is not None]
    return Batch(
        rows=pl.DataFrame([_column(c, whole, c in lists, plain) for c in wanted]),
        lines=pl.Series(cut.lines[good], dtype=pl.Int64),
        text=lambda row: cut.text(good[row]),
        broken=quarantined(
            cut.lines[bad].tolist(),
            [_NO_OBJECT] * len(bad),
            [cut.text(n) for n in bad],
        ),
    )


def _column(
    key: str, objects: list[dict[str, Any]], as_paths: bool, plain: bool
) -> pl.Series:
    values = [o.get(key) for o in objects]
    if as_paths:
        return pl.Series(key, [_paths(v) for v in values], dtype=PATHS)
    if plain:
        values = [
            int(v) if isinstance(v, float) and v.is_integer() else v for v in values
        ]
    return pl.Series(key, [_text(v) for v in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    """Numbers as JSON writes them, lists of names joined by commas."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _paths(value: Any) -> list[list[str | None]]:
    """A name, a list of names, or a list of paths, as a list of paths."""
    several = value if isinstance(value, list) else [] if value is None else [value]
    return [[_text(n) for n in (v if isinstance(v, list) else [v])] for v in several]
