"""`connect`: from an address to the store that speaks its language."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from basketweave.errors import UsageError

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://(.*)", re.IGNORECASE | re.DOTALL)
_NEO4J = {f"{name}{tls}" for name in ("neo4j", "bolt") for tls in ("", "+s", "+ssc")}


def connect(
    uri: str | Path,
    *,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    read_only: bool = False,
) -> GraphStore:
    """Open the store at `uri`; close it with `with` or `.close()`.

    A path (or `ladybug://path`) is an embedded store, made where there is none.
    `neo4j://…`, `bolt://…` and their `+s` and `+ssc` forms are a Neo4j server: what
    is not given comes from NEO4J_USERNAME and NEO4J_PASSWORD in the environment or
    in a `.env` file here or in a folder above, and `neo4j://` alone from NEO4J_URI.

    `read_only` keeps an embedded file from being written by this process, so that
    several may read it. Raises `UsageError` for an address of another kind and
    `StoreError` where the store cannot be opened.
    """
    path, host = _place(uri)
    if path is None:
        return _neo4j(str(uri), host, user, password, database)
    from basketweave.graph.embedded import LadybugStore

    return LadybugStore(path, read_only=read_only)


def file_of(uri: str | Path) -> Path | None:
    """The file of an embedded store; None where `uri` is a server's address.

    Raises `UsageError` for an address of another kind.
    """
    return _place(uri)[0]


def _place(uri: str | Path) -> tuple[Path | None, str]:
    found = _SCHEME.fullmatch(str(uri))
    scheme, rest = (found[1].lower(), found[2]) if found else ("ladybug", str(uri))
    if scheme in _NEO4J:
        return None, rest
    if scheme != "ladybug" or not rest:
        raise UsageError(
            f"{str(uri)!r} is not the address of a store. Use a path such as "
            "demo.lbug, or neo4j://host:7687, bolt://… or neo4j+s://… for Aura."
        )
    try:
        return Path(rest).expanduser(), ""
    except RuntimeError:  # ~nobody is a name like any other
        return Path(rest), ""


def _neo4j(
    uri: str, host: str, user: str | None, password: str | None, database: str | None
) -> GraphStore:
    settings = _settings()
    address = uri if host else settings.get("NEO4J_URI")
    name = user or settings.get("NEO4J_USERNAME") or "neo4j"
    secret = password or settings.get("NEO4J_PASSWORD")
    if not address:
        raise UsageError(
            f"{uri!r} names no server. Write neo4j://host:7687, or set NEO4J_URI in "
            "the environment or in .env."
        )
    if not secret:
        raise UsageError(
            f"{address} needs a password. Set NEO4J_PASSWORD in the environment or in "
            ".env, or pass password=."
        )
    from basketweave.graph.neo4j import Neo4jStore

    chosen = database or settings.get("NEO4J_DATABASE")
    return Neo4jStore(address, user=name, password=secret, database=chosen)


def _settings() -> dict[str, str]:
    """`.env` (from here upwards), overruled by the environment, which stays as it is."""
    from dotenv import dotenv_values, find_dotenv

    written = dotenv_values(find_dotenv(usecwd=True))
    return {k: v for k, v in {**written, **os.environ}.items() if v}
