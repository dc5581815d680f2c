"""The lists that another blend would have given, for answers that were recorded."""

from __future__ import annotations

import re

import polars as pl

from basketweave.errors import DataError
from basketweave.experiments.conversions import marked
from basketweave.experiments.counterfactual import Counterfactual, counterfactual
from basketweave.experiments.difference import LEVEL
from basketweave.experiments.report import events_of
from basketweave.graph.known import Known
from basketweave.graph.store import GraphStore
from basketweave.moments import DAY, Moment
from basketweave.progress import SILENT, Progress
from basketweave.serving.recommender import Recommender

ALL: tuple[Known, ...] = ("new", "again", "any")


def ask_again(
    store: GraphStore,
    blend: str,
    *,
    since: Moment = None,
    answers: int = 5_000,
    window_days: float = 7,
    kind: str | None = None,
    level: float = LEVEL,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Counterfactual:
    """What people would have taken of a blend's lists, had it served in the log's place.

    since     answers from then on
    kind      of the events that count; None: the target of the data set
    answers   at most so many of them are asked again, drawn by chance with the `seed`

    Each is asked for with the events until it was shown; rules and sessions of its request
    are not known. Raises `DataError` where the log is not random enough, and
    `NotFoundError` for a blend that is not published.
    """
    log = store.shown(since=since)
    known = _known(blend)
    log = log.filter(pl.col("blend").str.starts_with(f"blend_{known}"))
    asked = log.select("answer", "user", "at").unique("answer", maintain_order=True)
    if len(asked) > answers:
        asked = asked.sample(answers, seed=seed)
    if asked.is_empty():
        raise DataError(
            f"No answer of a blend_{known} was recorded as shown. Record some: "
            "store.record_shown(answer.shown())"
        )
    log = log.join(asked.select("answer"), on="answer", how="semi")
    places = dict(log.group_by("answer").len().iter_rows())
    client, lists = Recommender(store), {}
    with progress.task("Asking again", total=len(asked)) as advance:
        for answer, user, at in asked.iter_rows():
            found = client.recommend(
                user, places[answer], known=known, blend=blend, as_of=at
            )
            lists[answer] = {str(one.item) for one in found}
            advance(1)
    taken = marked(log, events_of(store, kind, log), window_days * DAY)
    return counterfactual(taken, lists, level=level)


def _known(blend: str) -> Known:
    """The requests that a blend is about."""
    name = re.split("@|_v", blend)[0]
    return next((one for one in ALL if name == f"blend_{one}"), ALL[0])
