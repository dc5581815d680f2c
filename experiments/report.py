"""What an experiment says so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from basketweave.experiments.conversions import per_user
from basketweave.experiments.difference import LEVEL, Contrast, Counts, difference
from basketweave.graph.experiments import LiveExperiment
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.store import GraphStore
from basketweave.moments import DAY


@dataclass(frozen=True)
class ExperimentReport:
    """An experiment, its groups compared, and the same of what was shown until each day.

    days    (date, what was shown up to its end); what was taken counts until now
    """

    experiment: LiveExperiment
    window_days: float
    whole: Contrast
    days: tuple[tuple[str, Contrast], ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, for JSON."""
        return {
            "experiment": vars(self.experiment),
            "window_days": self.window_days,
            **self.whole.to_dict(),
            "days": [{"day": day, **one.to_dict()} for day, one in self.days],
        }

    def sentence(self) -> str:
        """What follows from it, in words."""
        found = self.whole
        if not found.a.users or not found.b.users:
            return "One of the groups was shown nothing yet: nothing can be said."
        if not found.balanced:
            return (
                f"The groups are not as large as a share of {self.experiment.share:g} "
                f"makes them (p = {found.ratio_p:.1g}): some answers are not recorded, "
                "or not shown. Find out why before you read the difference."
            )
        if found.different:
            better = "b" if found.difference > 0 else "a"
            return (
                f"{getattr(self.experiment, better)} is taken more often: "
                f"{found.lift:+.1%} ({found.level:.0%} interval of the difference "
                f"{found.low:+.4f} … {found.high:+.4f})."
            )
        return (
            f"No difference can be told: it lies in {found.low:+.4f} … "
            f"{found.high:+.4f} ({found.level:.0%})."
        )


def report(
    store: GraphStore,
    experiment: LiveExperiment,
    *,
    window_days: float = 7,
    kind: str | None = None,
    level: float = LEVEL,
) -> ExperimentReport:
    """What people took of what they were shown, by group.

    window_days   how long after it was shown an item may be taken to count
    kind          of the events that count; None: the target of the data set
    """
    shown = store.shown(experiment=experiment.name)
    shown = shown.filter(pl.col("group").is_in(["a", "b"]))
    events, window = events_of(store, kind, shown), window_days * DAY

    def compared(some: pl.DataFrame) -> Contrast:
        people = per_user(some, events, window)
        return difference(_groups(people), experiment.share, level)

    ends = (shown["at"] // DAY * DAY + DAY - 1).unique().sort().to_list()
    days = tuple(
        (_date(end), compared(shown.filter(pl.col("at") <= end))) for end in ends
    )
    return ExperimentReport(experiment, window_days, compared(shown), days)


def _groups(people: pl.DataFrame) -> Mapping[str, tuple[Counts, Counts]]:
    def of(group: str) -> tuple[Counts, Counts]:
        some = people.filter(pl.col("group") == group)
        shown, taken = (some[name].to_numpy() for name in ("shown", "taken"))
        return shown.astype(np.float64), taken.astype(np.float64)

    return {group: of(group) for group in ("a", "b")}


def events_of(store: GraphStore, kind: str | None, shown: pl.DataFrame) -> pl.DataFrame:
    """Events of the kind, or of the target, of people who were shown anything."""
    graph = store.export(kinds=None if kind is None else [kind], relations=[])
    found = graph.events.get(kind or graph.counts.target)
    if found is None:
        columns = {"user": pl.String, "item": pl.String, "time": pl.Int64}
        return pl.DataFrame(schema=columns)
    users, items = graph.ids[USER], graph.ids[ITEM]
    return pl.DataFrame(
        {
            "user": users.gather(found.user),
            "item": items.gather(found.item),
            "time": found.time,
        }
    ).filter(pl.col("user").is_in(shown["user"].unique().implode()))


def _date(second: int) -> str:
    return str(np.datetime64(second, "s").astype("datetime64[D]"))
