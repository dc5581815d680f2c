"""Users: put, changed, read, listed, forgotten."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.asked import UserIn, UsersIn
from basketweave.service.replies import ForgottenOut, UpsertedOut, UserRowOut, UsersOut
from basketweave.service.routes.told import Cursor, Limit, Text, resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Reading needs a key that reads, writing one that writes, forgetting an admin's."""
    reading, writing, admin = (
        resource(service, "users", scope) for scope in ("read", "write", "admin")
    )
    users = service.users

    @reading.get("/users", response_model=UsersOut)
    async def listed(
        limit: Limit = 100, cursor: Cursor = None, q: Text = ""
    ) -> Response:
        """Users in the order of their ids; the next page begins at `cursor`."""
        return await service.read(lambda: users.page(cursor, limit, q))

    @reading.get("/users/{user:id}", response_model=UserRowOut)
    async def one(user: str) -> Response:
        """What is known of a user."""
        return await service.read(lambda: users.one(user))

    @writing.post("/users", response_model=UpsertedOut)
    async def many(asked: UsersIn) -> Response:
        """Write up to 10,000 users: what a row does not name stays as it is."""
        return await service.write(lambda: users.many(asked["users"]))

    @writing.put(
        "/users/{user:id}",
        response_model=UserRowOut,
        responses={201: {"model": UserRowOut}},
    )
    async def put(user: str, row: UserIn) -> Response:
        """Make a user what the body says and nothing else; 201 where it is new."""
        return await service.put(lambda: users.put(user, row))

    @writing.patch("/users/{user:id}", response_model=UserRowOut)
    async def change(user: str, row: UserIn) -> Response:
        """Change what the body names of a user; null takes it away."""
        return await service.write(lambda: users.change(user, row))

    @admin.delete("/users/{user:id}", response_model=ForgottenOut)
    async def forget(user: str) -> Response:
        """Forget a person: all that is stored of them, and say how much that was."""
        return await service.write(lambda: service.changes.forget(user))

    every = APIRouter()
    for some in (reading, writing, admin):
        every.include_router(some)
    return every
