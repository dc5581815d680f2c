"""Which versions of models there are, and the way back."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.replies import ModelOut, ModelsOut
from basketweave.service.routes.told import resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Models and blends."""
    router = resource(service, "models", "admin")
    changes = service.changes

    @router.get("/models", response_model=ModelsOut)
    async def models() -> Response:
        """All versions, the newest first within each name."""
        return await service.read(lambda: {"models": changes.models()})

    @router.post("/models/{name:id}/rollback", response_model=ModelOut)
    async def rollback(name: str) -> Response:
        """Make the version before the live one live again."""
        return await service.write(lambda: changes.rollback(name))

    return router
