"""Where servers and jars are kept unless a caller says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_VERSION = "5.26.30"  # the line with long-term support


def default_home(version: str = DEFAULT_VERSION) -> Path:
    """The folder of a server's data: one for Neo4j 5, one for each later year.

    `$BASKETWEAVE_HOME/neo4j/5`, or else below the user's data folder: a database is no
    cache, which a cleaner may empty.
    """
    line = version.split(".", maxsplit=1)[0]
    return _folder("XDG_DATA_HOME", ".local/share") / "neo4j" / line


def default_cache() -> Path:
    """The folder of the jars, which all servers share: `$BASKETWEAVE_HOME/maven`."""
    return _folder("XDG_CACHE_HOME", ".cache") / "maven"


def _folder(variable: str, otherwise: str) -> Path:
    if own := os.environ.get("BASKETWEAVE_HOME"):
        return Path(own).expanduser().absolute()
    return Path(os.environ.get(variable) or Path.home() / otherwise) / "basketweave"
