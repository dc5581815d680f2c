"""What people do, recorded as it happens."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from basketweave.service.asked import EventsIn, NamedEventsIn, ShownIn
from basketweave.service.replies import RecordedOut, ShownOut, TakenBackOut
from basketweave.service.routes.told import resource
from basketweave.service.service import Service


def routes(service: Service) -> APIRouter:
    """Events: purchases, views, ratings."""
    router = resource(service, "events", "write")
    changes = service.changes

    @router.post("/events", response_model=RecordedOut)
    async def record(asked: EventsIn) -> Response:
        """Record 1 to 10,000 events: all of them, or none.

        When this answers they are on the disk, and the next request knows them. An
        event counts once by its own id, or else by user, item, kind and time, so what
        was not answered can be sent again.
        """
        return await service.write(lambda: changes.record(asked["events"]))

    @router.post("/shown", response_model=ShownOut)
    async def shown(asked: ShownIn) -> Response:
        """Record that a page showed an answer of the last hour: all of it, or some."""
        return await service.write(lambda: changes.shown(asked))

    @router.delete("/events", response_model=TakenBackOut)
    async def take_back(asked: NamedEventsIn) -> Response:
        """Take events back: by their own ids, or by user, item, kind and time."""
        return await service.write(lambda: changes.delete_events(asked["events"]))

    return router
