"""What experiments say so far."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from basketweave.service.routes.told import resource
from basketweave.service.service import Service

Days = Annotated[
    float,
    Query(
        gt=0, le=365, description="How long after it was shown an item may be taken."
    ),
]


def routes(service: Service) -> APIRouter:
    """Experiments are started and stopped on the command line."""
    router = resource(service, "experiments", "read")

    @router.get("/experiments/{name:id}", response_model=dict[str, Any])
    async def report(name: str, window_days: Days = 7) -> Response:
        """What each group took of what it was shown, and whether they differ."""
        return await service.read(lambda: service.answers.report(name, window_days))

    return router
