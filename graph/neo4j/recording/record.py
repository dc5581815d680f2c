"""`record`: a few events, all of them or none, at a cost that follows how few they are.

One transaction, which begins by writing to the data set's node: so one records at a time,
and knows what all before it have. It takes no lock that a load holds for longer than a
batch. A load writes what it had read before: it leaves relationships alone that bear the
number of a later record, and reads again (`loading.events`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.loading.events import lists_of_pairs, put_pairs
from basketweave.graph.neo4j.recording.apart import Begun, begin
from basketweave.graph.neo4j.recording.shown import note_taken
from basketweave.graph.neo4j.recording.stored import of_moments, of_pairs
from basketweave.graph.planned.arrival import ARRIVAL, after_stored, with_arrival
from basketweave.graph.planned.dataset import check_version
from basketweave.graph.planned.popularity import first_bought
from basketweave.graph.recorded import (
    Checked,
    Event,
    Recorded,
    once,
    unknown_ids,
)
from basketweave.graph.schema import ITEM, PURCHASED, USER
from basketweave.graph.tables import MILLIS

# Each round trip costs as much as the work for one event, so there are few statements.
_FIND = """
    UNWIND $users AS one
    MATCH (n:User {id: one})
    RETURN 'User' AS label, one, id(n) AS node, n.recordedTo AS told
    UNION ALL
    UNWIND $items AS one
    MATCH (n:Item {id: one})
    RETURN 'Item' AS label, one, id(n) AS node, coalesce(n.popularity > 0, false) AS told
    UNION ALL
    UNWIND $ids AS one
    MATCH (n:EventId {id: one})
    RETURN 'EventId' AS label, one, id(n) AS node, null AS told
    """
_MAKE = """
    UNWIND $ids AS one
    MERGE (n:{label} {{id: one}})
    RETURN one, id(n)
    """
_NOTE = """
    MATCH (d:Dataset {id: 'dataset'})
    SET
      d.firstAt = CASE WHEN d.firstAt <= $first THEN d.firstAt ELSE $first END,
      d.lastAt = CASE WHEN d.lastAt >= $last THEN d.lastAt ELSE $last END,
      d.recordedKinds = coalesce(d.recordedKinds, [])
        + [kind IN $kinds WHERE NOT kind IN coalesce(d.recordedKinds, [])]
    FOREACH (row IN $named |
      MERGE (e:EventId {id: row[0]})
      SET e.user = row[1], e.item = row[2], e.kind = row[3], e.time = row[4],
        e.millis = row[5])
    WITH d
    UNWIND $popular AS row
    MATCH (i)
    WHERE id(i) = row.node
    SET i.popularity = row.value
    """
EVENT_ID = "EventId"
_KEY = ["u", "i", "kind", "time", MILLIS]


def record(database: Database, given: Checked, *, create: bool) -> Recorded:
    """Write the events that the graph lacks; see `GraphStore.record`."""
    if not given.events:
        return Recorded()
    adopted = bool(database.spelling.prefix)
    return database.in_transaction(lambda tx: _Record(tx, given, create, adopted).run())


@dataclass
class _Record:
    tx: InTransaction
    given: Checked
    create: bool
    adopted: bool

    def run(self) -> Recorded:
        begun = begin(self.tx, self.given, alone=self._alone())
        check_version(begun.version, "The graph")
        if begun.done:
            return Recorded(events=1)
        events = once(self.given.events)
        stood = self._stood(events)
        asked = [one for one in events if one.id not in stood[EVENT_ID]]
        nodes, created = {}, {}
        for label, ids in (
            (USER, {event.user for event in asked}),
            (ITEM, {event.item for event in asked}),
        ):
            found = {one: node for one, (node, _) in stood[label].items()}
            lacking = sorted(ids - found.keys())
            nodes[label] = found | self._made(label, lacking)
            created[label] = len(lacking)
        told = {label: dict(stood[label].values()) for label in (USER, ITEM)}
        new = self._put(asked, nodes, told, begun)
        note_taken(self.tx, asked)
        known = len(self.given.events) - new
        return Recorded(new, known, created[USER], created[ITEM])

    def _alone(self) -> bool:
        """Whether it is one event, as it mostly is, and nothing hangs on it."""
        events = self.given.events
        return len(events) == 1 and events[0].answer is None and not self.adopted

    def _stood(self, events: list[Event]) -> dict[str, dict[str, tuple[int, Any]]]:
        """Label -> id -> the node that was there; an item's popular, a user's `recordedTo`."""
        rows = self.tx(
            _FIND,
            users=sorted({event.user for event in events}),
            items=sorted({event.item for event in events}),
            ids=[event.id for event in events if event.id is not None],
        )
        found: dict[str, dict[str, tuple[int, Any]]] = {
            USER: {},
            ITEM: {},
            EVENT_ID: {},
        }
        for label, one, node, told in rows:
            found[label][one] = node, told
        return found

    def _made(self, label: str, lacking: list[str]) -> dict[str, int]:
        """The nodes of ids that come into being."""
        # Whom an adopted graph lacks, its owner has to add.
        if lacking and (self.adopted or not self.create):
            raise unknown_ids(label.lower(), lacking, self.adopted)
        make = _MAKE.format(label=label)
        return dict(map(tuple, self.tx(make, ids=lacking))) if lacking else {}

    def _put(
        self,
        asked: list[Event],
        nodes: dict[str, dict[str, int]],
        told: dict[str, dict[int, Any]],
        begun: Begun,
    ) -> int:
        """Write what is not there yet; how many events that is."""
        if not asked:
            return 0
        load = _frame(asked, nodes)
        pairs = of_pairs(self.tx, load)
        new = load.join(pairs, on=_KEY, how="anti", maintain_order="left")
        if new.is_empty():
            return 0
        late = _late(load, told[USER], begun.loaded_to)
        stood = pairs
        if len(late):
            stood = pl.concat([pairs, of_moments(self.tx, late)]).unique(_KEY)
        if len(stood):
            new = _after(new, load, stood)
        for (kind,), some in new.group_by("kind", maintain_order=True):
            there = pairs.filter(pl.col("kind") == kind)
            there = there.join(some, on=["u", "i"], how="semi")
            both = pl.concat([there, some.select(there.columns)])
            put_pairs(self.tx, str(kind), lists_of_pairs(both), begun.number)
        popular = self._popular(new, nodes[ITEM], told[ITEM], begun.last_at)
        self._note(new, asked, popular)
        return len(new)

    def _popular(
        self,
        new: pl.DataFrame,
        nodes: dict[str, int],
        popular: dict[int, bool],
        last_at: int | None,
    ) -> list[dict[str, Any]]:
        """Items that are bought for the first time get the popularity of one buyer."""
        names = {node: item for item, node in nodes.items()}
        bought = new.filter(pl.col("kind") == PURCHASED)
        events = [
            Event("", names[item], PURCHASED, at, 0)
            for item, at in bought.select("i", "time").iter_rows()
            if not popular.get(item)
        ]
        told = first_bought(events, {}, last_at)
        return [{"node": nodes[item], "value": value} for item, value in told.items()]

    def _note(
        self, new: pl.DataFrame, asked: Iterable[Event], popular: list[dict[str, Any]]
    ) -> None:
        """The ids that were seen, how far the events go, and whose popularity is new."""
        times: Any = new["time"]
        self.tx(
            _NOTE,
            first=times.min(),
            last=times.max(),
            kinds=new["kind"].unique().to_list(),
            named=[(event.id, *event.key) for event in asked if event.id is not None],
            popular=popular,
        )


def _frame(events: list[Event], nodes: dict[str, dict[str, int]]) -> pl.DataFrame:
    """The events with the internal ids `u` and `i`, and their `arrival`."""
    frame = pl.DataFrame(
        {
            "user": [event.user for event in events],
            "item": [event.item for event in events],
            "kind": [event.kind for event in events],
            "time": [event.time for event in events],
            MILLIS: [event.millis for event in events],
            "value": pl.Series([event.value for event in events], dtype=pl.Float64),
            "u": [nodes[USER][event.user] for event in events],
            "i": [nodes[ITEM][event.item] for event in events],
        }
    )
    return with_arrival(frame).drop("user", "item")


def _late(
    events: pl.DataFrame, recorded_to: dict[int, int | None], loaded_to: int
) -> pl.DataFrame:
    """The events that are not later than all that their users may have."""
    last = [recorded_to.get(user) for user in events["u"]]
    after = pl.Series(last, dtype=pl.Int64).fill_null(loaded_to).clip(loaded_to)
    return events.filter(pl.col("time") <= after)


def _after(new: pl.DataFrame, load: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """The new events behind what is stored of their moments."""
    names = {"u": "user", "i": "item"}
    columns = ["user", "item", "kind", "time", MILLIS, ARRIVAL]
    frames = (frame.rename(names) for frame in (load, stored))
    told = after_stored(new.rename(names), *(f.select(columns) for f in frames))
    return told.rename({"user": "u", "item": "i"})
