"""`create_app`: a store as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import basketweave
from basketweave.graph.store import GraphStore
from basketweave.service.bodies import Bounded
from basketweave.service.failures import handle_errors
from basketweave.service.local import LocalOnly
from basketweave.service.observe import Observed
from basketweave.service.paths import WholeIds
from basketweave.service.rate import Rate
from basketweave.service.remembered import Remembered
from basketweave.service.routes import (
    events,
    experiments,
    health,
    items,
    metrics,
    models,
    page,
    recommend,
    search,
    similar,
    users,
)
from basketweave.service.service import Service
from basketweave.service.settings import ServiceSettings
from basketweave.serving.engine import SessionEncoder

RESOURCES = (
    recommend,
    similar,
    search,
    events,
    items,
    users,
    models,
    experiments,
    health,
    metrics,
)
ABOUT = """Recommendations from a graph, with their parts and paths.

Every answer has an `id`; a refusal is `{"detail": …, "request_id": …}`. Ids go in and
come back as they were in the source; a slash in one is written `%2F` in a path."""


def create_app(
    store: GraphStore,
    settings: ServiceSettings | None = None,
    *,
    encoder: SessionEncoder | None = None,
    given: Remembered | None = None,
    rate: Rate | None = None,
) -> FastAPI:
    """The service of a store, which stays open as long as the app is used.

    `encoder` reads sessions; `given` remembers answers for what is said of them later,
    and `rate` counts who asks, both in this process alone where they are None. Without
    keys in `settings` everyone on this machine may do everything, and nobody else may
    ask.
    """
    settings = settings or ServiceSettings()
    service = Service(store, settings, encoder, given, rate)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.readers.start(service.answers.warm)
        yield
        service.close()

    app = FastAPI(
        title="basketweave",
        version=basketweave.__version__,
        description=ABOUT,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    handle_errors(app)
    for resource in RESOURCES:
        app.include_router(resource.routes(service))
    app.include_router(page.routes())
    _surround(app, service)
    return app


def _surround(app: FastAPI, service: Service) -> None:
    """What every request passes, from the inside out."""
    settings = service.settings
    most = int(settings.body_mb * 2**20)
    app.add_middleware(WholeIds)
    app.add_middleware(Bounded, most=most, patience=settings.patience)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["*"],
            allow_headers=["X-API-Key", "Content-Type", "X-Request-Id"],
            expose_headers=["X-Request-Id", "Retry-After"],
        )
    if settings.keys is None:
        app.add_middleware(LocalOnly, origins=settings.origins)
    app.add_middleware(Observed, metrics=service.metrics)
