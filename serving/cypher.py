"""The blend on Neo4j: one statement a request, `queries/recommend.cypher`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from basketweave.graph.schema import ITEM, USER
from basketweave.graph.vectors import FloatArray
from basketweave.queries import query
from basketweave.serving.engine import NONE, Blend, Row, Started
from basketweave.serving.recommendation import HOLDS, Step
from basketweave.serving.request import PARTS, Request, Where

if TYPE_CHECKING:
    from neo4j.graph import Path

    from basketweave.graph.neo4j import Neo4jStore


class CypherEngine:
    """Ranks items on the server; safe to use from several threads."""

    def __init__(self, store: Neo4jStore) -> None:
        self._store = store

    def rank(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[Started] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows; None where the store has no such user."""
        asked = parameters(request, blend, session, vectors)
        rows = self._store.records(query("recommend"), asked)
        if not rows:
            return None
        return [_row(row, request) for row in rows if row["id"] is not None]


def parameters(
    request: Request,
    blend: Blend,
    session: Sequence[Started] = (),
    vectors: Mapping[str, FloatArray] = NONE,
) -> dict[str, Any]:
    """What `queries/recommend.cypher` takes."""
    return {
        "user": request.user,
        "k": request.k,
        "known": request.known,
        "weights": dict(blend.weights),
        "settings": blend.settings.properties(),
        "session": [{"id": one.item, "weight": one.weight} for one in session],
        "vectors": {part: vector.tolist() for part, vector in vectors.items()},
        "asOf": request.as_of,
        "where": rules(request.where),
    }


def rules(where: Where) -> dict[str, Any]:
    """The rules that are set, by the names that the statement has for them."""
    lowest, highest = where.price
    named = {
        "categories": list(where.categories),
        "notCategories": list(where.not_categories),
        "brands": list(where.brands),
        "notBrands": list(where.not_brands),
        "exclude": list(where.exclude),
        "inStock": where.in_stock,
    }
    limits = {
        "lowest": lowest,
        "highest": highest,
        "perBrand": where.per_brand,
        "perCategory": where.per_category,
    }
    given = {name: rule for name, rule in named.items() if rule}
    return given | {n: limit for n, limit in limits.items() if limit is not None}


def _row(row: Mapping[str, Any], request: Request) -> Row:
    raw, value = row["raw"], row["value"]
    parts = {
        part: (float(raw[part]), float(value[part]))
        for part in PARTS
        if raw[part] is not None
    }
    path = _steps(row["path"], request)
    return Row(row["id"], row["title"], float(row["score"]), parts, path)


def _steps(path: Path | None, request: Request) -> tuple[Step, ...]:
    """The path from the user on; one that starts at a held item gets its user."""
    if path is None:
        return ()
    nodes, kinds = list(path.nodes), [one.type for one in path.relationships]
    if USER in nodes[0].labels:
        user = nodes.pop(0)["id"]
    else:
        user, kinds = request.user or "session", [HOLDS, *kinds]
    return Step(USER, user, "", kinds[0]), *(
        Step(ITEM, node["id"], node.get("title") or "", kind)
        for node, kind in zip(nodes, [*kinds[1:], None], strict=True)
    )
