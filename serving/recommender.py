"""`Recommender`: the Python client for graph-aware recommendations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from basketweave.blend.parts import VECTOR_PARTS
from basketweave.blend.request import PARTS, Request, Where
from basketweave.blend.settings import (
    DEFAULT_WEIGHTS,
    SESSION_WEIGHTS,
    complete,
)
from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.ids import as_id, as_ids
from basketweave.graph.known import Known
from basketweave.graph.store import Dataset, GraphStore
from basketweave.graph.subgraph import FloatArray
from basketweave.moments import Moment
from basketweave.progress import SILENT, Progress
from basketweave.serving.arranged import arranged, depth
from basketweave.serving.audience import (
    NextCategory,
    Suited,
    Together,
    bought_together,
    next_categories,
    suited,
)
from basketweave.serving.checks import (
    check_parts,
    check_pinned,
    check_rules,
    names_a_store,
)
from basketweave.serving.engine import (
    NONE,
    Arranged,
    Blend,
    Reranks,
    Row,
    SessionEncoder,
    SessionItem,
    require_derived,
)
from basketweave.serving.everyone import Everyone
from basketweave.serving.recommendation import (
    ItemId,
    Recommendation,
    Recommendations,
)
from basketweave.serving.similar import similar
from basketweave.serving.snapshot import Engine, Snapshot
from basketweave.serving.standing import Standing
from basketweave.shown import shown


class Recommender:
    """Recommends from a store, with the scores' parts and the paths that explain them.

    with connect("demo.lbug") as store:
        print(Recommender(store).recommend(1, k=10, known="any"))

    Ids go in and come back as they were in the source: numbers stay numbers.
    """

    def __init__(
        self,
        store: GraphStore,
        reranker: Reranks | None = None,
        encoder: SessionEncoder | None = None,
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

    def recommend(
        self,
        user: ItemId,
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        blend: str | None = None,
        known: Known = "new",
        where: Where | Mapping[str, Any] | None = None,
        session: Iterable[ItemId] = (),
        as_of: Moment = None,
        diversity: float = 0.0,
        explore: float = 0.0,
        seed: str | None = None,
    ) -> Recommendations:
        """The `k` best items for a user.

        weights   part -> weight, in place of those published with the blend
        blend     a blend that was published, such as `blend_new@3`, as it was then: its
                  weights and constants, with the versions of encoders they were
                  learned with; None: the one that is live
        known     `new`: not bought before, `again`: bought before, `any`: both
        where     rules, as a `Where` or a mapping of its fields
        session   items in the basket now, which count beside the history
        as_of     Unix second, date (all of it) or time; later events do not count
        diversity from 0 to 1: how much an item's likeness to those above it counts
                  against it, by their vectors (`blend/diversity.py`)
        explore   share of the places for new and little-shown items
                  (`blend/explore.py`)
        seed      what explored places are drawn with; None: by the user and the day

        Whenever `k` items keep the rules, `k` come back. Raises `UsageError` for an
        argument that cannot be used, and `NotFoundError` for a user, a category, a
        brand or a part that the store does not have.
        """
        request = Request(
            user=as_id(user),
            k=k,
            known=known,
            weights=weights,
            blend=blend,
            where=Where.given(where),
            as_of=as_of,
            diversity=diversity,
            explore=explore,
            seed=seed,
        )
        held = [SessionItem(item) for item in as_ids(session, "session")]
        with self._engine.snapshot() as now:
            return self._ranked(now, request, held)

    def session(
        self,
        items: Iterable[ItemId],
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        blend: str | None = None,
        where: Where | Mapping[str, Any] | None = None,
        diversity: float = 0.0,
        explore: float = 0.0,
        seed: str | None = None,
    ) -> Recommendations:
        """The `k` best items for someone without an account, from what they hold.

        `items` are in the order in which they were taken; the last one counts most.
        With an `encoder`, its part compares items with its vector of the whole session.
        Raises `NotFoundError` where the store knows none of the items, and `UsageError`
        where the encoder is of another training than the live vectors.
        """
        held = as_ids(items, "items")
        if not held:
            raise UsageError("A session needs at least one item.")
        request = Request(
            user=None,
            k=k,
            known="new",
            weights=weights,
            blend=blend,
            where=Where.given(where),
            diversity=diversity,
            explore=explore,
            seed=seed,
        )
        latest = list(dict.fromkeys(reversed(held)))
        with self._engine.snapshot() as now:
            stored = now.stored(latest)
            if not stored:
                some = ", ".join(shown(item) for item in latest[:5])
                raise NotFoundError(f"The store has none of these items: {some}.")
            started = [
                SessionItem(item, 0.8**age)
                for age, item in enumerate(latest)
                if item in stored
            ]
            return self._ranked(now, request, started, held)

    def recommend_all(
        self,
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        known: Known = "new",
        where: Where | Mapping[str, Any] | None = None,
        users: Iterable[ItemId] | None = None,
        progress: Progress = SILENT,
    ) -> pl.DataFrame:
        """The `k` best items of everyone, or of `users`: a row for each user and rank.

        The lists are those of `recommend` under the same rules, without paths. Columns:
        user, rank, item, title, score, and each part's contribution to the score.

        Raises `UsageError` for an argument that cannot be used, or where there is a
        reranker, which orders one request at a time. Raises `NotFoundError` for a name
        that the store does not have, or where nothing is derived.
        """
        asked = None if users is None else as_ids(users, "users")
        with self.everyone(
            k, weights=weights, known=known, where=where, progress=progress
        ) as found:
            rows = found.rows(asked)
            with progress.task("Recommending", total=len(rows)) as advance:
                lists = found.lists(rows, advance)
        return self.typed(lists)

    @contextmanager
    def everyone(
        self,
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        known: Known = "new",
        where: Where | Mapping[str, Any] | None = None,
        progress: Progress = SILENT,
    ) -> Iterator[Everyone]:
        """What `recommend_all` computes lists from, for who wants them piece by piece.

        Inside the context the store is one state. Ids are texts (`typed`). Raises as
        `recommend_all` does.
        """
        if self._reranker is not None:
            raise UsageError(
                "A reranker orders one request at a time. Ask recommend for each user, "
                "or a Recommender without it for everyone."
            )
        request = Request(
            user=None, k=k, known=known, weights=weights, where=Where.given(where)
        )
        with self._store.one_state(), self._engine.snapshot() as now:
            self._check(request, now)
            blend = self._blend(request, now.standing)
            vectors = [
                self._store.vectors(version.card.name, version.version)
                for part, version in now.standing.live.items()
                if blend.weights.get(part)
            ]
            yield Everyone(self._store, request, blend, vectors, progress)

    def typed(self, lists: pl.DataFrame) -> pl.DataFrame:
        """The lists with ids as they are in the source."""
        with self._engine.snapshot() as now:
            return now.standing.typed(lists)

    def dataset(self) -> Dataset:
        """The data set from which requests are answered, as they see it.

        Raises `NotReadyError` where it is empty.
        """
        with self._engine.snapshot() as now:
            return now.standing.dataset

    def notes(self, known: Known = "new") -> tuple[str, ...]:
        """Sentences that a reader of answers with the published weights should know.

        One says that those weights are not used, because they were learned with
        another version than the one that serves. Empty where there is nothing to say.
        """
        with self._engine.snapshot() as now:
            return now.standing.notes(known)

    def origin(
        self, known: Known = "new", weights: Mapping[str, float] | None = None
    ) -> str:
        """What lists come from, in words, such as `blend_new_v3 with gat_v2`.

        Raises `UsageError` for arguments that cannot be used.
        """
        request = Request(user=None, known=known, weights=weights)
        with self._engine.snapshot() as now:
            standing = now.standing
            counts = self._blend(request, standing).weights
            said = "given weights" if weights else standing.blend(known)
            encoders = [key for p, key in standing.encoders().items() if counts.get(p)]
        own = said or "default weights"
        return f"{own} with {', '.join(encoders)}" if encoders else own

    def similar(self, item: ItemId, k: int = 10) -> Recommendations:
        """The `k` items nearest to `item`, by its relationships and its vectors.

        Raises `NotFoundError` where the store has no such item.
        """
        name, most = as_id(item), Request(user=None, k=k).k
        with self._engine.snapshot() as now:
            standing = now.standing
            rows = similar(self._store, name, most)
            if rows is None and not now.stored([name]):
                raise NotFoundError(f"The store has no item {shown(item)}.")
        weights = complete({"graph": 1.0, "gnn": 1.0})
        return standing.recommended(Arranged(rows or []), weights, None)

    def users_for(self, item: ItemId, k: int = 10) -> list[Suited]:
        """The `k` users whom an item suits best, of those who never bought it.

        Raises `NotFoundError` where the store has no such item.
        """
        name, most = as_id(item), Request(user=None, k=k).k
        with self._about(name) as now:
            rows = suited(self._store, now.standing.live.get("gnn"), name, most)
            ids = now.standing.ids("user", rows["id"])
        numbers = rows.select("score", "walked", "cosine").iter_rows()
        return [Suited(user, *row) for user, row in zip(ids, numbers, strict=True)]

    def categories(self, user: ItemId, k: int = 10) -> list[NextCategory]:
        """The `k` categories that a user is most likely to buy from next.

        They are those of the 100 items that are recommended to the user, new ones and
        ones had before. Raises `NotFoundError` where the store has no such user.
        """
        request, most = (
            Request(user=user, k=100, known="any"),
            Request(user=None, k=k).k,
        )
        with self._engine.snapshot() as now:
            found = self._ranked(now, request, ())
            return next_categories(self._store, found, most)

    def bought_together(self, item: ItemId, k: int = 10) -> list[Together]:
        """The `k` items that stand most in the same baskets as an item.

        Raises `NotFoundError` where the store has no such item.
        """
        name, most = as_id(item), Request(user=None, k=k).k
        with self._about(name) as now:
            rows = bought_together(self._store, name, most)
            ids = now.standing.ids("item", [row["id"] for row in rows])
        return [
            Together(
                one, row["title"] or "", row["support"], row["lift"], row["weight"]
            )
            for one, row in zip(ids, rows, strict=True)
        ]

    @contextmanager
    def _about(self, item: str) -> Iterator[Snapshot]:
        """The state now, in which the store has this item."""
        with self._engine.snapshot() as now:
            require_derived(now.standing.dataset, self._store)
            if not now.stored([item]):
                raise NotFoundError(f"The store has no item {shown(item)}.")
            yield now

    def explain(
        self, user: ItemId, item: ItemId, *, as_of: Moment = None
    ) -> Recommendation:
        """One item's score for a user, its parts, and its path, wherever it ranks.

        The item is ranked among the candidates of a request with `known` `any`, and is
        always one of them. Raises `NotFoundError` where the store does not have the
        user or the item.
        """
        request = Request(user=as_id(user), known="any", as_of=as_of, only=item)
        with self._engine.snapshot() as now:
            if not now.stored([request.only or ""]):
                raise NotFoundError(f"The store has no item {shown(item)}.")
            found = self._ranked(now, request, ())
        return next(one for one in found if str(one.item) == request.only)

    def _ranked(
        self,
        now: Snapshot,
        request: Request,
        session: Sequence[SessionItem],
        read: Sequence[str] = (),
    ) -> Recommendations:
        if request.blend is not None:
            now = now.under(now.standing.at(request.blend, request.known))
        self._check(request, now)
        blend = self._blend(request, now.standing, read)
        vectors = self._read(read, blend, now.standing)
        rows = self._rows(now, request, blend, session, vectors)
        if rows is None:
            raise NotFoundError(
                f"The store has no user {shown(request.user)}. "
                "For someone without an account use session([items]), or --session ITEM."
            )

        def one(item: str) -> Row:
            alone = request.model_copy(update={"only": item})
            return (now.rank(alone, blend, session, vectors) or [])[0]

        who = request.user or " ".join(one.item for one in session)
        found = arranged(now, request, rows, one, who)
        standing, known, own = now.standing, request.known, request.weights
        return standing.recommended(
            found,
            blend.weights,
            request.user,
            () if own else standing.notes(known),
            None if own else standing.blend(known),
        )

    def _check(self, request: Request, now: Snapshot) -> None:
        """Raise what is to be said of names and parts that the store has not."""
        require_derived(now.standing.dataset, self._store)
        check_parts(request.weights, now.standing)
        if names_a_store(request.where):
            check_rules(request.where, now.names())
        check_pinned(request.where, now)

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
        settings = standing.settings(request.known)
        encoders = None if request.blend is None else (*standing.encoders().values(),)
        whole = complete(weights or DEFAULT_WEIGHTS[request.known])
        if not any(whole[part] for part in ("graph", *VECTOR_PARTS)):
            settings = settings.without_walk()
        return Blend(whole, settings, encoders)

    def _rows(
        self,
        now: Snapshot,
        request: Request,
        blend: Blend,
        session: Sequence[SessionItem],
        vectors: Mapping[str, FloatArray],
    ) -> Sequence[Row] | None:
        most = depth(request)
        if self._reranker is not None and request.only is None:
            most = max(most, self._reranker.depth)
        if most > request.k:
            request = request.model_copy(update={"k": most})
        rows = now.rank(request, blend, session, vectors)
        if self._reranker is None or request.only is not None or rows is None:
            return rows
        return self._reranker.rerank(request.user, rows, blend)


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
