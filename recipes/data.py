"""The data of an experiment: a store, its export, and its splits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from basketweave.choosing.windows import Windows, windows_of
from basketweave.errors import UsageError
from basketweave.evaluation import (
    Split,
    given,
    given_sessions,
    holdout,
    new_items,
    session_split,
)
from basketweave.graph.connect import connect
from basketweave.graph.schema import VIEWED
from basketweave.graph.store import GraphStore, LoadSummary
from basketweave.graph.subgraph import Subgraph
from basketweave.loaders import (
    gowalla_test,
    load_tables,
    replica_test,
    retailrocket_test,
)
from basketweave.progress import SILENT, Progress
from basketweave.recipes.protocol import Data, Protocol

TEXTS = ("title", "description", "features")
"""What encoders of content read, where the source has it."""


@dataclass(frozen=True)
class Loaded:
    """The embedded store of one data set, and the export of all that it holds."""

    store: Path
    full: Subgraph


def load(data: Data, folder: Path, progress: Progress = SILENT) -> Loaded:
    """Load the source into a store of its own, unless it is there, and export it."""
    folder.mkdir(parents=True, exist_ok=True)
    options = "".join(f"-{k}-{v}" for k, v in sorted(data.options.items()))
    name = re.sub(r"[^\w.-]+", "-", data.source.strip("/") + options)
    path = folder / f"{name}.lbug"
    with connect(path) as store:
        fill(store, data, progress)
        return Loaded(path, store.export(items=TEXTS, progress=progress))


def fill(store: GraphStore, data: Data, progress: Progress) -> LoadSummary | None:
    """Load the source into an empty store, and return what was loaded.

    Does nothing and returns None where the store holds data.
    """
    if store.dataset() is not None:
        return None
    with progress.task(f"Reading {data.source}", total=1) as advance:
        tables = load_tables(data.source, **data.options)
        advance(1)
    return store.load(tables, progress=progress)


def windows(full: Subgraph, asked: Protocol, source: str) -> Windows:
    """The validation split and the test split of this protocol."""
    found = _windows(full, asked, source)
    return found if asked.refit else found.without_refit()


def _windows(full: Subgraph, asked: Protocol, source: str) -> Windows:
    if asked.split in ("time", "last-item"):
        return windows_of(full, asked.split, days=asked.days, kind=asked.kind)
    if asked.split == "new-items":
        test = new_items(full, kind=asked.kind)
        return Windows(new_items(test.train, kind=asked.kind, seed=1), test)
    name = source.partition(":")[0]
    if name not in _WITH_TEST:
        raise UsageError(
            f"'{name}' comes without a test file. Use another `split`; "
            f"those with one: {', '.join(_WITH_TEST)}."
        )
    return _WITH_TEST[name](full, source.partition(":")[2] or None)


def _gowalla(full: Subgraph, where: str | None) -> Windows:
    return Windows(holdout(full, 0.1), given(full, gowalla_test(where)))


def _retailrocket(full: Subgraph, where: str | None) -> Windows:
    """Validation asks as the test does: the latest sessions whole, all their prefixes
    of two clicks and more, and about as many rows."""
    test = given_sessions(full, retailrocket_test(where))
    rows = len(full.events[VIEWED]) - 2 * full.shape[0]
    share = min(len(test) / rows, 0.5)
    validation = session_split(full, share=share, shortest=2)
    return Windows(validation.under(), test)


def _replica(full: Subgraph, where: str | None) -> Windows:
    folder = (where or "").partition(":")[2] or None
    return Windows(
        given_sessions(full, replica_test(folder, "val"), name="replica, validation"),
        given_sessions(full, replica_test(folder, "test"), name="replica"),
    )


_WITH_TEST: dict[str, Callable[[Subgraph, str | None], Windows]] = {
    "all_beauty": _replica,
    "gowalla": _gowalla,
    "retailrocket": _retailrocket,
}


def as_histories(split: Split) -> Split:
    """The questions of `split`, asked for histories instead of known users."""
    if split.prefixes is not None:
        return split
    asked = split.under()
    events = split.train.events[split.kind]
    ends = np.bincount(events.user, minlength=split.train.shape[0]).cumsum()
    had = np.split(events.item, ends[:-1])
    return replace(asked, prefixes=[had[user] for user in asked.users])
