"""What a large file of reviews costs to load: seconds, and memory at its peak.

    python benchmarks/streaming.py [--rows 2000000 20000000] [--form jsonl]

Reviews are generated as Amazon writes them (two ids, stars, time and 200 characters of
text) and read twice, each in a process of its own: once batch by batch with nothing
kept, which shows what the text costs, and once into `Tables`, which are held in memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from basketweave.loaders.files.batches import read_batches
from basketweave.loaders.files.mapping import EventsFile, Mapping, Time
from basketweave.loaders.files.read import read_mapped

BLOCK = 1_000_000
MB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000, 20_000_000])
    parser.add_argument("--form", choices=["jsonl", "csv"], default="jsonl")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        measure(*asked.measure)
        return
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"reviews.{asked.form}"
            write(path, rows)
            print(f"{rows:,} reviews, {path.stat().st_size / MB:,.0f} MB", flush=True)
            for what in ("nothing", "batches", "tables"):
                command = [sys.executable, __file__, "--measure", what, str(path)]
                subprocess.run(command, check=True)


def write(path: Path, rows: int) -> None:
    """Random reviews, a block at a time: 10 an item and 5 a user on average."""
    rng = np.random.default_rng(0)
    text = "Neither too large nor too small; it came on time. " * 4
    with path.open("wb") as file:
        for start in range(0, rows, BLOCK):
            n = min(BLOCK, rows - start)
            user, item = rng.integers(0, rows // 5, n), rng.integers(0, rows // 10, n)
            block = pl.DataFrame({"user": user, "item": item}).select(
                reviewerID=pl.format("A{}", pl.col("user").cast(pl.String).str.zfill(13)),
                asin=pl.format("B{}", pl.col("item").cast(pl.String).str.zfill(9)),
                overall=pl.Series(rng.integers(1, 6, n).astype(float)),
                unixReviewTime=pl.Series(rng.integers(1_000_000_000, 1_500_000_000, n)),
                reviewText=pl.lit(text),
            )  # fmt: skip
            if path.suffix == ".jsonl":
                block.write_ndjson(file)
            else:
                block.write_csv(file, include_header=not start)


def measure(what: str, path: str) -> None:
    """Read in one way, and print what it took."""
    events = EventsFile(
        file=Path(path).name,
        user="reviewerID",
        item="asin",
        time=Time(column=("unixReviewTime",)),
        value="overall",
        kind="RATED",
        stars=(1, 5),
    )
    started, folder, rows = time.perf_counter(), Path(path).parent, 0
    if what == "batches":
        columns = ["reviewerID", "asin", "unixReviewTime", "overall"]
        rows = sum(
            len(batch)
            for batch in read_batches(folder / events.names[0], events, columns)
        )
    elif what == "tables":
        tables = read_mapped(Mapping(name="reviews", folder=folder, events=events))
        rows = len(tables.events)
        kept = sum(t.estimated_size() for t in (tables.events, tables.users, tables.items))  # fmt: skip
        print(f"  Tables hold {kept / MB:,.0f} MB, {kept / rows:.0f} bytes an event")
    took = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {what:8s} {took:6.1f} s, at most {peak:,.0f} MB", flush=True)


if __name__ == "__main__":
    main()
