"""What was derived from Parquet parts, as files, and how it comes into a store."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from basketweave.graph.derive.count_pairs import PAIRS
from basketweave.graph.derive.derive import Derived, DeriveSummary
from basketweave.graph.places import Places
from basketweave.graph.schema import CO_PURCHASED, FOLLOWED_BY
from basketweave.graph.sharded.folder import cut_short
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import Edges
from basketweave.progress import SILENT, Progress
from basketweave.whole import whole


def found_in(folder: Path) -> DerivedFiles | None:
    """What was derived into a folder; None where nothing was, or not to the end."""
    try:
        said = json.loads((folder / "derived.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    summary = DeriveSummary(**said.pop("summary"))
    return DerivedFiles(folder, summary=summary, **said)


@dataclass(frozen=True)
class DerivedFiles:
    """What `derive_parts` wrote: `derived/KIND/part-….parquet`, `derived/items.parquet`.

    events, pairs   how many events there are, and how many sums of two items were counted
    name            another where the events, how they count or the settings are others
    renewed         whether only what is new was counted, the rest having been kept
    added           how often events had been added to the folder before
    """

    folder: Path
    summary: DeriveSummary
    events: int
    pairs: int
    name: str
    renewed: bool = False
    added: int = 0

    def tell(self) -> None:
        """Write `derived.json`, with which it is whole."""
        said = {**vars(self), "summary": vars(self.summary)}
        del said["folder"]
        with whole(self.folder / "derived.json") as path:
            path.write_text(json.dumps(said), encoding="utf-8")

    def edges(self, kind: str) -> pl.DataFrame:
        """The relationships of a kind: `src`, `dst`, then the columns."""
        return pl.read_parquet(self.folder / kind / "*.parquet")

    def scores(self) -> pl.DataFrame:
        """`id`, `popularity` and `rebuy` of all items.

        Raises `DataError` where the file is not whole.
        """
        path = self.folder / "items.parquet"
        try:
            return pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise cut_short(path, error, "derive again") from error

    def derived(self, ids: pl.Series) -> Derived:
        """The same by positions of items, whose ids are these."""
        items = ids.alias("id").to_frame()
        scores = items.join(self.scores(), on="id", how="left", maintain_order="left")
        places = Places.of(ids)
        return Derived(
            {kind: _placed(self.edges(kind), places) for kind in PAIRS},
            {name: scores[name].to_numpy() for name in ("popularity", "rebuy")},
            self.summary.cut_users,
        )

    def parts(self, kind: str) -> list[pl.LazyFrame]:
        """The relationships of a kind, in parts of whole sources."""
        files = sorted((self.folder / kind).glob("*.parquet"))
        return [pl.scan_parquet(path) for path in files]

    def into(
        self, store: GraphStore, progress: Progress = SILENT, writers: int = 1
    ) -> DeriveSummary:
        """Store it in place of what was derived before; gives what the store now has."""
        as_of = self.summary.as_of
        standing = store.write_derived(
            self.scores(),
            {kind: self.parts(kind) for kind in PAIRS},
            as_of=as_of,
            writers=writers,
            progress=progress,
        )
        return DeriveSummary(
            standing[CO_PURCHASED], standing[FOLLOWED_BY], as_of, self.summary.cut_users
        )


def _placed(edges: pl.DataFrame, places: Places) -> Edges:
    index = np.stack([places.at(edges[end]).to_numpy() for end in ("src", "dst")])
    columns = edges.drop("src", "dst")
    return Edges(index, {c: columns[c].to_numpy() for c in columns.columns})
