"""What the owner of a private server adds to it, and what stays from start to start."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from basketweave.errors import UsageError
from basketweave.neo4j_server.files import write_private, writing
from basketweave.neo4j_server.home import Home

_SETTING = re.compile(r"([a-z][\w.-]*)=([^\r\n]*)")
OURS = ("_address", ".enabled", "dbms.security.auth_enabled", "server.directories")
"""Endings and beginnings of settings on which reaching the server rests."""


def own_settings(home: Home) -> dict[str, str]:
    """The settings that were added before."""
    if not home.own_settings.exists():
        return {}
    text = home.own_settings.read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def add_settings(home: Home, given: Iterable[str]) -> Mapping[str, str]:
    """Keep `key=value` settings for this start and all after it; `key=` takes one away.

    Raises `UsageError` for what is no setting, and for those by which a server of this
    package is reached and kept to this machine.
    """
    kept = own_settings(home)
    for one in given:
        found = _SETTING.fullmatch(one.strip())
        if found is None:
            raise UsageError(f"'{one}' is not key=value, as in neo4j.conf.")
        name, value = found.groups()
        if name.endswith(OURS[:2]) or name.startswith(OURS[2:]):
            raise UsageError(
                f"{name} stays as it is: by it the private server is reached, on this "
                "machine only. Run a Neo4j of your own for another."
            )
        kept = {n: v for n, v in kept.items() if n != name}
        kept |= {name: value} if value else {}
    lines = "".join(f"{name}={value}\n" for name, value in kept.items())
    write_private(home.own_settings, lines)
    return kept


def add_plugins(home: Home, files: Iterable[Path]) -> None:
    """Copy plug-ins (jars) to where the server loads them from at each start.

    Raises `UsageError` for a file that is not there, or is no jar.
    """
    for file in files:
        if file.suffix != ".jar" or not file.is_file():
            raise UsageError(f"There is no plug-in at {file}. Name a .jar file.")
        with writing(home.folder):
            home.plugins.mkdir(exist_ok=True)
            shutil.copy2(file, home.plugins / file.name)
