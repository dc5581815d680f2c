"""The nodes of a bulk load, as a load over Bolt leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import polars as pl

from basketweave.graph.neo4j.bulk.columns import AT
from basketweave.graph.neo4j.bulk.events import EventSpan
from basketweave.graph.neo4j.bulk.source import BulkSource
from basketweave.graph.planned.dataset import noted
from basketweave.graph.planned.nodes import described
from basketweave.graph.schema import ITEM, SCHEMA_VERSION
from basketweave.graph.store import LoadSummary


def nodes_of(source: BulkSource) -> dict[str, pl.DataFrame]:
    """By label, the nodes: their row among all, `id` and properties, also derived ones.

    Raises `DataError` for a column that cannot be a property.
    """
    found = {
        label: pl.concat([one.rows, one.bare], how="diagonal")
        for label, one in described(source.catalogue, source.named()).items()
    }
    if source.derived is not None:
        scores = source.derived.scores.unique("id")
        found[ITEM] = found[ITEM].join(
            scores, on="id", how="left", maintain_order="left"
        )
    firsts = accumulate(map(len, found.values()), initial=0)
    return {
        label: frame.with_row_index(AT, offset=first)
        for (label, frame), first in zip(found.items(), firsts, strict=False)
    }


def empty_lists(
    nodes: Mapping[str, pl.DataFrame],
) -> dict[tuple[str, str], list[str]]:
    """By label and property, the ids of the nodes of which it is an empty list."""
    return {
        (label, name): ids.to_list()
        for label, frame in nodes.items()
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
        and len(ids := frame.filter(pl.col(name).list.len() == 0)["id"])
    }


def dataset_of(
    source: BulkSource, found: LoadSummary, span: EventSpan, row: int
) -> pl.DataFrame:
    """The node as a load leaves it, and a derivation after it; in that row."""
    tables, derived = source.catalogue, source.derived
    return pl.DataFrame(
        {
            AT: row,
            "id": "dataset",
            "name": tables.name,
            "schemaVersion": SCHEMA_VERSION,
            "userIds": tables.user_ids,
            "itemIds": tables.item_ids,
            "firstAt": span.first_at,
            "lastAt": span.last_at,
            "notes": noted(None, found.notes),
            "derived": derived is not None,
            "derivedAsOf": None if derived is None else derived.as_of,
            "changes": 1,
        },
        schema_overrides=dict.fromkeys(("firstAt", "lastAt", "derivedAsOf"), pl.Int64),
    )
