"""The tables of a source as CSV files that `neo4j-admin database import full` reads.

They say what a load over Bolt writes, property for property, so that a later load, an
export or a query finds no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from basketweave.graph.neo4j.bulk.columns import AT, flat, header, placed
from basketweave.graph.neo4j.loading.events import lists_of_pairs
from basketweave.graph.planned.arrival import with_arrival
from basketweave.graph.planned.dataset import noted
from basketweave.graph.planned.item_edges import checked
from basketweave.graph.planned.links import Links, links_of
from basketweave.graph.planned.load import EventCounts, summary
from basketweave.graph.planned.nodes import described
from basketweave.graph.schema import (
    DATASET,
    ITEM,
    LINK_KINDS,
    SCHEMA_VERSION,
    check_kind,
)
from basketweave.graph.store import LoadSummary
from basketweave.graph.tables import Tables
from basketweave.progress import SILENT, Progress
from basketweave.whole import whole

ROWS = 500_000
"""Rows in a file."""


@dataclass(frozen=True)
class DerivedTables:
    """What was derived from the events: relationships by kind, numbers of items, and up
    to which second."""

    edges: Mapping[str, pl.DataFrame]
    scores: pl.DataFrame
    as_of: int | None = None


@dataclass(frozen=True)
class BulkFiles:
    """Files by label and by relationship type, the header first; and what they hold.

    empty   by label and property, the ids of nodes with an empty list, which a file of
            the importer cannot tell from none
    """

    nodes: Mapping[str, list[Path]]
    relationships: Mapping[str, list[Path]]
    summary: LoadSummary
    empty: Mapping[tuple[str, str], list[str]]


def write_bulk(
    tables: Tables,
    folder: Path,
    derived: DerivedTables | None = None,
    *,
    threads: int = 2,
    progress: Progress = SILENT,
) -> BulkFiles:
    """Write the files, several at a time.

    Raises `DataError` for what cannot be stored, and where there is no room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    nodes, created = _nodes(tables, derived)
    links, stray = _links(tables, nodes)
    events, counts = _events(tables.events)
    created |= {kind: len(pairs) for kind, pairs in links.items()}
    found = summary(tables, created, counts, stray)
    nodes[DATASET] = _dataset(tables, found, derived)
    edges = {} if derived is None else _derived(derived, nodes[ITEM]["id"])
    write = _Files(folder, threads, progress)
    return BulkFiles(
        write.all("node", {n: f.with_row_index(AT) for n, f in nodes.items()}),
        write.all(
            "relationship",
            {n: placed(n, f, nodes) for n, f in {**events, **links, **edges}.items()},
        ),
        found,
        _empty(nodes),
    )


def _empty(nodes: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], list[str]]:
    return {
        (label, name): ids.to_list()
        for label, frame in nodes.items()
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
        and len(ids := frame.filter(pl.col(name).list.len() == 0)["id"])
    }


@dataclass(frozen=True)
class _Files:
    folder: Path
    threads: int
    progress: Progress

    def all(
        self, what: str, frames: Mapping[str, pl.DataFrame]
    ) -> dict[str, list[Path]]:
        """A header and parts for each frame that has rows."""
        some = {name: frame for name, frame in frames.items() if len(frame)}
        parts = [(n, k, part) for n, f in some.items() for k, part in _parts(f)]
        with (
            self.progress.task(f"Writing {what}s", len(parts)) as advance,
            ThreadPoolExecutor(self.threads) as pool,
        ):
            for _ in pool.map(lambda one: self._part(*one), parts):
                advance(1)
        return {n: [self._header(n, f), *self._of(n, parts)] for n, f in some.items()}

    def _of(self, name: str, parts: list[tuple[str, int, pl.DataFrame]]) -> list[Path]:
        return [self._path(n, k) for n, k, _ in parts if n == name]

    def _path(self, name: str, part: int) -> Path:
        return self.folder / f"{name}-{part:05d}.csv"

    def _part(self, name: str, number: int, frame: pl.DataFrame) -> None:
        with whole(self._path(name, number)) as path:
            flat(frame).write_csv(path, include_header=False, quote_style="non_numeric")

    def _header(self, name: str, frame: pl.DataFrame) -> Path:
        with whole(self.folder / f"{name}.csv") as path:
            path.write_text(header(name, frame), encoding="utf-8")
        return self.folder / f"{name}.csv"


