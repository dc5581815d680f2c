"""`doctor`: what in a store would spoil recommendations or their evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basketweave.graph.schema import IN_CATEGORY, LINK_KINDS, MADE_BY, SCHEMA_VERSION
from basketweave.graph.stats.catalogue import strangers
from basketweave.graph.stats.counts import COLD, Stats, counted, day
from basketweave.graph.stats.standing import items_behind, standing
from basketweave.graph.store import Dataset, GraphStore, Level, Misfit
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import ModelVersion

LEVELS: tuple[Level, ...] = ("error", "warning", "note")

YEAR = 31_536_000
MANY = 0.2
"""The share of exact duplicates from which on a source looks joined with itself."""


@dataclass(frozen=True)
class Finding:
    """One thing that `doctor` saw, and what to do about it."""

    level: Level
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.level}: {self.what} {self.advice}"


def doctor(store: GraphStore) -> list[Finding]:
    """What would spoil recommendations or their evaluation, worst first."""
    misfits = store.misfits()
    if any(one.refused for one in misfits):
        return list(_misfits(misfits))
    relations = [*LINK_KINDS, IN_CATEGORY, MADE_BY]
    graph = store.export(relations=relations, items=["popularity", "title"])
    held = counted(store, graph)
    dataset = store.dataset()
    if not sum(held.events.values()):
        nothing = "The store has no events."
        load = Finding("error", nothing, "Load some: basketweave load …")
        return [load, *_unfinished(dataset), *_misfits(misfits)]
    found = [
        *_misfits(misfits),
        *_unfinished(dataset),
    ]
    if dataset is None:
        what = "The events were not loaded by basketweave."
        return [*found, Finding("warning", what, "Take them up: basketweave derive")]
    models, behind = store.models(), items_behind(dataset, graph)
    found += [
        *_version(dataset),
        *_size(held),
        *_times(held),
        *_ties(held),
        *_of_1970(held),
        *_catalogue(graph),
        *_duplicates(held),
        *_target(graph),
        *_cold(held),
        *_links(held),
        *_shown(store),
        *_misfits(store.short_of()),
        *_derived(dataset, models, behind),
        *(Finding(*told) for told in standing(dataset, models, graph, behind)),
    ]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


def _misfits(misfits: Sequence[Misfit]) -> Iterator[Finding]:
    """What others put into the graph; with ids in question, nothing else is read."""
    for one in misfits:
        found = f" Find them: {one.find}" if one.find else ""
        yield Finding(one.level, one.what, f"{one.advice}{found}")


def _unfinished(dataset: Dataset | None) -> Iterator[Finding]:
    for source in dataset.loading if dataset else ():
        yield Finding(
            "error",
            f"A load of {source} has begun and not ended: some of it may be missing.",
            "Where none is under way, load the same files again: that completes it.",
        )


def _version(dataset: Dataset) -> Iterator[Finding]:
    if dataset.schema_version < SCHEMA_VERSION:
        yield Finding(
            "warning",
            f"The store has schema version {dataset.schema_version}, and this package "
            f"writes {SCHEMA_VERSION}.",
            "Load it anew: basketweave load …",
        )


def _size(held: Stats) -> Iterator[Finding]:
    if held.items < 100:
        yield Finding(
            "warning",
            f"There are only {held.items} items.",
            "A random list of 10 looks good there: read metrics against popularity.",
        )


def _times(held: Stats) -> Iterator[Finding]:
    if held.single_time > 0.5:
        yield Finding(
            "warning",
            f"{held.single_time:.0%} of the users with several events have one single "
            "time for all of them.",
            "Their order is not known: do not use sequence models or leave-one-out.",
        )


def _ties(held: Stats) -> Iterator[Finding]:
    """Right for baskets; elsewhere the order within a time may be a matter of chance."""
    if held.tied:
        share = held.tied / sum(held.events.values())
        yield Finding(
            "note",
            f"{held.tied:,} events ({share:.0%}) share their user and time with others, "
            f"and so does the last event of {held.last_tied:.0%} of the users.",
            "Their order is that of the source's rows. Where that says nothing, as in "
            "baskets, evaluate by time, not by last item.",
        )


def _of_1970(held: Stats) -> Iterator[Finding]:
    if held.last_at is not None and 0 <= held.last_at < YEAR:
        yield Finding(
            "note",
            "All events are of the year 1970.",
            "Right where times are only positions; otherwise say in the mapping what "
            "the numbers are (docs/loaders.md).",
        )


def _catalogue(graph: Subgraph) -> Iterator[Finding]:
    apart = strangers(graph)
    if apart is not None:
        yield Finding(
            "warning",
            f"Hardly any of the {apart[0]:,} items with events is among the {apart[1]:,} "
            "that have a title, a category or a brand.",
            "Write ids alike in both files: see what load says of them.",
        )


def _duplicates(held: Stats) -> Iterator[Finding]:
    repeats = [n for note, n in held.notes.items() if "duplicate" in note]
    twice, once = max(repeats, default=0), sum(held.events.values())
    if twice > MANY * (once + twice):
        yield Finding(
            "warning",
            f"{twice:,} rows of the source were exact duplicates of others.",
            "See whether it was joined with itself.",
        )


def _target(graph: Subgraph) -> Iterator[Finding]:
    target = graph.counts.target
    if not len(graph.events.get(target, ())):
        yield Finding(
            "warning",
            f"{target} is what is to be predicted, and there are no such events.",
            f"Choose from {', '.join(graph.events)}: basketweave kinds --target …",
        )


def _cold(held: Stats) -> Iterator[Finding]:
    for what, degrees in (("users", held.per_user), ("items", held.per_item)):
        if degrees.cold > 0.5:
            yield Finding(
                "note",
                f"{degrees.cold:.0%} of the {what} have fewer than {COLD} events.",
                "Content vectors help there; load --k-core 5 leaves them out.",
            )


def _links(held: Stats) -> Iterator[Finding]:
    for kind, n in held.links.items():
        yield Finding(
            "warning",
            f"There are {n:,} {kind} links.",
            "Such lists were crawled after the events and may know the test period: "
            "they stay out of training and scoring unless asked for.",
        )


def _shown(store: GraphStore) -> Iterator[Finding]:
    n, first = store.count_shown()
    if n and first is not None:
        yield Finding(
            "note",
            f"{n:,} items of answers are kept as shown, the first on {day(first)}.",
            "Older ones go: basketweave prune --days 90",
        )


def _derived(
    dataset: Dataset, models: list[ModelVersion], behind: int
) -> Iterator[Finding]:
    """Item relationships that are missing, know too much, or too little."""
    bound, last = dataset.derived_as_of, dataset.last_at
    if not dataset.derived:
        missing = "The item relationships are not derived."
        yield Finding("warning", missing, "Derive them: basketweave derive")
        return
    if bound is not None and last is not None and bound < last:
        yield Finding(
            "note",
            f"The item relationships know events up to {day(bound)}, and there are "
            f"some up to {day(last)}.",
            "Right for evaluating; for serving: basketweave derive",
        )
    # Derived before the latest load, they know less than `last`: how much is not known.
    for model in models if bound is not None or not behind else ():
        stops = model.card.as_of
        # A blend's weights are learnt on an earlier window as a matter of course.
        if model.status != "live" or model.card.kind == "blend" or stops is None:
            continue
        ends = [end for end in (bound, last) if end is not None]
        if not ends or min(ends) > stops:
            yield Finding(
                "warning",
                f"'{model.key}' stops at {day(stops)}, but the item relationships know "
                "later events.",
                "Right for serving; before evaluating on later events: "
                f"basketweave derive --as-of {stops}",
            )
