"""An event at a second of its own, in one statement: as most are when recorded."""

from __future__ import annotations

from dataclasses import dataclass

from basketweave.graph.neo4j.connection import InTransaction
from basketweave.graph.neo4j.writer import GATES
from basketweave.graph.planned.popularity import SECONDS
from basketweave.graph.recorded import RECORDED, Checked, Event
from basketweave.graph.schema import EVENT_KINDS, SCHEMA_VERSION, check_kind

BEGIN = """
    MERGE (d:Dataset {id: 'dataset'})
    ON CREATE SET
      d.name = $name, d.schemaVersion = $schema, d.derived = false, d.changes = 0,
      d.userIds = $userIds, d.itemIds = $itemIds
    SET
      d.recorded = coalesce(d.recorded, 0) + 1,
      d.loadedTo = coalesce(d.loadedTo, d.lastAt, $never)
    FOREACH (name IN CASE WHEN size(d.loading) > 0 THEN $gates ELSE [] END |
      MERGE (gate:Lock {name: name})
      SET gate.lock = true
      REMOVE gate.lock)
    """
NEVER = -(2**62)
"""A second before all others."""
# Each round trip costs as much as the work for one event. Nothing of the person is of
# this second, so the event is not there, and has no place among others of its moment; it
# is the first of its pair or comes last. What is otherwise than it mostly is, is for the
# statements that bear everything: then nothing is written here.
_APART = """
    WITH
      d, d.recorded AS number, d.lastAt AS last, d.loadedTo AS loaded,
      d.schemaVersion AS version
    OPTIONAL MATCH (u:User {{id: $user}})
    OPTIONAL MATCH (i:Item {{id: $item}})
    OPTIONAL MATCH (e:EventId {{id: $id}})
    OPTIONAL MATCH (u)-[r:{kind}]->(i)
    WITH d, number, last, loaded, version, u, i, e, collect(r) AS there
    WITH
      *, head(there) AS r,
      version = $schema AND u IS NOT NULL AND i IS NOT NULL AND e IS NULL
        AND (loaded < $time AND coalesce(u.recordedTo < $time, true) OR NOT EXISTS {{
          MATCH (u)-[x:{kinds}]->()
          WHERE coalesce(x.lastAt, $time) >= $time AND coalesce(x.firstAt, $time) <= $time
            AND CASE WHEN x.times IS :: LIST<INTEGER NOT NULL> NOT NULL
              THEN $time IN x.times ELSE true END
        }}) AS apart
    WITH
      *, apart AND r IS NULL AS first,
      reduce(sum = 0.0, one IN $windows | sum + CASE
        WHEN coalesce(last, $time) - $time < one[0] THEN one[1] ELSE 0.0 END) AS popularity,
      apart AND size(there) = 1 AND r.times IS :: LIST<INTEGER NOT NULL> NOT NULL
        AND r.lastAt < $time AND r.values IS NULL AND r.millis IS NULL
        AND r.arrivals IS NULL AND $value IS NULL AND $millis = 0 AS next
    FOREACH (x IN CASE WHEN first THEN [1] ELSE [] END |
      CREATE (u)-[:{kind} {{
        count: 1, firstAt: $time, lastAt: $time, times: [$time],
        values: CASE WHEN $value IS NOT NULL THEN [$value] END,
        millis: CASE WHEN $millis > 0 THEN [$millis] END,
        recorded: number
      }}]->(i))
    FOREACH (x IN CASE WHEN next THEN [r] ELSE [] END |
      SET x.lock = true
      REMOVE x.lock
      SET
        x.count = size(x.times) + 1, x.times = x.times + $time, x.lastAt = $time,
        x.recorded = number)
    FOREACH (x IN CASE WHEN first OR next THEN [u] ELSE [] END |
      SET x.recordedTo = CASE
        WHEN x.recordedTo >= $time THEN x.recordedTo ELSE $time END)
    FOREACH (x IN CASE
      WHEN (first OR next) AND $kind = 'PURCHASED' AND NOT coalesce(i.popularity, 0) > 0
        AND popularity > 0 THEN [i]
      ELSE []
    END |
      SET x.popularity = popularity)
    FOREACH (x IN CASE WHEN first OR next THEN [d] ELSE [] END |
      SET
        x.firstAt = CASE WHEN x.firstAt <= $time THEN x.firstAt ELSE $time END,
        x.lastAt = CASE WHEN x.lastAt >= $time THEN x.lastAt ELSE $time END,
        x.recordedKinds = coalesce(x.recordedKinds, [])
          + [kind IN [$kind] WHERE NOT kind IN coalesce(x.recordedKinds, [])])
    FOREACH (x IN CASE WHEN (first OR next) AND $id IS NOT NULL THEN [1] ELSE [] END |
      CREATE (:EventId {{
        id: $id, user: $user, item: $item, kind: $kind, time: $time, millis: $millis
      }}))
    RETURN number, last, loaded, version, coalesce(first OR next, false)
    """
_BEGUN = "WITH d RETURN d.recorded, d.lastAt, d.loadedTo, d.schemaVersion, false"


@dataclass(frozen=True)
class Begun:
    """What the data set's node says, which is held until the transaction ends.

    number      of this record
    last_at     the last second of all events before
    loaded_to   the last second of all events that were not recorded; of those that were,
                each user's `recordedTo` is the last
    done        whether the event is written with that
    """

    number: int
    last_at: int | None
    loaded_to: int
    version: int
    done: bool


def begin(tx: InTransaction, given: Checked, *, alone: bool) -> Begun:
    """Write to the data set's node, and with it the event if it is `alone` and apart."""
    named = {
        "name": RECORDED,
        "schema": SCHEMA_VERSION,
        "never": NEVER,
        "gates": GATES,
        "userIds": given.user_ids,
        "itemIds": given.item_ids,
    }
    if not alone:
        return Begun(*tx(BEGIN + _BEGUN, **named)[0])
    (event,) = given.events
    names = {"kind": check_kind(event.kind), "kinds": "|".join(EVENT_KINDS)}
    statement = BEGIN + _APART.format(**names)
    return Begun(*tx(statement, **named, **_told(event))[0])


def _told(event: Event) -> dict[str, object]:
    names = ("user", "item", "kind", "time", "millis", "value", "id")
    return {name: getattr(event, name) for name in names} | {"windows": SECONDS}
