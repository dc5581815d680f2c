"""What the documentation says of refusals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from basketweave.service.asked import NO_NUL
from basketweave.service.keys import Scope
from basketweave.service.replies import RefusalOut
from basketweave.service.service import Service

Limit = Annotated[int, Query(ge=1, le=1_000, description="Rows of a page.")]
Cursor = Annotated[
    str | None,
    Query(min_length=1, pattern=NO_NUL, description="The `cursor` of the page before."),
]
Text = Annotated[
    str,
    Query(
        max_length=200,
        pattern=NO_NUL,
        description="Part of a title in any case, or an id's start.",
    ),
]
REFUSED: dict[str, Any] = {"model": RefusalOut, "description": "Why there is no answer"}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: REFUSED | {"description": "No valid key"},
    403: REFUSED | {"description": "The key lacks the scope, or this is another host"},
    404: REFUSED | {"description": "No such user, item or name"},
    408: REFUSED | {"description": "The rest of the request did not come"},
    413: REFUSED | {"description": "The body is too large"},
    422: REFUSED | {"description": "What was sent cannot be used"},
    429: REFUSED | {"description": "Too many requests; see Retry-After"},
    503: REFUSED | {"description": "The store does not answer; see Retry-After"},
}
"""Refusals that any route may give."""


def resource(service: Service, tag: str, scope: Scope) -> APIRouter:
    """A router under /api whose routes need a key of this scope."""
    return APIRouter(
        prefix="/api",
        tags=[tag],
        dependencies=[service.access.needs(scope)],
        responses=REFUSALS,
    )
