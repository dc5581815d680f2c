"""Lists for people and for sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from basketweave.graph.known import Known
from basketweave.service.asked import MOST, AskMany, AskSession, AskUser, Share
from basketweave.service.replies import AnswerOut, AnswersOut, CategoriesOut
from basketweave.service.routes.told import resource
from basketweave.service.service import Service

Few = Annotated[int, Query(ge=1, le=MOST, description="How many items.")]


def routes(service: Service) -> APIRouter:
    """Recommendations, as lists."""
    router = resource(service, "recommend", "read")
    answers = service.answers

    @router.get("/recommend/{user:id}", response_model=AnswerOut)
    async def recommend_user(
        user: str,
        k: Few = 10,
        known: Known = "new",
        diversity: Share = 0.0,
        explore: Share = 0.0,
        record_shown: bool = False,
    ) -> Response:
        """Items for a person."""
        asked = AskUser(
            user=user,
            k=k,
            known=known,
            diversity=diversity,
            explore=explore,
            record_shown=record_shown,
        )
        return await service.recommend(asked)

    @router.post("/recommend", response_model=AnswerOut)
    async def recommend(asked: AskUser) -> Response:
        """Items for a person, under rules, with weights, beside a basket."""
        return await service.recommend(asked)

    @router.post("/session", response_model=AnswerOut)
    async def session(asked: AskSession) -> Response:
        """Items for someone without an account, from what they hold."""
        who = f"session {asked.items[-1]}"
        return await service.answer(who, asked, lambda: answers.session(asked))

    @router.post("/batch", response_model=AnswersOut)
    async def batch(asked: AskMany) -> Response:
        """Several requests for people in one: an answer for each, or why there is none."""
        return await service.batch(asked)

    @router.get("/categories/{user:id}", response_model=CategoriesOut)
    async def categories(user: str, k: Few = 10) -> Response:
        """The categories that a person is most likely to buy from next."""
        return await service.read(lambda: answers.categories(user, k))

    return router
