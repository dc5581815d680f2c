"""Training on Parquet parts against training in memory: processor time, memory.

    python -m benchmarks.everyone FOLDER --events 2e6 [--in-memory]

The first call generates the events, of so many `--items` however many
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
from benchmarks.costs import Costs, Steps


def main(
    folder: Path,
    events: float = 2e6,
    items: int = 5_000,
    in_memory: bool = False,
) -> None:
    """Print what each step costs."""
    costs = Costs()
    if not (folder / "tables.json").exists():
        shop = Generated(events=round(events), per_item=events / items)
        with costs.measured("generate"):
            generate(shop, folder)
        return
    config = SASRecConfig(
        dim=16, blocks=1, max_length=20, epochs=1, batch=8_192, catalogue=0,
        negatives=64, spectral=False,
    )  # fmt: skip
    to, steps = folder.with_name(f"{folder.name}-vectors"), Steps()
    shutil.rmtree(to, ignore_errors=True)
    if in_memory:
        with costs.measured("train and encode, in memory"):
            fit(histories(folder, to).sample(10**9), config, days=0)
    else:
        with costs.measured("train and encode, part by part"):
            fit_everyone(folder, to, config, days=0, progress=steps)
    steps.tell()


if __name__ == "__main__":
    typer.run(main)
