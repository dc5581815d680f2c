"""`remote` and `remote_async`: the verbs of a `Recommender` on another machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Self, TypeVar

from basketweave.remote_client import asking, telling
from basketweave.remote_client.connection import (
    AsyncConnection,
    Connection,
)
from basketweave.remote_client.question import Call

P = ParamSpec("P")
T = TypeVar("T")


def _now(ask: Callable[P, Call[T]]) -> Callable[Concatenate[Remote, P], T]:
    """The method that asks this question and waits for its answer."""

    @wraps(ask)
    def method(self: Remote, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.ask(ask(*args, **kwargs))

    return method


def _soon(
    ask: Callable[P, Call[T]],
) -> Callable[Concatenate[AsyncRemote, P], Awaitable[T]]:
    """The same, to be awaited."""

    @wraps(ask)
    async def method(self: AsyncRemote, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.ask(ask(*args, **kwargs))

    return method


class Remote:
    """A service on another machine, asked as a `Recommender` on this one.

    with basketweave.remote("http://127.0.0.1:8750", key) as shop:
        print(shop.recommend(1, k=10, known="any"))

    Raises what a `Recommender` raises; `StoreError` where the service has lost its
    store, and `ServiceError` where it cannot be reached, refuses the key, is asked too
    often or fails. Safe to use from several threads.
    """

    recommend = _now(asking.recommend)
    session = _now(asking.session)
    batch = _now(asking.batch)
    similar = _now(asking.similar)
    explain = _now(asking.explain)
    users_for = _now(asking.users_for)
    categories = _now(asking.categories)
    bought_together = _now(asking.bought_together)
    item = _now(asking.item)
    user = _now(asking.user)
    items = _now(asking.items)
    users = _now(asking.users)
    about = _now(asking.about)
    models = _now(asking.models)
    health = _now(asking.health)
    record = _now(telling.record)
    delete_events = _now(telling.delete_events)
    shown = _now(telling.shown)
    upsert_items = _now(telling.upsert_items)
    upsert_users = _now(telling.upsert_users)
    delete_item = _now(telling.delete_item)
    forget_user = _now(telling.forget_user)
    rollback = _now(telling.rollback)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, question: Call[T]) -> T:
        """The answer to a question made by `remote_client.asking` or `telling`."""
        return self._connection.ask(question)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncRemote:
    """The same for asyncio: each verb is awaited.

    async with basketweave.remote_async("http://127.0.0.1:8750", key) as shop:
        print(await shop.recommend(1, k=10, known="any"))
    """

    recommend = _soon(asking.recommend)
    session = _soon(asking.session)
    batch = _soon(asking.batch)
    similar = _soon(asking.similar)
    explain = _soon(asking.explain)
    users_for = _soon(asking.users_for)
    categories = _soon(asking.categories)
    bought_together = _soon(asking.bought_together)
    item = _soon(asking.item)
    user = _soon(asking.user)
    items = _soon(asking.items)
    users = _soon(asking.users)
    about = _soon(asking.about)
    models = _soon(asking.models)
    health = _soon(asking.health)
    record = _soon(telling.record)
    delete_events = _soon(telling.delete_events)
    shown = _soon(telling.shown)
    upsert_items = _soon(telling.upsert_items)
    upsert_users = _soon(telling.upsert_users)
    delete_item = _soon(telling.delete_item)
    forget_user = _soon(telling.forget_user)
    rollback = _soon(telling.rollback)

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ask(self, question: Call[T]) -> T:
        """The answer to a question made by `remote_client.asking` or `telling`."""
        return await self._connection.ask(question)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def remote(
    url: str, key: str | None = None, *, timeout: float = 10, tries: int = 4
) -> Remote:
    """A service, ready to be asked.

    url       where it runs, such as `https://shop.example:8750`
    key       one made by `basketweave keys`; None: a service of this machine needs none
    timeout   seconds until a connection, and until an answer, is given up
    tries     how often at most a question is asked that may be asked again: while the
              service cannot be reached, is asked too often (429) or has lost its store
              (503). It waits as long as the service says, and else ever longer.
    """
    return Remote(Connection(url, key, timeout, tries))


def remote_async(
    url: str, key: str | None = None, *, timeout: float = 10, tries: int = 4
) -> AsyncRemote:
    """The same for asyncio."""
    return AsyncRemote(AsyncConnection(url, key, timeout, tries))
