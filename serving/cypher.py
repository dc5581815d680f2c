"""The blend on Neo4j: one statement a request, `queries/recommend.cypher`."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from basketweave.blend.request import PARTS, Request, Where
from basketweave.blend.settings import camel
from basketweave.graph.kinds import Kinds, counting
from basketweave.graph.schema import EVENT_KINDS, ITEM, USER
from basketweave.graph.store import Dataset
from basketweave.graph.subgraph import FloatArray
from basketweave.graph.vectors import ModelVersion
from basketweave.queries import query, statements
from basketweave.serving.engine import NONE, Blend, Row, SessionItem, require_data
from basketweave.serving.recommendation import HOLDS, Step
from basketweave.serving.snapshot import Names
from basketweave.serving.standing import Standing

if TYPE_CHECKING:
    from basketweave.graph.neo4j import Neo4jStore


_ONLY_FOR = r"(?m)^ *// with {}:\n(?:.*\n)*?^ *// without:(.*)$"
"""What `recommend.cypher` does only for rules, for notices, or where it matters of which
kind an event is; and what takes its place."""

_NEWEST = statements("newest")["newest"]
_HAD = f"""
UNWIND $items AS id
MATCH (:User {{id: $user}})-[:{"|".join(EVENT_KINDS)}]->(item:Item {{id: id}})
RETURN DISTINCT id
"""
NEW_SECONDS = 60.0
"""How long the newest items are remembered."""


class CypherEngine:
    """Ranks items on the server; safe to use from several threads."""

    def __init__(self, store: Neo4jStore) -> None:
        self._store = store
        self._standing: Standing | None = None
        self._names: tuple[int, Names] | None = None
        self._newest: dict[str, tuple[float, list[str]]] = {}
        self._kinds: tuple[int, tuple[str, ...]] | None = None

    @contextmanager
    def snapshot(self) -> Iterator[CypherSnapshot]:
        """What is published now; each statement then reads a state of its own."""
        dataset, before = require_data(self._store.dataset()), self._standing
        now = before and before.up_to(dataset.last_at)
        if now is None or now.dataset != dataset:
            now = Standing(dataset, tuple(self._store.models()))
        self._standing = now
        yield CypherSnapshot(self, now)

    def asked(
        self, request: Request, parameters: Mapping[str, Any]
    ) -> list[Row] | None:
        """The rows of the statement; None where the store has no such user."""
        ruled, kinds = bool(parameters["where"]), parameters["kinds"] is not None
        text = statement(ruled=ruled, kinds=kinds)
        rows = self._store.records(text, {"asked": parameters})
        if not rows:
            return None
        ranked = [_row(row, request) for row in rows if row["id"] is not None]
        if request.where.boost is None:
            return ranked
        return [_boosted(row, parameters["weights"]) for row in ranked]

    def names(self, standing: Standing) -> Names:
        """What rules may name, read again once something was written."""
        changes = standing.dataset.changes
        if self._names is None or self._names[0] != changes:
            self._names = changes, _names(self._store)
        return self._names[1]

    def kinds(self, dataset: Dataset) -> set[str]:
        """The kinds of which there are events, read again once something was written."""
        if self._kinds is None or self._kinds[0] != dataset.changes:
            self._kinds = dataset.changes, tuple(self._store.kinds())
        return {*self._kinds[1], *dataset.recorded}

    def stored(self, items: Iterable[str]) -> set[str]:
        """The ids among `items` that the store has."""
        return set(self._store.titles(items))

    def vectors(self, version: ModelVersion, items: Sequence[str]) -> FloatArray:
        """The items' vectors (n, d) of a version; zeros where an item has none."""
        rows = self._store.records(
            """
            UNWIND $items AS id
            OPTIONAL MATCH (item:Item {id: id})
            RETURN item[$property] AS vector
            """,
            {"items": list(items), "property": version.key},
        )
        found = np.zeros((len(items), version.dim), np.float32)
        for n, row in enumerate(rows):
            if row["vector"] is not None:
                found[n] = row["vector"]
        return found

    def newest(self, request: Request, n: int) -> list[str]:
        """The `n` items added last of those that nobody had and that keep the rules.

        They are asked for again after `NEW_SECONDS`, since all items have to be looked
        at; what the user had meanwhile is left out.
        """
        where = rules(request.where)
        key, now = repr((n, sorted(where.items()))), time.monotonic()
        since, found = self._newest.get(key, (-math.inf, []))
        if now - since > NEW_SECONDS:
            rows = self._store.records(_NEWEST, {"where": where, "n": n})
            found = [row["id"] for row in rows]
            if len(self._newest) > 100:
                self._newest.clear()
            self._newest[key] = now, found
        if request.user is None or not found:
            return found
        asked = {"user": request.user, "items": found}
        had = {row["id"] for row in self._store.records(_HAD, asked)}
        return [item for item in found if item not in had]


