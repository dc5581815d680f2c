"""Everyone's vectors, encoded part by part into files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from basketweave.graph.schema import USER
from basketweave.graph.sharded.histories import Histories
from basketweave.graph.sharded.vector_parts import VectorParts
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.training.share import ALONE, Share
from basketweave.training.trained import Trained


def encode_everyone(
    trained: Trained,
    sample: Subgraph,
    people: Histories,
    folder: Path,
    *,
    share: Share = ALONE,
    progress: Progress = SILENT,
) -> VectorParts:
    """Write the vectors of the items and of all people who have an event.

    sample   what it was trained on, with all items
    share    the process whose parts of them are to be encoded

    Parts that stand already, of this training, are left as they are. Raises
    `UsageError` where the encoder knows only whom it was trained with.
    """
    vectors = share.first(lambda: trained.vectors)
    into = VectorParts.begin(folder, vectors, people.pieces, people.name)
    vectors_of = trained.encoder.people(sample)
    mine = range(share.rank, people.pieces, share.world)
    with progress.task("Encoding everyone", len(mine)) as advance:
        for number in mine:
            if not into.stands(number):
                some = people.people(number)
                events = some.events[people.kind]
                there = np.bincount(events.user, minlength=some.shape[0]) > 0
                rows = vectors_of(some)
                ids = some.ids[USER].filter(pl.Series(there))
                into.write(into.part(number), ids, rows[there])
            advance(1)
    share.mean(0.0)  # until all have theirs
    share.first(lambda: into.finish(vectors))
    return into
