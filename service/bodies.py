"""Bodies that are too large, or do not come."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Bounded:
    """Reads at most so many bytes of a request's body, for at most so many seconds.

    most       bytes; more of them are answered with 413
    patience   seconds; a body that has not come by then is answered with 408
    """

    def __init__(self, app: ASGIApp, most: int, patience: float) -> None:
        self._app, self._most, self._patience = app, most, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        left, complete, until = self._most, False, 0.0

        async def bounded() -> Message:
            nonlocal left, complete, until
            if complete:
                return await receive()
            until = until or asyncio.get_running_loop().time() + self._patience
            if _announced(scope) > self._most:
                raise self._too_large()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                told = "The rest of the request did not come."
                raise HTTPException(408, told, {"Connection": "close"}) from None
            left -= len(message.get("body", b""))
            if left < 0:
                raise self._too_large()
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, bounded, send)

    def _too_large(self) -> HTTPException:
        told = f"A body may have {self._most:,} bytes. Send several smaller ones."
        return HTTPException(413, told)


def _announced(scope: Scope) -> int:
    """The body's length as the client says it; 0 where it does not."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0
