"""Figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from basketweave.service.routes.told import resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """The figures of this process."""
    router = resource(service, "health", "read")

    @router.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Latency by route, answers by degradation, cache lookups, events."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
