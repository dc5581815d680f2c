"""`compare` out of core: everyone is counted in shards, a sample of people is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

from basketweave.choosing.compare import Comparison, blended
from basketweave.choosing.parts_window import COUNTED, Counting, window
from basketweave.choosing.windows import Windows
from basketweave.errors import UsageError
from basketweave.evaluation import Report, evaluate
from basketweave.graph.sharded.histories import Histories, histories
from basketweave.graph.sharded.settings import Sharding
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress

PEOPLE = 20_000
"""People who are asked about, unless another number is given."""


def compare_parts(
    parts: Path,
    asked: Comparison,
    folder: Path,
    *,
    people: int = PEOPLE,
    sharding: Sharding | None = None,
    progress: Progress = SILENT,
) -> Report:
    """The blend without vectors beside `COUNTED`, from a folder of Parquet parts.

    people     about so many are asked about, the same ones each time; their events are
               held in memory. Popularity, neighbours and relationships are of everyone
    folder     in which `counted` holds what is counted, until it is done

    The windows are those of `compare` with `time`, and the numbers too where all people
    are asked. Events of the kind that is predicted are what somebody had.

    Raises `UsageError` for what is not counted in shards; `DataError` where the parts
    cannot be read, or all events lie within the test.
    """
    _check(asked)
    sharding = (sharding or Sharding()).model_copy(update={"keep": False})
    counting = Counting(parts, folder / "counted", sharding, progress)
    events = histories(parts, counting.into / "histories", progress=progress)
    report = _report(counting, events, events.sample(people), asked)
    shutil.rmtree(counting.into, ignore_errors=True)
    return report


def _check(asked: Comparison) -> None:
    names = asked.baselines or ()
    others = sorted(set(names) - set(COUNTED))
    if others:
        raise UsageError(
            f"{others[0]} is not counted in shards. Out of core there are "
            f"{', '.join(COUNTED)}; a store has the others."
        )
    if asked.protocol != "time" or asked.encoder != "none" or not asked.refit:
        raise UsageError(
            "Out of core the last days are asked about, with all before them counted, "
            'and without an encoder: protocol="time", encoder="none", refit=True.'
        )


def _report(
    counting: Counting, events: Histories, people: Subgraph, asked: Comparison
) -> Report:
    given = (counting, events)
    test = window("test", *given, people, asked.days, events.last)
    early = window("validation", *given, test.split.train, asked.days, test.last)
    blends = blended(
        Windows(early.split, test.split, asked.days),
        asked,
        counting.into,
        counting.progress,
        (early.derived, test.derived),
    )
    models = {**{name: test.baseline(name) for name in asked.beside(COUNTED)}, **blends}
    return evaluate(models, test.split, known=asked.known, progress=counting.progress)
