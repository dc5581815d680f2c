"""`connect`: from an address to an open store."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from basketweave.errors import UsageError
from basketweave.graph import forks
from basketweave.graph.address import Address, shown

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore

TIMEOUT = 15.0
"""Seconds after which a server that does not answer is given up."""


def connect(
    uri: str | Path,
    *,
    user: str | None = None,
    password: str | None = None,
    database: str | None = None,
    prefix: str | None = None,
    timeout: float | None = None,
    read_only: bool = False,
    buffer_mb: int | None = None,
    exact_items: int | None = None,
) -> GraphStore:
    """Open the store at `uri`; close it with `with` or `.close()`.

    A path (or `ladybug://path`) is an embedded store, made where there is none.
    `neo4j://…`, `bolt://…` and their `+s` and `+ssc` forms are a Neo4j server. Its
    login is what is given here, else what stands in the address (`neo4j://me:secret@…`,
    percent-encoded), else NEO4J_USERNAME and NEO4J_PASSWORD, in the environment or in a
    `.env` file here or in a folder above; `neo4j://` alone takes its address from
    NEO4J_URI, and `database` comes from NEO4J_DATABASE. `prefix` opens a graph of one's
    own under which `basketweave adopt` put it; both may stand in the address,
    `neo4j://host:7687?prefix=bw&database=shop`.

    `timeout` is how many seconds a server may take to be reached (BASKETWEAVE_TIMEOUT,
    else 15). `read_only` keeps an embedded file from being written by this process, so
    that several may read it; `buffer_mb` (BASKETWEAVE_BUFFER_MB) bounds the memory for
    its pages and for results on their way; of more than `exact_items` vectors
    (BASKETWEAVE_EXACT_ITEMS, else 100,000) a search looks at the nearest cells. Raises
    `UsageError` for an address of another kind and `StoreError` where the store cannot
    be opened.
    """
    forks.check()
    server = Address.of_server(str(uri))
    if server:
        return _neo4j(server, user, password, database, prefix, timeout)
    if prefix is not None:
        raise UsageError("An embedded store has no prefix: that is for adopted graphs.")
    from basketweave.graph.embedded import LadybugStore

    return LadybugStore(
        _path(str(uri)),
        read_only=read_only,
        buffer_mb=buffer_mb,
        exact_items=exact_items,
    )


def file_of(uri: str | Path) -> Path | None:
    """The file of an embedded store; None where `uri` is a server's address.

    Raises `UsageError` for an address of another kind.
    """
    return None if Address.of_server(str(uri)) else _path(str(uri))


def prefix_of(uri: str | Path) -> str | None:
    """The prefix in the address of an adopted graph; None for any other store."""
    server = Address.of_server(str(uri))
    if server is None:
        return None
    if server.uri.partition("://")[2]:
        return server.prefix
    return _named(server, _settings()).prefix


def _path(text: str) -> Path:
    file = Address.of_file(text)
    if file is None or "\0" in file.uri:
        raise UsageError(
            f"{shown(text)!r} is not the address of a store. Use a path such as "
            "demo.lbug, or neo4j://host:7687, bolt://… or neo4j+s://… for Aura."
        )
    try:
        return Path(file.uri).expanduser()
    except RuntimeError:  # ~nobody is a name like any other
        return Path(file.uri)


def _neo4j(
    address: Address,
    user: str | None,
    password: str | None,
    database: str | None,
    prefix: str | None,
    timeout: float | None,
) -> GraphStore:
    settings = _settings()
    named = address if address.uri.partition("://")[2] else _named(address, settings)
    name = user or named.user or settings.get("NEO4J_USERNAME") or "neo4j"
    secret = password or named.password or settings.get("NEO4J_PASSWORD")
    if not secret:
        raise UsageError(
            f"{named.uri} needs a password. Set NEO4J_PASSWORD in the environment or in "
            ".env, or pass password=."
        )
    from basketweave.graph.neo4j import Neo4jStore

    return Neo4jStore(
        named.uri,
        user=name,
        password=secret,
        database=database or named.database or settings.get("NEO4J_DATABASE"),
        prefix=prefix or named.prefix,
        timeout=_seconds(timeout, settings),
    )


def _named(address: Address, settings: dict[str, str]) -> Address:
    """The server that NEO4J_URI names."""
    text = settings.get("NEO4J_URI", "")
    found = Address.of_server(text)
    if found is None or not found.uri.partition("://")[2]:
        said = f", and NEO4J_URI is {shown(text)!r}" if text else ""
        raise UsageError(
            f"{address.uri!r} names no server{said}. Write neo4j://host:7687, or set "
            "NEO4J_URI in the environment or in .env."
        )
    return replace(
        found,
        user=address.user or found.user,
        password=address.password or found.password,
        prefix=address.prefix or found.prefix,
        database=address.database or found.database,
    )


def _seconds(timeout: float | None, settings: dict[str, str]) -> float:
    said = settings.get("BASKETWEAVE_TIMEOUT", TIMEOUT) if timeout is None else timeout
    try:
        seconds = float(said)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise UsageError(
            f"A time-out of {said!r} seconds cannot be waited for. Use a number above "
            "0, in timeout= or BASKETWEAVE_TIMEOUT."
        )
    return seconds


def _settings() -> dict[str, str]:
    """`.env` (from here upwards), overruled by the environment, which stays as it is."""
    from dotenv import dotenv_values, find_dotenv

    written = dotenv_values(find_dotenv(usecwd=True))
    return {k: v for k, v in {**written, **os.environ}.items() if v}
