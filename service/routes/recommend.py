"""Lists for people and for sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from basketweave.graph.known import Known
from basketweave.service.asked import MOST, AskMany, AskSession, AskUser
from basketweave.service.replies import AnswerOut, AnswersOut
from basketweave.service.routes.told import resource
from basketweave.service.service import Service

Few = Annotated[int, Query(ge=1, le=MOST, description="How many items.")]


def routes(service: Service) -> APIRouter:
    """Recommendations, as lists."""
    router = resource(service, "recommend", "read")
    answers = service.answers

    @router.get("/recommend/{user:id}", response_model=AnswerOut)
    async def recommend_user(user: str, k: Few = 10, known: Known = "new") -> Response:
        """Items for a person."""
        asked = AskUser(user=user, k=k, known=known)
        return await service.read(lambda: answers.recommend(asked).plain())

    @router.post("/recommend", response_model=AnswerOut)
    async def recommend(asked: AskUser) -> Response:
        """Items for a person, under rules, with weights, beside a basket."""
        return await service.read(lambda: answers.recommend(asked).plain())

    @router.post("/session", response_model=AnswerOut)
    async def session(asked: AskSession) -> Response:
        """Items for someone without an account, from what they hold."""
        return await service.read(lambda: answers.session(asked).plain())

    @router.post("/batch", response_model=AnswersOut)
    async def batch(asked: AskMany) -> Response:
        """Several requests for people in one: an answer for each, or why there is none."""
        return await service.read(lambda: {"answers": answers.batch(asked)})

    return router
