"""What steps cost: processor time and memory of this process and those that it started.

Told as lines, and as rows of a table (docs/scale.csv) that `benchmarks/growth.py` draws:
`step,events,basket,pairs,seconds,gigabytes`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import psutil

from basketweave.progress import Advance

KEY = ["step", "events", "basket"]


@dataclass
class Costs:
    """The steps so far: seconds of processor time, and the peak of memory in GB."""

    steps: dict[str, tuple[float, float | None]] = field(default_factory=dict)

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        """Print the processor time that a step took, and the peak of memory."""
        peak, stop = [0.0], threading.Event()
        watch = threading.Thread(target=_watch, args=(peak, stop))
        watch.start()
        wall, start = time.time(), spent()
        try:
            yield
        finally:
            stop.set()
            watch.join()
            used, most = spent() - start, peak[0] / 1e9
            self.steps[what] = used, most
            print(
                f"{what:52s} {used:8.1f} s of processor time, "
                f"{time.time() - wall:6.1f} s, {most:5.2f} GB",
                flush=True,
            )

    def into(
        self,
        csv: Path,
        events: float,
        *,
        basket: float = 3,
        pairs: int | None = None,
        names: dict[str, str] | None = None,
    ) -> None:
        """Put these steps into a table, in place of what it said of the same.

        names   the steps that come there, and how they are called there; default all
        """
        names = {name: name for name in self.steps} if names is None else names
        rows = pl.DataFrame(
            [
                (there, round(events), basket, pairs, *self.steps[here])
                for here, there in names.items()
                if here in self.steps
            ],
            schema={
                "step": pl.String,
                "events": pl.Int64,
                "basket": pl.Float64,
                "pairs": pl.Int64,
                "seconds": pl.Float64,
                "gigabytes": pl.Float64,
            },
            orient="row",
        )
        if csv.exists():
            before = pl.read_csv(csv, schema=rows.schema)
            rows = pl.concat([before.join(rows, on=KEY, how="anti"), rows])
        rows.sort("basket", descending=True, maintain_order=True).write_csv(
            csv, float_precision=2
        )


class Steps:
    """Progress that keeps the processor time of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def task(self, description: str, total: float | None = None) -> Iterator[Advance]:
        start = spent()
        yield lambda _: None
        self.seconds[description] = round(spent() - start, 2)

    def tell(self) -> None:
        """A line for each step."""
        for step, seconds in self.seconds.items():
            print(f"  {step:50s} {seconds:8.1f} s", flush=True)


_watching = [0.0]
# Seconds that looking at memory took: for some gigabytes a tenth of a second each time.


def _watch(peak: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        start = time.thread_time()
        with suppress(psutil.Error):
            me = psutil.Process()
            every = [me, *me.children(recursive=True)]
            peak[0] = max(peak[0], sum(p.memory_full_info().pss for p in every))
        _watching[0] += time.thread_time() - start


def spent() -> float:
    """Seconds of this process and those that it started, also those that still run."""
    me = psutil.Process()
    times = me.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in me.children(recursive=True):
        with suppress(psutil.Error):
            total += child.cpu_times().user + child.cpu_times().system
    return total - _watching[0]
