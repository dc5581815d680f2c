"""What is said of users and items: all of it or nothing, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from basketweave.graph.neo4j.connection import Database, InTransaction
from basketweave.graph.neo4j.loading.properties import kind_of
from basketweave.graph.neo4j.nodes import find_in
from basketweave.graph.neo4j.recording.place import place_items
from basketweave.graph.planned.dataset import check_version
from basketweave.graph.planned.said import LINKED, PropertyTypes, compared
from basketweave.graph.recorded import RECORDED
from basketweave.graph.schema import ITEM, SCHEMA_VERSION, check_name, relation
from basketweave.graph.upserted import Descriptions, Said, Upserted

# One at a time writes what others compare with: a property that is set and taken away
# takes the lock of the node and changes nothing.
_BEGIN = """
    MERGE (d:Dataset {id: 'dataset'})
    ON CREATE SET
      d.name = $name, d.schemaVersion = $schema, d.derived = false, d.changes = 0,
      d.userIds = $ids, d.itemIds = $ids
    SET d.lock = true
    REMOVE d.lock
    RETURN d.schemaVersion
    """
_WRITE = """
    UNWIND $rows AS row
    MERGE (n:{label} {{id: row.id}})
    SET n += row.properties
    """
_LINK = """
    UNWIND $rows AS row
    MATCH (n:Item {{id: row.id}})
    CALL (n, row) {{
      MATCH (n)-[r:{kind}]->(other)
      WHERE NOT other.id IN row.ids
      DELETE r
    }}
    UNWIND row.ids AS id
    MERGE (other:{group} {{id: id}})
    MERGE (n)-[:{kind}]->(other)
    """
_GROWN = {"DOUBLE": "toFloat({})", "STRING": "toString({})"}


def upsert(database: Database, rows: Descriptions) -> Upserted:
    """Write what differs from what the graph has; see `GraphStore.upsert_items`."""
    if not rows.rows:
        return Upserted()
    return database.in_transaction(lambda tx: _Upsert(tx, rows).run())


@dataclass
class _Upsert:
    tx: InTransaction
    rows: Descriptions

    def run(self) -> Upserted:
        ((version,),) = self.tx(
            _BEGIN, name=RECORDED, schema=SCHEMA_VERSION, ids=self.rows.ids
        )
        check_version(version, "The graph")
        label = self.rows.label
        keys = [key for (key,) in self.tx("CALL db.propertyKeys()")]
        kinds = PropertyTypes(lambda _, name: self._look(name, keys))
        stand = find_in(self.tx, label, list(self.rows.rows))
        found = compared(self.rows, dict(stand), kinds)
        written = [*found.new, *found.changed]
        self._grow(kinds)
        self._write(written)
        if label == ITEM:
            place_items(self.tx, [o.id for o in written if any(o.links.values())])
        if written:
            self._count()
        return found.counts

    def _look(self, name: str, keys: list[str]) -> tuple[str, str | None]:
        """A property's spelling and type: one value tells it, as they are alike."""
        same = [key for key in keys if key.lower() == name.lower()]
        for key in sorted(same, key=lambda key: key != name):
            rows = self.tx(
                f"MATCH (n:{self.rows.label}) WHERE n.{check_name(key)} IS NOT NULL "
                f"RETURN valueType(n.{key}) LIMIT 1"
            )
            if rows:
                return key, kind_of(rows[0][0])
        return name, None

    def _grow(self, kinds: PropertyTypes) -> None:
        for (label, name), to in kinds.growing.items():
            cast = _GROWN[to.removesuffix("[]")]
            value = f"n.{check_name(name)}"
            if to.endswith("[]"):
                cast, value = f"[x IN {value} | {cast.format('x')}]", ""
            self.tx(
                f"MATCH (n:{label}) WHERE n.{name} IS NOT NULL "
                f"SET n.{name} = {cast.format(value)}"
            )

    def _write(self, written: Sequence[Said]) -> None:
        given = [{"id": o.id, "properties": dict(o.properties)} for o in written]
        if given:
            self.tx(_WRITE.format(label=self.rows.label), rows=given)
        for kind in LINKED:
            links = list(_links(written, kind))
            if links:
                group = relation(kind)[2]
                self.tx(_LINK.format(kind=kind, group=group), rows=links)

    def _count(self) -> None:
        """What a reader remembers of the catalogue is no longer true."""
        self.tx("MATCH (d:Dataset {id: 'dataset'}) SET d.changes = d.changes + 1")


def _links(said: Iterable[Said], kind: str) -> Iterable[dict[str, object]]:
    for one in said:
        if kind in one.links:
            yield {"id": one.id, "ids": list(one.links[kind])}
