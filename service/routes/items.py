"""Items: put, changed, read, listed, taken away."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.asked import ItemIn, ItemsIn
from basketweave.service.replies import DeletedOut, ItemRowOut, ItemsOut, UpsertedOut
from basketweave.service.routes.told import Cursor, Limit, Text, resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Reading needs a key that reads, writing one that writes, deleting an admin's."""
    reading, writing, admin = (
        resource(service, "items", scope) for scope in ("read", "write", "admin")
    )
    items = service.items

    @reading.get("/items", response_model=ItemsOut)
    async def listed(
        limit: Limit = 100, cursor: Cursor = None, q: Text = ""
    ) -> Response:
        """Items in the order of their ids; the next page begins at `cursor`."""
        return await service.read(lambda: items.page(cursor, limit, q))

    @reading.get("/items/{item:id}", response_model=ItemRowOut)
    async def one(item: str) -> Response:
        """What is known of an item."""
        return await service.read(lambda: items.one(item))

    @writing.post("/items", response_model=UpsertedOut)
    async def many(asked: ItemsIn) -> Response:
        """Write up to 10,000 items: what a row does not name stays as it is."""
        return await service.write(lambda: items.many(asked["items"]))

    @writing.put(
        "/items/{item:id}",
        response_model=ItemRowOut,
        responses={201: {"model": ItemRowOut}},
    )
    async def put(item: str, row: ItemIn) -> Response:
        """Make an item what the body says and nothing else; 201 where it is new."""
        return await service.put(lambda: items.put(item, row))

    @writing.patch("/items/{item:id}", response_model=ItemRowOut)
    async def change(item: str, row: ItemIn) -> Response:
        """Change what the body names of an item; null takes it away."""
        return await service.write(lambda: items.change(item, row))

    @admin.delete("/items/{item:id}", response_model=DeletedOut)
    async def delete(item: str) -> Response:
        """Take an item away with all events, links and vectors of it, and say how many."""
        return await service.write(lambda: service.changes.delete_item(item))

    every = APIRouter()
    for some in (reading, writing, admin):
        every.include_router(some)
    return every
