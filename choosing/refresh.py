"""`refresh`: the nightly job. What is live is made again from what the store holds now.

Nothing is done where nothing has changed. Each step keeps what it made until all is
published, so that a job that was killed goes on where it stood.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from basketweave.choosing.for_store import weigh_with
from basketweave.choosing.last_window import Contender, compared
from basketweave.choosing.refresh_job import Refresh, Refreshed, RefreshJob
from basketweave.graph.derive import derived, write
from basketweave.graph.store import GraphStore
from basketweave.progress import SILENT, Progress


class Opens(Protocol):
    """Opens the store, to read or to write."""

    def __call__(self, *, read_only: bool) -> GraphStore:
        """The store, which the caller closes."""
        ...


def refresh(
    opened: Opens,
    folder: Path,
    asked: Refresh | None = None,
    progress: Progress = SILENT,
) -> Refreshed:
    """Derive, train again what is live as its card says, learn the blend, and publish.

    The store is open only while it is read or written. Epochs and weights are chosen on
    the window before the last one. On the last one, what was live is compared with what
    was made: each as trained before it, since what serves has seen it.

    folder   where trained models are; what is not finished yet stands below it

    Raises `DataError` where the events are too few for two windows, or where these say
    nothing of any `known`, and `UsageError` where what is live cannot be trained here.
    """
    asked = asked or Refresh()
    with opened(read_only=True) as store:
        job = RefreshJob.of(store, folder, asked, progress)
    if job.done:
        job.forget()
        return Refreshed()
    if asked.only_if_better and (refused := job.refused):
        return refused
    windows, known = job.windows, job.known
    edges = derived(job.graph)
    with opened(read_only=False) as store:
        summary = write(store, job.graph, edges, progress)
    pairs = [job.encoded(windows, one) for one in job.live]
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = weigh_with(
        windows.validation, before, known, users=asked.users, progress=progress
    )
    rows = compared(
        windows.test,
        Contender.live(job.served(windows, after), job.versions, known),
        Contender.learned(after, found),
        users=asked.users,
        progress=progress,
    )
    result = Refreshed(summary, tuple(rows), left_out=job.left_out)
    if asked.only_if_better and sum(row.difference.mean for row in rows) < 0:
        job.refuse(result)
        return result
    last = [job.trained(*one) for one in zip(job.live, before, strict=True)]
    with opened(read_only=False) as store, store.together():
        published = job.publish(store, last, found, windows)
    job.forget()
    return replace(result, published=tuple(published))
