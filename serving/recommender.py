"""`Recommender`: the Python client for graph-aware recommendations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.store import GraphStore
from basketweave.graph.vectors import FloatArray, serving
from basketweave.moments import Moment
from basketweave.progress import SILENT, Progress
from basketweave.serving.engine import (
    NONE,
    Blend,
    Engine,
    ReadsSessions,
    Reranks,
    Row,
    Started,
    held,
)
from basketweave.serving.everyone import everyone
from basketweave.serving.recommendation import (
    ItemId,
    Recommendation,
    Recommendations,
)
from basketweave.serving.request import PARTS, Known, Request, Where
from basketweave.serving.settings import (
    DEFAULT_WEIGHTS,
    SESSION_WEIGHTS,
    BlendSettings,
    complete,
)
from basketweave.serving.similar import similar
from basketweave.serving.standing import Standing


class Recommender:
    """Recommends from a store, with the scores' parts and the paths that explain them.

    with connect("demo.lbug") as store:
        print(Recommender(store).recommend(1, k=10, known="any"))

    Ids are taken and given back as they were in the source, numbers as numbers.
    """

    def __init__(
        self,
        store: GraphStore,
        reranker: Reranks | None = None,
        encoder: ReadsSessions | None = None,
    ) -> None:
        """Serve from a store.

        reranker   orders the blend's best anew (`ranking/`)
        encoder    reads sessions, in place of the sum of their items' vectors: a
                   `HistoryReader` (`sequence/`) of what is live for its part
        """
        self._store = store
        self._reranker = reranker
        self._encoder = encoder
        self._engine = _engine(store)
        self._seen: Standing | None = None

    def recommend(
        self,
        user: ItemId,
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        known: Known = "new",
        where: Where | Mapping[str, Any] | None = None,
        session: Sequence[ItemId] = (),
        as_of: Moment = None,
    ) -> Recommendations:
        """The `k` best items for a user.

        weights   part -> weight, in place of those published with the blend
        known     `new`: not bought before, `again`: bought before, `any`: both
        where     rules, as a `Where` or a mapping of its fields
        session   items in the basket now, which count beside the history
        as_of     Unix second, date (all of it) or time; later events do not count

        Raises `UsageError` for what cannot be asked, `NotFoundError` for an unknown
        user.
        """
        request = Request.of(
            user=user,
            k=k,
            known=known,
            weights=dict(weights) if weights is not None else None,
            where=_where(where),
            as_of=as_of,
        )
        return self._ranked(request, [Started(str(item)) for item in session])

    def session(
        self,
        items: Sequence[ItemId],
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        where: Where | Mapping[str, Any] | None = None,
    ) -> Recommendations:
        """The `k` best items for someone without an account, from what they hold.

        `items` in the order they were taken: the last one counts most. With an
        `encoder` its part compares items with what it makes of the whole session.
        Raises `NotFoundError` where the store knows none of the items, `UsageError`
        where the encoder is not of the training that is live.
        """
        if not items:
            raise UsageError("A session needs at least one item.")
        request = Request.of(
            user=None,
            k=k,
            known="new",
            weights=dict(weights) if weights is not None else None,
            where=_where(where),
        )
        latest = list(dict.fromkeys(str(item) for item in reversed(items)))
        known = self._known_items(latest)
        if not known:
            raise NotFoundError(f"The store has none of these items: {latest[:5]}.")
        started = [
            Started(item, 0.8**age) for age, item in enumerate(latest) if item in known
        ]
        return self._ranked(request, started, [str(item) for item in items])

    def recommend_all(
        self,
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        known: Known = "new",
        users: Sequence[ItemId] | None = None,
        progress: Progress = SILENT,
    ) -> pl.DataFrame:
        """The `k` best items of everyone, or of `users`: a row for each user and rank.

        The same lists as `recommend` gives, from arrays and without paths or rules:
        user, rank, item, title, score, and what each part gives to the score.

        Raises `UsageError` for what cannot be asked, and with a reranker, which orders
        one request at a time; `NotFoundError` for an unknown user or where nothing is
        derived.
        """
        if self._reranker is not None:
            raise UsageError(
                "A reranker orders one request at a time. Ask recommend for each user, "
                "or a Recommender without it for everyone."
            )
        request = Request.of(
            user=None,
            k=k,
            known=known,
            weights=dict(weights) if weights is not None else None,
        )
        standing = self._standing()
        blend = self._blend(request, standing)
        found = everyone(
            self._store,
            blend,
            [
                self._store.vectors(version.card.name, version.version)
                for part, version in serving(standing.versions).items()
                if blend.weights.get(part)
            ],
            k=request.k,
            known=request.known,
            users=None if users is None else [str(user) for user in users],
            progress=progress,
        )
        return standing.typed(found)

    def notes(self, known: Known = "new") -> tuple[str, ...]:
        """What a person should know of answers with the published weights.

        Empty, or a sentence that says that those weights are not used, because they
        were learned with another version than the one that serves.
        """
        return self._standing().notes(known)

    def similar(self, item: ItemId, k: int = 10) -> Recommendations:
        """The `k` items nearest to one, by its relationships and its vectors."""
        Request.of(user=None, k=k)
        rows = similar(self._store, str(item), k)
        if rows is None:
            raise NotFoundError(f"The store has no item {item!r}.")
        weights = complete({"graph": 1.0, "gnn": 1.0})
        return self._standing().recommended(rows, weights, None)

    def explain(
        self, user: ItemId, item: ItemId, *, as_of: Moment = None
    ) -> Recommendation:
        """One item's score for a user, its parts, and its path, wherever it ranks."""
        if not self._known_items([str(item)]):
            raise NotFoundError(f"The store has no item {item!r}.")
        request = Request.of(user=user, k=1_000_000, known="any", as_of=as_of)
        for found in self._ranked(request, ()):
            if str(found.item) == str(item):
                return found
        raise NotFoundError(
            f"Item {item!r} is no candidate for user {user!r}: no relationship leads "
            "to it from their history, and it is neither near nor popular."
        )

    def _ranked(
        self,
        request: Request,
        session: Sequence[Started],
        read: Sequence[str] = (),
    ) -> Recommendations:
        standing = self._standing()
        blend = self._blend(request, standing, read)
        vectors = self._read(read, blend, standing)
        rows = self._rows(request, blend, session, vectors)
        if rows is None:
            raise NotFoundError(
                f"The store has no user {request.user!r}. "
                "For someone without an account use session([items]), or --session ITEM."
            )
        notes = () if request.weights else standing.notes(request.known)
        return standing.recommended(rows, blend.weights, request.user, notes)

    def _read(
        self, items: Sequence[str], blend: Blend, standing: Standing
    ) -> Mapping[str, FloatArray]:
        """The encoder's part -> what it makes of the items of a session."""
        if self._encoder is None or not items:
            return NONE
        card = self._encoder.card
        if not blend.weights.get(card.part):
            return NONE
        standing.check(card)
        vector = self._encoder.vector(items)
        return NONE if vector is None else {card.part: vector}

    def _blend(
        self, request: Request, standing: Standing, read: Sequence[str] = ()
    ) -> Blend:
        """As asked, as published, or else as it is by default."""
        published = standing.published(request.known)
        weights: Mapping[str, float] = request.weights or {
            part: weight for part, weight in published.items() if part in PARTS
        }
        if not weights and self._encoder is not None and read:
            weights = SESSION_WEIGHTS
        settings = BlendSettings.from_properties(published)
        return Blend(complete(weights or DEFAULT_WEIGHTS[request.known]), settings)

    def _rows(
        self,
        request: Request,
        blend: Blend,
        session: Sequence[Started],
        vectors: Mapping[str, FloatArray],
    ) -> Sequence[Row] | None:
        if self._reranker is None:
            return self._engine.rank(request, blend, session, vectors)
        most = max(request.k, self._reranker.depth)
        deeper = request.model_copy(update={"k": most})
        rows = self._engine.rank(deeper, blend, session, vectors)
        if rows is None:
            return None
        return self._reranker.rerank(request.user, rows, blend)[: request.k]

    def _standing(self) -> Standing:
        """What the store holds, read again once it has changed."""
        dataset = held(self._store)
        if self._seen is None or self._seen.dataset != dataset:
            self._seen = Standing(dataset, tuple(self._store.models()))
        return self._seen

    def _known_items(self, items: Sequence[str]) -> set[str]:
        rows = self._store.run(
            "UNWIND $items AS one MATCH (item:Item {id: one}) RETURN item.id AS id",
            {"items": list(items)},
        )
        return set(rows["id"]) if "id" in rows.columns else set()


def _engine(store: GraphStore) -> Engine:
    if store.dialect == "ladybug":
        from basketweave.graph.embedded.store import LadybugStore
        from basketweave.serving.embedded import EmbeddedEngine

        assert isinstance(store, LadybugStore)
        return EmbeddedEngine(store)
    from basketweave.graph.neo4j import Neo4jStore
    from basketweave.serving.cypher import CypherEngine

    assert isinstance(store, Neo4jStore)
    return CypherEngine(store)


def _where(where: Where | Mapping[str, Any] | None) -> Where:
    if where is None:
        return Where()
    return where if isinstance(where, Where) else Where.of(**where)
