"""What the routes of one app share: the work, the threads it is done in, who may ask."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from fastapi.responses import Response
from pydantic_core import from_json

from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.store import GraphStore
from basketweave.service.access import Access
from basketweave.service.answer import Answer, named, written
from basketweave.service.answers import Answers
from basketweave.service.asked import AskMany, AskUser, ShownIn
from basketweave.service.cache import Cache, MemoryCache, NoCache, of_user
from basketweave.service.changes import Changes
from basketweave.service.degrade import spared
from basketweave.service.described import items, users
from basketweave.service.keys import Keys
from basketweave.service.metrics import Metrics
from basketweave.service.outage import Outage
from basketweave.service.pool import Pool
from basketweave.service.rate import Rate
from basketweave.service.remembered import Remembered
from basketweave.service.settings import ServiceSettings
from basketweave.serving.engine import SessionEncoder


class Service:
    """One store, served."""

    def __init__(
        self,
        store: GraphStore,
        settings: ServiceSettings,
        encoder: SessionEncoder | None = None,
        given: Remembered | None = None,
        rate: Rate | None = None,
    ) -> None:
        self.settings, self.metrics = settings, Metrics()
        self.cache = _cache(settings, store)
        self.answers = Answers(store, encoder)
        self.given = given or Remembered()
        self.changes = Changes(store, self.cache, self.given, self.metrics)
        self.items = items(store, self.cache, self.answers.ids)
        self.users = users(store, self.cache, self.answers.ids)
        self.access = Access(_keys(settings), rate or Rate(settings.limit))
        waiting, timeout = settings.waiting, settings.timeout
        told = self.metrics.waiting.set
        self.readers = Pool("ask", settings.threads, waiting, timeout, told)
        self.writers = Pool("write", 1, waiting, timeout)
        self._outage = Outage()

    async def read(self, work: Callable[[], Any]) -> Response:
        """An answer of what `work` returns, in one of the threads that read."""
        return json(await self.readers.run(lambda: self._done(work)))

    async def write(self, work: Callable[[], Any], status: int = 200) -> Response:
        """The same for what writes, one at a time."""
        return json(await self.writers.run(lambda: self._done(work)), status)

    async def put(self, work: Callable[[], tuple[Any, bool]]) -> Response:
        """What `work` made: 201 where it came into being."""

        def done() -> tuple[bytes, bool]:
            with self._outage.passing():
                made, new = work()
                return written(made), new

        content, new = await self.writers.run(done)
        return json(content, 201 if new else 200)

    async def answer(
        self, who: str, asked: object, work: Callable[[], Answer]
    ) -> Response:
        """A list, from the cache where it stands there.

        who     the person or the item that the answer is about
        asked   all that it depends on beside the state of the store
        """
        return json(await self.readers.run(lambda: self._answer(who, asked, work)[1]))

    async def recommend(self, asked: AskUser) -> Response:
        """A list for a person, by the blend of their group in an experiment."""
        return json(await self.readers.run(lambda: self._recommend(asked)))

    async def batch(self, asked: AskMany) -> Response:
        """An answer for each request, or why there is none."""
        return json(await self.readers.run(lambda: self._batch(asked)))

    def close(self) -> None:
        """Let what has begun come to its end."""
        self.readers.close()
        self.writers.close()

    def _done(self, work: Callable[[], Any]) -> bytes:
        with self._outage.passing():
            return written(work())

    def _batch(self, asked: AskMany) -> bytes:
        return b'{"answers":[%s]}' % b",".join(map(self._one, asked.requests))

    def _one(self, asked: AskUser) -> bytes:
        try:
            return self._recommend(asked)
        except (NotFoundError, UsageError) as error:
            return written({"user": asked.user, "detail": str(error)})

    def _recommend(self, asked: AskUser) -> bytes:
        with self._outage.passing():
            mine = spared("groups", lambda: self.answers.assigned(asked))
        name, content = self._answer(
            of_user(asked.user),
            (asked, mine),
            lambda: self.answers.recommend(asked, mine),
        )
        if asked.record_shown:
            self.changes.shown(ShownIn(answer=name))
        return content

    def _answer(
        self, who: str, asked: object, work: Callable[[], Answer]
    ) -> tuple[str, bytes]:
        """The id of an answer, and all of it."""
        with self._outage.passing():
            found, place, state = None, None, None
            if not isinstance(self.cache, NoCache):
                state = spared("cache", self.answers.state)
            if state is not None:
                question = _hash(f"{state} {asked!r}")
                found, place = self.cache.find(who, question)
                self.metrics.cached.labels("no" if found is None else "yes").inc()
            if found is None:
                plain = self._computed(work)
                found = written(plain)
                if place is not None and plain["degraded"] is None:
                    self.cache.keep(place, found)
            else:
                plain = from_json(found)
        name = self.given.name()
        self.given.keep(name, plain)
        return name, named(found, name)

    def _computed(self, work: Callable[[], Answer]) -> dict[str, Any]:
        answer = work()
        self.metrics.answers.labels(answer.degraded or "no").inc()
        return answer.plain()


def json(content: bytes, status: int = 200) -> Response:
    """An answer of JSON that has been written already."""
    return Response(content, status, media_type="application/json")


def _keys(settings: ServiceSettings) -> Keys | None:
    return None if settings.keys is None else Keys(settings.keys)


def _cache(settings: ServiceSettings, store: GraphStore) -> Cache:
    if settings.cache == "none":
        return NoCache()
    if settings.cache == "memory":
        return MemoryCache(settings.cache_seconds)
    from basketweave.service.redis_cache import RedisCache

    # Of a file there is one service at a time, which counts its states from the start.
    shared = store.uri if store.dialect == "neo4j" else settings.run
    return RedisCache(settings.cache, settings.cache_seconds, _hash(shared)[:12])


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
