"""Training on Parquet parts against training in memory: processor time, memory.

    python benchmarks/everyone.py FOLDER --events 2e6 [--in-memory]

Generates the events where FOLDER does not have them, of so many `--items` however many
events there are. Then one epoch of SASRec, small, with few negatives: what is measured is
how events are read and people encoded, not the model. A line for each: seconds of
processor time, and the peak of memory.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from basketweave.choosing.everyone import fit_everyone
from basketweave.choosing.refit import fit
from basketweave.graph.sharded.histories import histories
from basketweave.loaders.generate import Generated, generate
from basketweave.sequence import SASRecConfig
from benchmarks.sharded import Steps, measured


def main(
    folder: Path,
    events: float = 2e6,
    items: int = 5_000,
    in_memory: bool = False,
) -> None:
    """Print what each step costs."""
    if not (folder / "tables.json").exists():
        shop = Generated(events=round(events), per_item=events / items)
        with measured("generate"):
            generate(shop, folder)
        return
    config = SASRecConfig(
        dim=16, blocks=1, max_length=20, epochs=1, batch=8_192, catalogue=0,
        negatives=64, spectral=False,
    )  # fmt: skip
    to, steps = folder.with_name(f"{folder.name}-vectors"), Steps()
    shutil.rmtree(to, ignore_errors=True)
    if in_memory:
        with measured("train and encode, in memory"):
            fit(histories(folder, to).sample(10**9), config, days=0)
    else:
        with measured("train and encode, part by part"):
            fit_everyone(folder, to, config, days=0, progress=steps)
    for step, seconds in steps.seconds.items():
        print(f"  {step:50s} {seconds:8.1f} s")


if __name__ == "__main__":
    typer.run(main)
