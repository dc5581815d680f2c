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
    path: Path, wanted: tuple[str, ...], lists: tuple[str, ...], encoding: str
) -> Iterator[Batch]:
    """Batches of the `wanted` keys as texts, those in `lists` as lists of lists.

    A key may be absent from some objects, but not from all of the first ones.
    """
    rows, checked = 0, False
    for cut in records(pieces(path, encoding), quote=""):
        objects = [_object(cut.text(n)) for n in range(len(cut))]
        keys = list(dict.fromkeys(key for o in objects if o is not None for key in o))
        if keys and not checked:
            check_columns(path, wanted, keys)
            checked = True
        yield _batch(cut, objects, wanted, lists)
        rows += len(cut)
    if not rows:
        raise DataError(f"{path} is empty: it has not a single object.")


def _object(line: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
        if "\\ud" in line:  # half a surrogate pair is a name for no sign
            json.dumps(parsed, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _batch(
    cut: Records,
    objects: list[dict[str, Any] | None],
    wanted: tuple[str, ...],
    lists: tuple[str, ...],
) -> Batch:
    good = [n for n, o in enumerate(objects) if o is not None]
    bad = [n for n, o in enumerate(objects) if o is None]
    whole = [o for o in objects if o is not None]
    return Batch(
        rows=pl.DataFrame([_column(c, whole, c in lists) for c in wanted]),
        lines=pl.Series(cut.lines[good], dtype=pl.Int64),
        text=lambda row: cut.text(good[row]),
        broken=quarantined(
            cut.lines[bad].tolist(),
            [_NO_OBJECT] * len(bad),
            [cut.text(n) for n in bad],
        ),
    )


def _column(key: str, objects: list[dict[str, Any]], as_paths: bool) -> pl.Series:
    values = [o.get(key) for o in objects]
    if as_paths:
        return pl.Series(key, [_paths(v) for v in values], dtype=PATHS)
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
