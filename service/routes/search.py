"""What a page needs beside recommendations: what there is, who there is, what they had."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from basketweave.service.replies import AboutOut, FoundOut, HadOut
from basketweave.service.routes.told import Text, resource
from basketweave.service.service import Service

N = Annotated[int, Query(ge=1, le=100, description="How many of each.")]


def routes(service: Service) -> APIRouter:
    """Reads for people who look around."""
    router = resource(service, "look around", "read")
    answers = service.answers

    @router.get("/about", response_model=AboutOut)
    async def about() -> Response:
        """The data set, its size, and the live models."""
        return await service.read(answers.about)

    @router.get("/search", response_model=FoundOut)
    async def search(q: Text = "", n: N = 12) -> Response:
        """People whose id begins so, and items with this in their title or id."""
        return await service.read(lambda: answers.search(q.strip(), n))

    @router.get("/history/{user:id}", response_model=HadOut)
    async def history(user: str, n: N = 12) -> Response:
        """The items that a person had last, the latest first."""
        return await service.read(lambda: answers.history(user, n))

    return router
