"""What leads to an item, and what an item leads to."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.cache import of_item
from basketweave.service.replies import AnswerOut, ItemOut, SuitedOut, TogetherOut
from basketweave.service.routes.recommend import Few
from basketweave.service.routes.told import resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Items like an item, and why an item is for somebody."""
    router = resource(service, "recommend", "read")
    answers = service.answers

    @router.get("/similar/{item:id}", response_model=AnswerOut)
    async def similar(item: str, k: Few = 10) -> Response:
        """Items like an item, by its relationships and its vectors."""
        return await service.answer(
            of_item(item), ("similar", k), lambda: answers.similar(item, k)
        )

    @router.get("/explain/{user:id}/{item:id}", response_model=ItemOut)
    async def explain(user: str, item: str, as_of: str | None = None) -> Response:
        """An item's score for a person, its parts and its path, wherever it ranks."""
        return await service.read(lambda: answers.explain(user, item, as_of))

    @router.get("/users-for/{item:id}", response_model=SuitedOut)
    async def users_for(item: str, k: Few = 10) -> Response:
        """The people whom an item suits best, of those who never bought it."""
        return await service.read(lambda: answers.users_for(item, k))

    @router.get("/bought-together/{item:id}", response_model=TogetherOut)
    async def bought_together(item: str, k: Few = 10) -> Response:
        """What stands in the same baskets as an item, and how often."""
        return await service.read(lambda: answers.bought_together(item, k))

    return router