@dataclass(frozen=True)
class CypherSnapshot:
    """What is published now, and the engine that answers requests on the server."""

    engine: CypherEngine
    standing: Standing

    def under(self, standing: Standing) -> CypherSnapshot:
        """The same state, asked as if this stood over it."""
        return replace(self, standing=standing)

    def names(self) -> Names:
        """The names that rules may use."""
        return self.engine.names(self.standing)

    def stored(self, items: Iterable[str]) -> set[str]:
        """The ids among `items` that the store has."""
        return self.engine.stored(items)

    def rank(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[SessionItem] = (),
        vectors: Mapping[str, FloatArray] = NONE,
    ) -> list[Row] | None:
        """The best rows, best first; None where the store has no such user."""
        asked = parameters(request, blend, session, vectors, self._counts(blend))
        return self.engine.asked(request, asked)

    def vectors(self, version: ModelVersion, items: Sequence[str]) -> FloatArray:
        """The items' vectors (n, d) of a version; zeros where an item has none."""
        return self.engine.vectors(version, items)

    def newest(self, request: Request, n: int) -> list[str]:
        """The `n` items added last of those that nobody had and that keep the rules."""
        return self.engine.newest(request, n)

    def _counts(self, blend: Blend) -> Kinds | None:
        """How the kinds of events count; None: it is all one of which kind one is."""
        dataset = self.standing.dataset
        there = self.engine.kinds(dataset)
        counts = blend.settings.counts(counting(dataset.kinds, there))
        return None if counts.alike(there) else counts


def _names(store: Neo4jStore) -> Names:
    row = store.records(
        """
        RETURN
          COLLECT { MATCH (category:Category) RETURN category.id } AS categories,
          COLLECT { MATCH (brand:Brand) RETURN brand.id } AS brands,
          EXISTS { MATCH (item:Item) WHERE item.price IS NOT NULL } AS price,
          EXISTS { MATCH (item:Item) WHERE item.inStock IS NOT NULL } AS stock,
          COLLECT { MATCH (item:Item) UNWIND keys(item) AS key RETURN DISTINCT key } AS keys
        """
    )[0]
    categories, brands = frozenset(row["categories"]), frozenset(row["brands"])
    return Names(categories, brands, row["price"], row["stock"], frozenset(row["keys"]))


@cache
def statement(*, ruled: bool, kinds: bool = False) -> str:
    """`queries/recommend.cypher` with its parameters in one map, `$asked`.

    Without rules (`ruled` false) the clauses that only rules need are left out, and so
    are those for `kinds` of events where it is all one of which kind an event is; those
    for notices always are, since the client has checked the request.

    Neo4j keeps a plan for each combination of the parameters' types and lengths, and
    takes seconds to make one: alone, user '1' and user '2000' would each wait for theirs.
    """
    text = re.sub(_ONLY_FOR.format("notices"), r"\1", query("recommend"))
    if not ruled:
        text = re.sub(_ONLY_FOR.format("rules"), r"\1", text)
    if not kinds:
        text = re.sub(_ONLY_FOR.format("kinds"), r"\1", text)
    return re.sub(r"\$(\w+)", r"$asked.\1", text)


def parameters(
    request: Request,
    blend: Blend,
    session: Sequence[SessionItem] = (),
    vectors: Mapping[str, FloatArray] = NONE,
    counts: Kinds | None = None,
) -> dict[str, Any]:
    """The parameters of `queries/recommend.cypher` for one request."""
    return {
        "user": request.user,
        "k": request.k,
        "known": request.known,
        "weights": dict(blend.weights),
        "settings": blend.settings.properties(),
        "session": [{"id": one.item, "weight": one.weight} for one in session],
        "encoders": None if blend.encoders is None else list(blend.encoders),
        "vectors": {part: vector.tolist() for part, vector in vectors.items()},
        "asOf": request.as_of,
        "where": rules(request.where),
        "kinds": counts
        and {"weights": dict(counts.weights), "known": list(counts.known)},
        "only": request.only,
    }


def rules(where: Where) -> dict[str, Any]:
    """The rules that are set, by their names in the statement."""
    lowest, highest = where.price
    given = where.model_dump(exclude={"price", "pinned"})
    named = {camel(name): rule for name, rule in given.items()}
    return {
        name: list(rule) if isinstance(rule, tuple) else rule
        for name, rule in (named | {"lowest": lowest, "highest": highest}).items()
        if rule is not False and rule not in ((), None, {})
    }


def _row(row: Mapping[str, Any], request: Request) -> Row:
    raw, value = row["raw"], row["value"]
    parts = {
        part: (float(raw[part]), float(value[part]))
        for part in PARTS
        if raw[part] is not None
    }
    path = _steps(row["path"] or [], request)
    return Row(row["id"], row["title"], float(row["score"]), parts, path)


def _boosted(row: Row, weights: Mapping[str, float]) -> Row:
    """The row with what its score is of the sum of its parts."""
    whole = sum(weights.get(part, 0) * value for part, (_, value) in row.parts.items())
    return replace(row, boost=row.score / whole if whole > 0 else 1.0)


def _steps(path: Sequence[Mapping[str, Any]], request: Request) -> tuple[Step, ...]:
    """The path from the user on; one that starts at a held item gets its user."""
    steps = [_step(node) for node in path]
    if steps and steps[0].label != USER:
        steps.insert(0, Step(USER, request.user or "session", "", HOLDS))
    return tuple(steps)


def _step(node: Mapping[str, Any]) -> Step:
    label = USER if USER in node["labels"] else ITEM
    title = "" if label == USER else node["title"] or ""
    return Step(label, node["id"], title, node["leads"])
