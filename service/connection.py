"""Connections that do not wait for ever for a client that does not go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""Address and headers of one request."""
TOO_LARGE = "431 Request Header Fields Too Large"
REFUSAL = (
    "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\n\r\n{body}"
)


def patient(seconds: float) -> Callable[..., HttpToolsProtocol]:
    """A protocol for uvicorn that waits so many seconds for a request's headers.

    Uvicorn itself waits for them for ever, and for any number of bytes of them.
    """

    class Patient(HttpToolsProtocol):
        waiting: asyncio.TimerHandle | None = None
        come = 0
        said = "400 Bad Request"

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.come += len(data)
                if self.waiting is None:
                    self._wait()
            super().data_received(data)
            if self.waiting is not None and self.come > HEAD_BYTES:
                self._refuse(TOO_LARGE)

        def on_headers_complete(self) -> None:
            head = len(self.url) + sum(len(n) + len(v) for n, v in self.headers)
            if head > HEAD_BYTES:
                self.said = TOO_LARGE
                raise ValueError(TOO_LARGE)  # which uvicorn answers as below
            self._go_on()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._go_on()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            self._refuse(self.said)

        def timeout_keep_alive_handler(self) -> None:
            if self.transport.get_write_buffer_size():  # who does not read it
                self.transport.abort()
            super().timeout_keep_alive_handler()

        def _wait(self) -> None:
            self.waiting = self.loop.call_later(
                seconds, self._refuse, "408 Request Timeout"
            )

        def _go_on(self) -> None:
            if self.waiting is not None:
                self.waiting.cancel()
            self.waiting, self.come = None, 0

        def _refuse(self, status: str) -> None:
            self._go_on()
            if not self.transport.is_closing():
                body = f'{{"detail": "{status[4:]}.", "request_id": ""}}'
                told = REFUSAL.format(status=status, length=len(body), body=body)
                self.transport.write(told.encode())
                self.transport.close()

    def made(*args: Any, **more: Any) -> HttpToolsProtocol:
        return Patient(*args, **more)

    return made