def _parts(frame: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    return enumerate(frame.iter_slices(ROWS))


def _nodes(
    tables: Tables, derived: DerivedTables | None
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    found = {
        label: pl.concat([one.rows, one.bare], how="diagonal")
        for label, one in described(tables).items()
    }
    if derived is not None:
        items = found[ITEM]
        found[ITEM] = items.join(
            derived.scores.unique("id"), on="id", how="left", maintain_order="left"
        )
    return found, {label: len(frame) for label, frame in found.items()}


def _links(
    tables: Tables, nodes: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], int]:
    found, stray = {}, 0
    for one in links_of(tables):
        pairs = one.pairs.drop_nulls()
        inside = _inside(pairs, one, nodes)
        found[one.kind] = inside
        stray += len(pairs) - len(inside) if one.kind in LINK_KINDS else 0
    return found, stray


def _inside(
    pairs: pl.DataFrame, link: Links, nodes: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Those whose both ends are there."""
    source, target = link.ends
    inside = pairs.join(nodes[source], left_on="src", right_on="id", how="semi")
    return inside.join(nodes[target], left_on="dst", right_on="id", how="semi")


def _events(events: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], EventCounts]:
    numbered = with_arrival(events).with_columns(
        u=pl.col("user").rank("dense"), i=pl.col("item").rank("dense")
    )
    key = ["kind", "u", "i", "time", "millis"]
    single = numbered.unique(key, keep="first", maintain_order=True)
    names = {
        "u": single.select("u", src="user").unique("u"),
        "i": single.select("i", dst="item").unique("i"),
    }
    found = {
        check_kind(str(kind)): _relationships(some, names)
        for (kind,), some in single.group_by("kind", maintain_order=True)
    }
    return found, EventCounts(len(single), 0, len(events) - len(single))


def _relationships(
    events: pl.DataFrame, names: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    pairs = lists_of_pairs(events)
    for column, ids in names.items():
        pairs = pairs.join(ids, on=column, how="left", maintain_order="left")
    times = pl.col("times")
    return pairs.select(
        "src", "dst",
        count=times.list.len().cast(pl.Int64),
        firstAt=times.list.first(), lastAt=times.list.last(),
        times="times", values="values", millis="millis", arrivals="arrivals",
    )  # fmt: skip


def _derived(derived: DerivedTables, items: pl.Series) -> dict[str, pl.DataFrame]:
    found = {}
    for kind, edges in derived.edges.items():
        ids = items.alias("id").to_frame()
        inside = checked(kind, edges).join(
            ids, left_on="src", right_on="id", how="semi"
        )
        found[kind] = inside.join(ids, left_on="dst", right_on="id", how="semi")
    return found


def _dataset(
    tables: Tables, found: LoadSummary, derived: DerivedTables | None
) -> pl.DataFrame:
    """The node as a load leaves it, and a derivation after it."""
    return pl.DataFrame(
        {
            "id": "dataset",
            "name": tables.name,
            "schemaVersion": SCHEMA_VERSION,
            "userIds": tables.user_ids,
            "itemIds": tables.item_ids,
            "firstAt": tables.events["time"].min(),
            "lastAt": tables.events["time"].max(),
            "notes": noted(None, found.notes),
            "derived": derived is not None,
            "derivedAsOf": None if derived is None else derived.as_of,
            "changes": 1,
        },
        schema_overrides={"derivedAsOf": pl.Int64},
    )
