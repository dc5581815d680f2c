"""What is said of users and items: compared at once, and written into the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial, reduce

import polars as pl

from basketweave.graph.embedded import dataset
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.loading.links import write_links
from basketweave.graph.embedded.loading.nodes import write_nodes
from basketweave.graph.embedded.loading.properties import held
from basketweave.graph.embedded.nodes import find, stored_nodes
from basketweave.graph.embedded.recording.place import places, write_placed
from basketweave.graph.embedded.recording.recent import Recent
from basketweave.graph.pages import Node
from basketweave.graph.planned import properties
from basketweave.graph.planned.links import Links
from basketweave.graph.planned.nodes import Described
from basketweave.graph.planned.said import LINKED, PropertyTypes, compared
from basketweave.graph.schema import ITEM, USER, relation
from basketweave.graph.upserted import Descriptions, Said, Upserted, Value


def upsert(session: Session, given: Descriptions) -> Upserted:
    """Write rows into a file that says all that there is."""
    stand = find(session, Recent(), given.label, given.rows)
    found = compared(given, stand, PropertyTypes(partial(look, session)))
    if found.new and dataset.read_dataset(session) is None:
        dataset.note_begun(session, given.ids, given.ids)
    said = [*found.new, *found.changed]
    placed = places(session, Recent(), said)
    write_said(session, said)
    write_placed(session, placed)
    return found.counts


def look(session: Session, label: str, name: str) -> tuple[str, str | None]:
    """A property's spelling in the file, and its type; None where none has a value."""
    there = {one.lower(): (one, kind) for one, kind in held(session, label).items()}
    if name.lower() not in there:
        return name, None
    spelt, kind = there[name.lower()]
    some = f"MATCH (n:{label}) WHERE n.`{spelt}` IS NOT NULL RETURN 1 LIMIT 1"
    return spelt, kind if session.rows(some) else None


def write_said(session: Session, said: Iterable[Said]) -> None:
    """Write what is said of users and items, the later over the earlier."""
    merged: dict[str, dict[str, Said]] = {USER: {}, ITEM: {}}
    for one in said:
        before = merged[one.label].get(one.id)
        merged[one.label][one.id] = one if before is None else before.then(one)
    for label, of_label in merged.items():
        if of_label:
            _write_properties(session, label, of_label)
    _write_links(session, merged[ITEM].values())
    if any(merged.values()):
        dataset.touch(session)


def _write_properties(session: Session, label: str, said: Mapping[str, Said]) -> None:
    stand = stored_nodes(session, label, list(said))
    names = dict.fromkeys(n for one in said.values() for n in one.properties)
    ids = pl.Series("id", list(said), dtype=pl.String)
    columns = [
        _column(label, name, [_value(one, stand, name) for one in said.values()])
        for name in names
    ]
    write_nodes(session, label, Described(pl.DataFrame([ids, *columns]), ids))


def _value(said: Said, stand: Mapping[str, Node], name: str) -> Value:
    if name in said.properties or said.id not in stand:
        return said.properties.get(name)
    value: Value = stand[said.id].properties.get(name)
    return value


def _column(label: str, name: str, values: list[Value]) -> pl.Series:
    """The values in one type that can hold all of them."""
    told = [pl.Series(name, [value]) for value in values if value is not None]
    kinds = dict.fromkeys(properties.kind(label, one) for one in told)
    if not kinds:
        return pl.Series(name, [None] * len(values), dtype=pl.String)
    to = reduce(lambda a, b: properties.grown(label, name, a, b), kinds)
    empty = properties.cast(label, pl.Series(name, [None], dtype=told[0].dtype), to)
    if len(kinds) == 1:
        return pl.Series(name, values, dtype=empty.dtype)
    cast = iter([properties.cast(label, one, to).to_list()[0] for one in told])
    every = [None if value is None else next(cast) for value in values]
    return pl.Series(name, every, dtype=empty.dtype)


def _write_links(session: Session, said: Iterable[Said]) -> None:
    rows = list(said)
    for kind in LINKED:
        speak = [one for one in rows if kind in one.links]
        pairs = [pair for one in speak for pair in _pairs(one.id, one.links[kind])]
        if pairs:
            _write_kind(session, kind, pairs)


def _pairs(item: str, ids: Sequence[str]) -> list[tuple[str, str | None]]:
    """Each id that the item leads to; a null says that there is none."""
    return [(item, one) for one in ids] or [(item, None)]


def _write_kind(
    session: Session, kind: str, pairs: list[tuple[str, str | None]]
) -> None:
    frame = pl.DataFrame(pairs, {"src": pl.String, "dst": pl.String}, orient="row")
    group = relation(kind)[2]
    named = frame["dst"].drop_nulls().unique(maintain_order=True)
    write_nodes(session, group, Described.of_ids(named))
    # All of both are there by now: of the others in the store nothing need be read.
    ids = {ITEM: frame.select(id="src").unique(), group: named.alias("id").to_frame()}
    write_links(session, Links(kind, frame, only=True), ids)
