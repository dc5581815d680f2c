"""Around every request: its id, its line in the log, its place in the metrics."""

from __future__ import annotations

import re
import time
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from basketweave.service.degrade import told
from basketweave.service.failures import refusal
from basketweave.service.log import LOG
from basketweave.service.metrics import Metrics

_ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
WRONG = "Something went wrong here; the log says what."


class Observed:
    """Gives each request an id, and says afterwards how it went.

    The log has the route, never the path: a path has the ids of people.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        name = _asked(scope) or uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"] = name
        began, status = time.perf_counter(), 500

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status, state["begun"] = message["status"], True
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", name.encode()),
                ]
            await send(message)

        failed = None
        try:
            await self._app(scope, receive, named)
        except Exception as error:  # noqa: BLE001  # nobody is left without an answer
            failed = told(error)
            if not state.get("begun"):
                answer = refusal(Request(scope), 500, WRONG)
                await answer(scope, receive, named)
        took = time.perf_counter() - began
        route = getattr(scope.get("route"), "path_format", "none")
        self._metrics.answered(scope["method"], route, status, took)
        LOG.info(
            "request",
            request_id=name,
            method=scope["method"],
            route=route,
            status=status,
            ms=round(1000 * took, 1),
            **({"key": state["key"]} if state.get("key") else {}),
            **({"error": failed} if failed else {}),
        )


def _asked(scope: Scope) -> str | None:
    """The id that the client gave its request, if it can be written into a log."""
    given = Headers(scope=scope).getlist("x-request-id")
    return next(filter(_ID.fullmatch, given), None)
