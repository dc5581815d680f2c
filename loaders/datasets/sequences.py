"""Files of sequences: one line a user, `user item item ...`, oldest item first."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from basketweave.errors import DataError
from basketweave.graph.schema import PURCHASED

DATA = "BASKETWEAVE_DATA"


def benchmark_folder(name: str, where: str | None) -> Path:
    """The folder named after the colon, or `name` below $BASKETWEAVE_DATA."""
    if where:
        return Path(where)
    data = os.environ.get(DATA)
    if data is None:
        raise DataError(
            f"Where is the data of '{name}'? Name its folder, as in "
            f"{name}:/path/to/{name}, or set {DATA} to the folder above it."
        )
    return Path(data) / name


def present(path: Path) -> Path:
    """`path`; raises `DataError` where there is no such file."""
    if not path.is_file():
        raise DataError(f"There is no file {path}. Check the folder's name.")
    return path


def read_lists(path: Path) -> pl.DataFrame:
    """One row a line of the file: its `words`, as a list."""
    lines = pl.read_csv(
        present(path), has_header=False, new_columns=["line"], separator="\n",
        quote_char=None, schema={"line": pl.String},
    )  # fmt: skip
    return lines.select(words=pl.col("line").str.strip_chars().str.split(" "))


def read_sequences(path: Path) -> pl.DataFrame:
    """Events of a sequence file: `time` is the position in the sequence, from 1.

    Columns `user`, `item`, `time`, `kind` (PURCHASED) and `value` (null).
    """
    words = pl.col("words").list
    return (
        read_lists(path)
        .select(user=words.first(), item=words.slice(1))
        .filter(pl.col("item").list.len() > 0)
        .with_columns(time=pl.int_ranges(1, pl.col("item").list.len() + 1))
        .explode("item", "time")
        .with_columns(kind=pl.lit(PURCHASED), value=pl.lit(None, pl.Float64))
    )
