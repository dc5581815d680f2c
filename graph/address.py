"""Addresses of stores: what they name, the login in them, and how they are shown."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from basketweave.errors import UsageError

_FORM = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.IGNORECASE | re.DOTALL)
_SERVER = re.compile(r"(neo4j|bolt)(\+s|\+ssc)?", re.IGNORECASE)
_BEFORE_LOGIN = re.compile(r"[a-z][a-z0-9+.-]+:/*", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """`neo4j://host:7687` or a path, and the login that was written before an `@`.

    prefix, database   what follows a server's name: `?prefix=bw&database=shop`
    """

    uri: str
    user: str | None = None
    password: str | None = None
    prefix: str | None = None
    database: str | None = None

    def __repr__(self) -> str:
        return f"Address({self.uri!r})"

    @classmethod
    def of_server(cls, text: str) -> Address | None:
        """The address of a Neo4j server; None for an address of another kind.

        The login is everything before the last `@`, percent-decoded, since no host
        name has an `@`.
        """
        found = _FORM.fullmatch(text)
        if not found or not _SERVER.fullmatch(found[1]):
            return None
        login, _, host = found[2].rpartition("@")
        host, _, asked = host.partition("?")
        more = dict(parse_qsl(asked, keep_blank_values=True))
        if more.keys() - {"prefix", "database"} or not all(more.values()):
            raise UsageError(
                f"{shown(text)!r} asks for what no store has: after ? stand prefix=, of "
                "an adopted graph, and database=."
            )
        user, _, password = login.partition(":")
        if "/" in host.rstrip("/"):
            raise UsageError(
                f"{shown(text)!r} has more than a host and a port. Name a database with "
                "database= or NEO4J_DATABASE."
            )
        return cls(
            f"{found[1]}://{host.rstrip('/')}",
            unquote(user) or None,
            unquote(password) or None,
            **more,
        )

    @classmethod
    def of_file(cls, text: str) -> Address | None:
        """The address of a file, from a path or `ladybug://path`; None for another."""
        found = _FORM.fullmatch(text)
        if found:
            path = found[2] if found[1].lower() == "ladybug" else ""
        else:
            scheme = text.partition(":")[0]
            path = "" if ":" in text and _SERVER.fullmatch(scheme) else text
        return cls(path) if path else None


def shown(text: str) -> str:
    """An address without its login, for messages.

    >>> shown("neo4j://me:secret@host:7687"), shown("shop@home.lbug")
    ('neo4j://host:7687', 'shop@home.lbug')
    """
    scheme = _BEFORE_LOGIN.match(text)
    if scheme is None or "@" not in text:
        return text
    return scheme[0] + text.rpartition("@")[2]


def typed(text: str) -> str:
    """An address as it is typed in a shell, which takes `?` for a pattern; no login.

    >>> print(typed("neo4j://me:secret@host:7687?prefix=bw"), typed("shop.lbug"))
    'neo4j://host:7687?prefix=bw' shop.lbug
    """
    return shlex.quote(shown(text))
