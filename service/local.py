"""Without keys only this machine is answered, and no other web site through it."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from basketweave.service.failures import refusal

TOLD = (
    "Without keys only this machine is answered. Make a key (basketweave keys create) "
    "to let others in."
)


class LocalOnly:
    """Refuses requests under a foreign host name, or that another site's page makes.

    So another site cannot read from here (DNS rebinding), and cannot write here. The
    pages named in `origins` may.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...] = ()) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._trusts(scope):
            answer = refusal(Request(scope), 403, TOLD)
            return await answer(scope, receive, send)
        await self._app(scope, receive, send)

    def _trusts(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        return (
            len(hosts) == 1
            and local(hosts[0])
            and all(map(self._ours, headers.getlist("origin")))
        )

    def _ours(self, origin: str) -> bool:
        return origin in self._origins or local(origin.partition("://")[2])


def local(host: str) -> bool:
    """Whether a host, as an address has it (`localhost:8750`, `[::1]`), is this machine.

    >>> local("localhost:80"), local("127.0.0.2"), local("[::1]:80"), local("[::1")
    (True, True, True, False)
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
