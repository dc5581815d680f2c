"""Whether the service lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.replies import HealthOut
from basketweave.service.routes.told import REFUSED
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Two questions that need no key."""
    router = APIRouter(tags=["health"], prefix="/api/health")

    @router.get("/live", response_model=HealthOut)
    async def live() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @router.get("/ready", response_model=HealthOut, responses={503: REFUSED})
    async def ready() -> Response:
        """Whether the store answers and can recommend: 503 where it cannot."""
        return await service.read(service.answers.ready)

    return router
