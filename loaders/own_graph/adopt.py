"""Adopting a graph of one's own: what is added to it, and what is new since then.

Users and items stay where they are and get a label and an id of ours; events become one
relationship a pair beside them. All that is added bears the mapping's prefix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.neo4j.adopted.claim import (
    Claim,
    claim,
    claimed,
    forget_marks,
    note_marks,
)
from basketweave.graph.neo4j.adopted.label import label_nodes
from basketweave.graph.neo4j.adopted.outdated import drop_outdated
from basketweave.graph.neo4j.adopted.remove import remove_ghosts
from basketweave.graph.neo4j.loading.load import load
from basketweave.graph.neo4j.store import Neo4jStore
from basketweave.graph.store import GraphStore, LoadSummary
from basketweave.graph.tables import CATEGORIES, IN_CATEGORY, Tables, empty
from basketweave.loaders.assemble import assemble
from basketweave.loaders.own_graph import facts, statements
from basketweave.loaders.own_graph.events import (
    ReadEvents,
    changed_before,
    counted_before,
    read_events,
)
from basketweave.loaders.own_graph.mapping import GraphMapping
from basketweave.loaders.own_graph.nodes import LABELS, Found, read_nodes, read_pairs
from basketweave.progress import SILENT, Progress

GONE = "events that are no longer in the graph, taken away"
EARLIER = "events from before the last reading, written or deleted since,"


def adopt(
    store: GraphStore, mapping: GraphMapping, progress: Progress = SILENT
) -> LoadSummary:
    """Take over users, items and events, in place; again: all that is new since then.

    Done again it reads everything, adds only what is new, and takes away events that
    are no longer there.

    store   opened with the mapping's prefix: `connect(uri, prefix=mapping.prefix)`

    Raises `UsageError` where the graph does not have what the mapping names, or has what
    would be added already, and `DataError` where keys do not tell nodes apart.
    """
    own = with_prefix(store, mapping.prefix)
    before = claimed(own.database)
    if before is not None and before.mapping != mapping.model_dump_json():
        raise UsageError(
            f"The prefix {mapping.prefix} was adopted with another mapping. Take that "
            "away first (basketweave adopt --remove), or name another prefix."
        )
    return _take_over(own, mapping, None, (), progress)


def read_new(
    store: GraphStore, progress: Progress = SILENT, *, whole: bool = False
) -> LoadSummary:
    """Take over what is new in an adopted graph since the last time.

    Events are read from a day before the last one on, and those without a time all.
    Where earlier ones were written or deleted, a note of the summary says so; `whole`
    reads all, and takes away what is no longer there. Raises `NotFoundError` where
    nothing was adopted.
    """
    own = with_prefix(store, None)
    before, mapping = claim_of(own), mapping_of(own)
    if whole or before.marks is None:
        return _take_over(own, mapping, None, (), progress)
    theirs = own.database.unprefixed()
    changed = changed_before(theirs, mapping, before.marks, before.before)
    found = _take_over(own, mapping, before.marks, changed, progress)
    differ = zip(mapping.events, changed, strict=True)
    earlier = {f"{EARLIER} like {one.pattern}": abs(n) for one, n in differ if n}
    return replace(found, notes={**found.notes, **earlier})


def mapping_of(store: Neo4jStore) -> GraphMapping:
    """The mapping by which it was adopted; raises `NotFoundError` where it was not."""
    return GraphMapping.model_validate_json(claim_of(store).mapping)


def claim_of(store: Neo4jStore) -> Claim:
    """What was adopted, and how far it is read; raises `NotFoundError`."""
    found = claimed(store.database)
    if found is None:
        raise NotFoundError(
            "Nothing was adopted under this prefix. Do so: basketweave adopt"
        )
    return found


def with_prefix(store: GraphStore, prefix: str | None) -> Neo4jStore:
    """The store, where it is opened with this prefix (None: with any).

    Raises `UsageError` otherwise.
    """
    if not isinstance(store, Neo4jStore) or store.prefix is None:
        raise UsageError("Only a graph in Neo4j is adopted, opened with its prefix.")
    if prefix not in (None, store.prefix):
        raise UsageError(
            f"The store is opened with the prefix {store.prefix}, and the mapping names "
            f"{prefix}."
        )
    return store


def _take_over(
    store: Neo4jStore,
    mapping: GraphMapping,
    marks: Sequence[int | None] | None,
    unread: Sequence[int],
    progress: Progress,
) -> LoadSummary:
    """Read and write what is new.

    marks    from when on; None: all
    unread   for each pattern, by how many its earlier events differ from those read
    """
    database, theirs = store.database, store.database.unprefixed()
    facts.check(theirs, mapping)
    nodes = read_nodes(theirs, mapping)
    users = nodes["users"].rows["node"]
    total = max(len(users) * len(mapping.events), 1)
    with progress.task("Reading events", total) as advance:
        ids = {what: nodes[what].rows["id"] for what in ("users", "items")}
        events = read_events(theirs, mapping, users, ids, marks, advance)
    tables = _tables(store, mapping, nodes, events)
    claim(database, Claim(mapping.model_dump_json()), tables)
    store.ensure_schema()
    for what, found in nodes.items():
        own = getattr(mapping, what)
        label_nodes(database, LABELS[what], own.label, own.key, found.new)
    gone = again = 0
    if marks is None:
        forget_marks(database)
        gone, again = drop_outdated(database, tables.events)
    summary = load(database, tables, progress)
    remove_ghosts(database, [LABELS[what] for what in nodes])
    before = counted_before(theirs, mapping, events.marks)
    for n, more in enumerate(unread):
        before[n] -= more
    note_marks(database, events.marks, before)
    new = {what: len(one.new) + getattr(summary, what) for what, one in nodes.items()}
    return replace(
        summary,
        **new,
        events=summary.events - again,
        already_there=summary.already_there + again,
        notes={**summary.notes, **({GONE: gone} if gone else {})},
    )


def _tables(
    store: Neo4jStore,
    mapping: GraphMapping,
    nodes: Mapping[str, Found],
    events: ReadEvents,
) -> Tables:
    theirs = store.database.unprefixed()
    items = nodes["items"].rows.drop("node", "known").rename({"stock": "inStock"})
    in_category = items.select(item="id", category="category").drop_nulls()
    items = items.drop("category")
    if mapping.categories:
        pairs = read_pairs(theirs, statements.links_of(mapping, mapping.categories))
        in_category = pairs.select(item="src", category="dst")
    if mapping.brands:
        pairs = read_pairs(theirs, statements.links_of(mapping, mapping.brands))
        first = pairs.unique("src", keep="first", maintain_order=True)
        made = first.select(id="src", brand="dst")
        items = items.drop("brand").join(made, on="id", how="left")
    notes = dict(events.notes)
    for what, found in nodes.items():
        if found.keyless:
            notes[f"{what} without a usable key, left out"] = found.keyless
    tables = assemble(
        mapping.name,
        events.frame,
        users=nodes["users"].rows.select("id"),
        items=_said(items),
        categories=_categories(store, mapping, nodes),
        in_category=in_category if len(in_category) else empty(IN_CATEGORY),
        notes=notes,
    )
    ids = {what: nodes[what].id_type for what in ("users", "items")}
    return replace(tables, user_ids=ids["users"], item_ids=ids["items"])


def _said(items: pl.DataFrame) -> pl.DataFrame:
    """Without what the mapping says nothing of."""
    bare = [n for n in items.columns if n not in ("id", "title")]
    return items.drop(n for n in bare if items[n].null_count() == len(items))


def _categories(
    store: Neo4jStore, mapping: GraphMapping, nodes: Mapping[str, Found]
) -> pl.DataFrame:
    if mapping.categories is None:
        return empty(CATEGORIES)
    rows = nodes["categories"].rows.select("id", name="title")
    above = pl.DataFrame(schema={"id": pl.String, "parent": pl.String})
    if mapping.categories.above:
        text = statements.parents_of(mapping.categories)
        pairs = read_pairs(store.database.unprefixed(), text)
        above = pairs.select(id="src", parent="dst").unique("id", keep="first")
    return rows.join(above, on="id", how="left", maintain_order="left")
