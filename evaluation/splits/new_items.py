"""The split by items: some lose their events, and who had them is to be found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from basketweave.errors import DataError
from basketweave.evaluation.splits.matrices import marked
from basketweave.evaluation.splits.parts import events_of, from_test, kept
from basketweave.evaluation.splits.split import Split
from basketweave.graph.schema import PURCHASED
from basketweave.graph.subgraph import Subgraph


def new_items(
    subgraph: Subgraph, share: float = 0.1, *, kind: str = PURCHASED, seed: int = 0
) -> Split:
    """A `share` of the items, drawn by chance, is new: all their events are the test.

    They alone are ranked, for everyone who had one of them and something else. So a
    model finds them by what they are, if at all.

    Raises `DataError` where none with events is drawn.
    """
    events = events_of(subgraph, kind)
    there = np.bincount(events.item, minlength=subgraph.shape[1]) > 0
    new = there & (np.random.default_rng(seed).random(len(there)) < share)
    test = events.where(new[events.item])
    if not len(test):
        raise DataError(f"No item is among the {share:.3g} drawn. Hold out more.")
    split = from_test(
        f"{int(new.sum()):,} new items",
        kept(subgraph, lambda _, e: ~new[e.item]),
        marked(test.user, test.item, subgraph.shape),
        known="new",
        kind=kind,
    )
    return replace(split, offered=new, cut="between items: time has no part in it")
