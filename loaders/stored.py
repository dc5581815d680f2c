"""What a store holds, as tables: from one store into another, or out as Parquet parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from basketweave.errors import DataError
from basketweave.graph import GraphStore, connect
from basketweave.graph.connect import file_of
from basketweave.graph.pages import MOST, Page
from basketweave.graph.schema import ITEM, LINK_KINDS, USER
from basketweave.graph.subgraph import Events, Subgraph
from basketweave.graph.tables import (
    CATEGORIES,
    EVENTS,
    IN_CATEGORY,
    ITEMS,
    LINKS,
    MILLIS,
    USERS,
    Tables,
    empty,
)

Columns = Mapping[str, type[pl.DataType]]
FINER: Columns = {MILLIS: pl.Int64, "arrival": pl.Int64}
TREE = """
    MATCH (c:Category)
    OPTIONAL MATCH (c)-[:SUBCATEGORY_OF]->(above:Category)
    RETURN c.id AS id, c.name AS name, above.id AS parent
    ORDER BY id, parent
    """


def read_store(where: str | None) -> Tables:
    """The users, items, categories, links and events of the store at an address.

    What is derived, published or learnt does not come along, nor what was shown. Raises
    `DataError` where there is no store or nothing in it.
    """
    if where is None:
        raise DataError("Name the store: store:FILE or store:neo4j://HOST")
    path = file_of(where)
    if path is not None and not path.exists():
        raise DataError(f"There is no store at {path}.")
    with connect(where, read_only=True) as store, store.one_state():
        held = store.dataset()
        if held is None:
            raise DataError(f"{where} holds no basketweave graph.")
        graph = store.export(relations=LINK_KINDS)
        items = [*_rows(store.items)]
        return Tables(
            name=held.name,
            users=_frame([_flat(row) for row in _rows(store.users)], USERS),
            items=_frame([_item(row) for row in items], ITEMS),
            events=_events(graph),
            categories=_categories(store),
            in_category=_in_category(items),
            links=_links(graph),
            notes=held.notes,
            user_ids=held.user_ids,
            item_ids=held.item_ids,
        )


def _rows(read: Callable[..., Page]) -> Iterator[dict[str, Any]]:
    page = read(limit=MOST)
    yield from page.rows
    while page.next is not None:
        page = read(after=page.next, limit=MOST)
        yield from page.rows


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(row["id"]), **row["attributes"]}


def _item(row: dict[str, Any]) -> dict[str, Any]:
    stock = row["stock"]
    counted = stock is not None and not isinstance(stock, bool)
    return {
        **_flat(row),
        **{name: row[name] for name in ("title", "brand", "price")},
        "stock": stock if counted else None,
        "inStock": stock > 0 if counted else stock,
    }


def _frame(rows: Sequence[dict[str, Any]], columns: Columns) -> pl.DataFrame:
    """The rows with the columns that a table must have, and others that say something."""
    found = pl.DataFrame(
        rows, schema_overrides=columns, infer_schema_length=None, strict=False
    )
    said = [c for c in found if c.name in columns or c.null_count() < len(c)]
    absent = [
        pl.Series(name, [None] * len(found), dtype)
        for name, dtype in columns.items()
        if name not in found.columns
    ]
    return pl.DataFrame([*said, *absent])


def _events(graph: Subgraph) -> pl.DataFrame:
    """Those of one time in the order in which they came."""
    found = [_of_kind(graph, kind, events) for kind, events in graph.events.items()]
    every = pl.concat([pl.DataFrame(schema={**EVENTS, **FINER}), *found])
    moment = ["time", *FINER]
    ordered = every.sort(moment, maintain_order=True).drop("arrival")
    return ordered if (ordered[MILLIS] > 0).any() else ordered.drop(MILLIS)


def _of_kind(graph: Subgraph, kind: str, events: Events) -> pl.DataFrame:
    none = np.zeros(len(events), np.int64)
    return pl.DataFrame(
        {
            "user": graph.ids[USER].gather(events.user),
            "item": graph.ids[ITEM].gather(events.item),
            "time": events.time,
            "kind": pl.repeat(kind, len(events), eager=True),
            "value": pl.Series(events.value, dtype=pl.Float64).fill_nan(None),
            MILLIS: none if events.millis is None else events.millis,
            "arrival": none if events.arrival is None else events.arrival,
        },
        schema_overrides={**EVENTS, **FINER},
    )


def _categories(store: GraphStore) -> pl.DataFrame:
    rows = pl.DataFrame(store.run(TREE), schema_overrides=dict(CATEGORIES))
    return rows.unique("id", keep="first", maintain_order=True)


def _in_category(items: Sequence[dict[str, Any]]) -> pl.DataFrame:
    pairs = [(str(row["id"]), one) for row in items for one in row["categories"]]
    return pl.DataFrame(pairs, schema=dict(IN_CATEGORY), orient="row")


def _links(graph: Subgraph) -> pl.DataFrame:
    ids = graph.ids[ITEM]
    found = [
        pl.DataFrame(
            {
                "src": ids.gather(edges.index[0]),
                "dst": ids.gather(edges.index[1]),
                "kind": pl.repeat(kind, len(edges), eager=True),
            }
        )
        for (_, kind, _), edges in graph.edges.items()
    ]
    return pl.concat([empty(LINKS), *found])
