"""What still has to be derived, trained or learned in a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from basketweave.graph.derive.popularity import popularity
from basketweave.graph.schema import ITEM
from basketweave.graph.stats.counts import day
from basketweave.graph.store import Dataset
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import ModelVersion, serving, serving_keys


class Told(NamedTuple):
    """A finding: its level, what was found, and what to do about it."""

    level: Literal["note", "warning"]
    what: str
    advice: str


def items_behind(dataset: Dataset, graph: Subgraph) -> int:
    """How many items have a `popularity` that differs from that of the stored events.

    It was derived with the item relationships, from all events or from those not after
    `derived_as_of`. `graph` must have the property `popularity`.
    """
    if not dataset.derived:
        return 0
    bound = dataset.derived_as_of
    counted = graph if bound is None else graph.until(bound)
    assert graph.items is not None
    held = graph.items["popularity"].cast(pl.Float32, strict=False).fill_null(0)
    now = popularity(counted.all_events().counted, graph.n(ITEM))
    return int((~np.isclose(held.to_numpy(), now, rtol=1e-3)).sum())


def standing(
    dataset: Dataset, versions: Sequence[ModelVersion], graph: Subgraph, behind: int
) -> Iterator[Told]:
    """Findings on what to do next; `behind` is what `items_behind` counted."""
    if behind:
        bound = dataset.derived_as_of
        yield Told(
            "warning",
            f"Events were loaded, or their kinds weighed anew, since the item "
            f"relationships and the popularity were derived: that of {behind:,} items is "
            "another by now.",
            "Derive them anew: basketweave derive"
            + ("" if bound is None else f" (--as-of {bound})"),
        )
    yield from _trained(graph, versions)
    yield from _learned(versions)


def _trained(graph: Subgraph, versions: Sequence[ModelVersion]) -> Iterator[Told]:
    served = serving(versions)
    if not served:
        yield Told(
            "note",
            "No encoder is live.",
            "Train one: basketweave train gat --publish",
        )
    for version in served.values():
        as_of, name = version.card.as_of, version.card.name
        later = sum(int((e.time > as_of).sum()) for e in graph.events.values() if as_of)
        if as_of is not None and later:
            yield Told(
                "note",
                f"'{version.key}' knows events up to {day(as_of)}: {later:,} are later.",
                "Right for evaluating; for serving train again: "
                f"basketweave train {name} --publish",
            )


def _learned(versions: Sequence[ModelVersion]) -> Iterator[Told]:
    served = serving_keys(versions)
    blends = [v for v in versions if v.card.kind == "blend" and v.status == "live"]
    if served and not blends:
        yield Told(
            "note",
            f"No weights are learned for {', '.join(served.values())}, which count for "
            "nothing yet.",
            "Learn them: basketweave blend",
        )
    for blend in blends:
        name, learned = blend.card.name, ", ".join(blend.learned_with.values())
        new = [key for part, key in served.items() if part not in blend.learned_with]
        if blend.stale:
            yield Told(
                "warning",
                f"The weights of '{name}' were learned with {learned}, and "
                f"{', '.join(served.values()) or 'nothing'} is live: the default "
                "weights are used.",
                "Learn them anew: basketweave blend",
            )
        elif new:
            yield Told(
                "note",
                f"The weights of '{name}' were learned without {', '.join(new)}.",
                "Learn them anew: basketweave blend",
            )
