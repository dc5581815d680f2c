"""Ids in paths: a slash that belongs to an id (`%2F`) does not end it."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

SLASH = "\0"
"""Stands for a slash within an id until the route is found: no id has this sign."""


class IdConvertor(Convertor[str]):
    """An id between two slashes of a path, as routes name it: `{item:id}`."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """The id, with its own slashes."""
        return value.replace(SLASH, "/")

    def to_string(self, value: str) -> str:
        """The id as it stands in a path."""
        return value.replace("/", SLASH)


register_url_convertor("id", IdConvertor())


class WholeIds:
    """Decodes each piece of a path alone, so that ids keep their slashes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%" in raw:
            path = raw.partition(b"?")[0].decode("latin-1")
            try:
                scope["path"] = "/".join(map(_decoded, path.split("/")))
            except ValueError:  # nothing is there
                scope["path"] = "//"
        await self._app(scope, receive, send)


def _decoded(piece: str) -> str:
    text = unquote(piece, errors="strict")
    if SLASH in text:
        raise ValueError("no id has this sign")
    return text.replace("/", SLASH)
