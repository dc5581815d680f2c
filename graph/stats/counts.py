"""`stats`: what a store holds, in counts, degrees and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from basketweave.graph.kinds import Kinds
from basketweave.graph.schema import BRAND, CATEGORY, LINK_KINDS
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import IntArray, Subgraph
from basketweave.graph.ties import last, tied

COLD = 5
"""Below this many events a user or an item counts as cold (as in 5-core data)."""


@dataclass(frozen=True)
class Degrees:
    """How many events the nodes of one type have: quantiles, mean, and cold share."""

    least: int
    quarter: float
    median: float
    three_quarters: float
    most: int
    mean: float
    cold: float

    def __str__(self) -> str:
        return (
            f"{self.least:,} - {self.quarter:,.0f} - {self.median:,.0f} - "
            f"{self.three_quarters:,.0f} - {self.most:,} (mean {self.mean:,.1f}), "
            f"{self.cold:.1%} with fewer than {COLD}"
        )


@dataclass(frozen=True)
class Stats:
    """Counts and shapes of what a store holds.

    `density` is the share of (user, item) pairs with an event, `single_time` the
    share of users (with two events or more) all of whose events have one time. `tied`
    are events that share user and time with another, `last_tied` the share of users
    (with two events or more) whose last event is one of them. `counts` says how the
    kinds of events count; None where it is all one of which kind an event is.
    """

    name: str
    users: int
    items: int
    categories: int
    brands: int
    events: Mapping[str, int]
    links: Mapping[str, int]
    first_at: int | None
    last_at: int | None
    density: float
    per_user: Degrees
    per_item: Degrees
    single_time: float
    tied: int
    last_tied: float
    notes: Mapping[str, int]
    counts: Kinds | None = None

    def to_dict(self) -> dict[str, Any]:
        """All counts as plain dicts and numbers, for JSON."""
        return asdict(self)

    def lines(self) -> list[tuple[str, str]]:
        """The label and the value of each line of the report."""
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in self.events.items())
        nodes = (
            f"{self.users:,} users, {self.items:,} items, "
            f"{self.categories:,} categories, {self.brands:,} brands"
        )
        return [
            ("store", self.name),
            ("nodes", nodes),
            ("events", kinds or "none"),
            *self._counting(),
            ("time", _range(self.first_at, self.last_at)),
            ("density", f"{self.density:.4%}"),
            ("events a user", str(self.per_user)),
            ("events an item", str(self.per_item)),
            *((kind, f"{n:,}") for kind, n in self.links.items()),
            *((note, f"{n:,}") for note, n in self.notes.items()),
        ]

    def _counting(self) -> list[tuple[str, str]]:
        if self.counts is None:
            return []
        return [("they count", ", ".join(map(self._counted, self.events)))]

    def _counted(self, kind: str) -> str:
        assert self.counts is not None
        marks = ["target"] * (kind == self.counts.target)
        marks += ["known"] * (kind in self.counts.known)
        told = f" ({', '.join(marks)})" if marks else ""
        return f"{kind} {self.counts.weights[kind]:g}{told}"

    def __str__(self) -> str:
        lines = self.lines()
        width = max(len(what) for what, _ in lines)
        return "\n".join(f"{what:<{width}}  {said}" for what, said in lines)


def stats(store: GraphStore) -> Stats:
    """The counts and shapes of what a store holds, all from one export."""
    return counted(store, store.export(relations=LINK_KINDS))


def counted(store: GraphStore, graph: Subgraph) -> Stats:
    """The counts and shapes of a store, from an export of it that has the links."""
    dataset = store.dataset()
    users, items = graph.shape
    user = _joined(graph, "user")
    item = _joined(graph, "item")
    time = _joined(graph, "time")
    seen = len(np.unique(user * max(items, 1) + item))
    return Stats(
        name=dataset.name if dataset else "nothing loaded",
        users=users,
        items=items,
        categories=graph.n(CATEGORY),
        brands=graph.n(BRAND),
        events={kind: len(events) for kind, events in graph.events.items()},
        links={
            r[1]: len(edges)
            for r, edges in graph.edges.items()
            if len(edges) and r[1] in LINK_KINDS
        },
        first_at=int(time.min()) if len(time) else None,
        last_at=int(time.max()) if len(time) else None,
        density=seen / max(users * items, 1),
        per_user=_degrees(user, users),
        per_item=_degrees(item, items),
        single_time=_single_time(user, time, users),
        **_ties(graph),
        notes=dict(dataset.notes) if dataset else {},
        counts=None if graph.counts.alike(graph.events) else graph.counts,
    )


def _joined(graph: Subgraph, column: str) -> IntArray:
    parts = [getattr(events, column) for events in graph.events.values()]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _degrees(index: IntArray, n: int) -> Degrees:
    if n == 0:
        return Degrees(0, 0.0, 0.0, 0.0, 0, 0.0, 0.0)
    degree = np.bincount(index, minlength=n)
    least, quarter, median, three, most = np.quantile(degree, [0, 0.25, 0.5, 0.75, 1])
    return Degrees(
        least=int(least),
        quarter=float(quarter),
        median=float(median),
        three_quarters=float(three),
        most=int(most),
        mean=float(degree.mean()),
        cold=float((degree < COLD).mean()),
    )


def _single_time(user: IntArray, time: IntArray, n: int) -> float:
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(first, user, time)
    np.maximum.at(last, user, time)
    several = np.bincount(user, minlength=n) > 1
    return float((first == last)[several].mean()) if several.any() else 0.0


def _ties(graph: Subgraph) -> dict[str, Any]:
    """Events whose order their times do not tell."""
    if not any(map(len, graph.events.values())):
        return {"tied": 0, "last_tied": 0.0}
    events = graph.all_events()
    ties, several = tied(events), np.bincount(events.user)[events.user] > 1
    asked = last(events) & several
    share = float(ties[asked].mean()) if asked.any() else 0.0
    return {"tied": int(ties.sum()), "last_tied": share}


def _range(first: int | None, last: int | None) -> str:
    return "none" if first is None or last is None else f"{day(first)} - {day(last)}"


def day(second: int) -> str:
    """A time as a date; a small number is a position in a sequence and stays one."""
    if abs(second) < 10_000_000:
        return f"{second:,}"
    return datetime.fromtimestamp(second, UTC).date().isoformat()
