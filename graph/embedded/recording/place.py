"""Vectors for new items in what is live, and those vectors into the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from basketweave.graph.embedded import schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.models.vectors import table
from basketweave.graph.embedded.models.versions import versions
from basketweave.graph.embedded.nodes import find
from basketweave.graph.embedded.recording.recent import Recent
from basketweave.graph.embedded.recording.stored import there
from basketweave.graph.planned.placing import NEIGHBOURS, Alike, Placed, nearest, place
from basketweave.graph.schema import IN_CATEGORY, ITEM, MADE_BY
from basketweave.graph.upserted import Said
from basketweave.graph.vectors import ModelVersion

LAST = 2**40
"""The position of such a vector: behind all that were published."""
MOST = 1_000
"""Items of a category or a brand that are looked at, the most popular."""


def places(session: Session, recent: Recent, said: Iterable[Said]) -> list[Placed]:
    """Vectors for those of the items that have none, amid those like them.

    said   what is new of items, which `recent` does not have yet
    """
    linked = [one for one in said if one.label == ITEM and any(one.links.values())]
    if not linked:
        return []
    ids = [one.id for one in linked]
    live = [v for v in versions(session) if v.status == "live" and v.dim]
    lacking = {v.key: _lacking(session, recent, v, ids) for v in live}
    nodes = find(session, recent, ITEM, ids) if any(lacking.values()) else {}
    looks = _Looks(session)
    found: list[Placed] = []
    for one in linked:
        node = nodes.get(one.id)
        links = {**(node.links if node is not None else {}), **one.links}
        categories, brands = (tuple(links.get(k, ())) for k in (IN_CATEGORY, MADE_BY))
        in_these = [v for v in live if one.id in lacking[v.key]]
        found += looks.placed(one.id, categories, brands, in_these)
    return found


def write_placed(session: Session, placed: Sequence[Placed]) -> None:
    """Put vectors into the tables of the versions that are still there."""
    tables = schema.names(session)
    for version in versions(session):
        name = table(ITEM, version)
        new = {one.item: one for one in placed if one.key == version.key}
        if not new or name not in tables:
            continue
        held = {*there(session, name, list(new))}
        rows = [one for one in new.values() if one.item not in held]
        if rows:
            session.copy(name, _table(rows, version.dim))


@dataclass
class _Looks:
    """What was looked up for one call, each of it once."""

    session: Session
    _alike: dict[tuple[str, str], list[tuple[str, float]]] = field(default_factory=dict)
    _places: dict[object, list[float] | None] = field(default_factory=dict)

    def placed(
        self,
        item: str,
        categories: tuple[str, ...],
        brands: tuple[str, ...],
        lacking: Sequence[ModelVersion],
    ) -> list[Placed]:
        """Its vectors in the versions where it has none; those without place left out."""
        found = []
        for version in lacking:
            key = version.key, categories, brands
            if key not in self._places:
                self._places[key] = self._place(version, categories, brands)
            vector = self._places[key]
            if vector is not None:
                found.append(Placed(item, version.key, vector))
        return found

    def _place(
        self,
        version: ModelVersion,
        categories: tuple[str, ...],
        brands: tuple[str, ...],
    ) -> list[float] | None:
        first = nearest(self._like(categories, brands))[: MOST // 2]
        held = _with_vectors(self.session, version, [one.item for one in first])
        some = [one for one in first if one.item in held][:NEIGHBOURS]
        return place([(one.shared, held[one.item]) for one in some])

    def _like(
        self, categories: tuple[str, ...], brands: tuple[str, ...]
    ) -> list[Alike]:
        """Items of these categories; where there are none, those of the brand."""
        shared: dict[str, list[float]] = {}
        groups = [(IN_CATEGORY, one) for one in categories]
        for group in groups or [(MADE_BY, one) for one in brands]:
            for item, popularity in self._in(*group):
                shared.setdefault(item, []).append(popularity)
        made = (
            {i for one in brands for i, _ in self._in(MADE_BY, one)} if groups else ()
        )
        return [
            Alike(item, len(each) + (item in made), each[0])
            for item, each in shared.items()
        ]

    def _in(self, kind: str, group: str) -> list[tuple[str, float]]:
        key = kind, group
        if key not in self._alike:
            label = {IN_CATEGORY: "Category", MADE_BY: "Brand"}[kind]
            rows = self.session.rows(
                f"MATCH (i:{ITEM})-[:{kind}]->(g:{label} {{id: $one}}) "
                "RETURN i.id, coalesce(i.popularity, 0.0) AS p ORDER BY p DESC, i.id "
                f"LIMIT {MOST}",
                {"one": group},
            )
            self._alike[key] = [(item, float(popularity)) for item, popularity in rows]
        return self._alike[key]


def _lacking(
    session: Session, recent: Recent, version: ModelVersion, ids: Iterable[str]
) -> set[str]:
    """Those of these items that have no vector in a version."""
    left = {one for one in ids if not recent.has_place(version.key, one)}
    return left.difference(there(session, table(ITEM, version), list(left)))


def _with_vectors(
    session: Session, version: ModelVersion, ids: Sequence[str]
) -> dict[str, list[float]]:
    match = f"MATCH (v:{table(ITEM, version)} {{id: one}}) RETURN v.id, v.vector"
    return {one: list(vector) for one, vector in session.each(match, ids)}


def _table(rows: Sequence[Placed], dim: int) -> pa.Table:
    flat = pa.array(np.array([one.vector for one in rows], np.float32).ravel())
    return pa.table(
        {
            "id": pl.Series([one.item for one in rows], dtype=pl.String).to_arrow(),
            "position": pa.array(np.arange(LAST, LAST + len(rows))),
            "vector": pa.FixedSizeListArray.from_arrays(flat, dim),
        }
    )
