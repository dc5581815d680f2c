"""What Java needs to run one version of the server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from basketweave.errors import StoreError
from basketweave.neo4j_server.jars.jar_set import JarSet, Say

BROWSER = "5.15.0"  # one jar serves with both lines: seen with 5.26.30 and 2026.09.0
ENTRY_POINTS = (
    "org.neo4j.server.Neo4jCommunity",  # releases named by year
    "org.neo4j.server.CommunityEntryPoint",  # Neo4j 5
)


@dataclass(frozen=True)
class ClassPath:
    """The jars, the class to start, and whether Neo4j Browser is among the jars."""

    jars: Sequence[Path]
    main_class: str
    browser: bool


def version_key(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared; `StoreError` where it is none."""
    if not re.fullmatch(r"\d+(\.\d+){1,3}", version) or int(version.split(".")[0]) < 5:
        raise StoreError(
            f"'{version}' is not a Neo4j version that can be started here. "
            "Name one of Neo4j 5 or later, such as 5.26.30 or 2026.09.0."
        )
    return tuple(int(part) for part in version.split("."))


def class_path(version: str, cache: Path, *, browser: bool, report: Say) -> ClassPath:
    """The class path of one version, from the cache or else from Maven Central."""
    version_key(version)
    neo4j = JarSet(
        f"Neo4j {version}",
        (f"org.neo4j:neo4j:{version}", f"org.neo4j.app:neo4j-server:{version}"),
    )
    jars = neo4j.paths(cache, report)
    pages = _browser(cache, report) if browser else []
    return ClassPath([*jars, *pages], _main_class(jars[0]), bool(pages))


def _browser(cache: Path, report: Say) -> list[Path]:
    wanted = JarSet(
        f"Neo4j Browser {BROWSER}",
        (f"org.neo4j.client:neo4j-browser:{BROWSER}",),
        transitive=False,
    )
    try:
        return wanted.paths(cache, report)
    except StoreError as error:
        report(f"Starting without the browser. {error}")
        return []


def _main_class(jar: Path) -> str:
    with ZipFile(jar) as archive:
        classes = set(archive.namelist())
    for name in ENTRY_POINTS:
        if f"{name.replace('.', '/')}.class" in classes:
            return name
    raise StoreError(f"{jar.name} cannot be started here. Choose version 5.26.30.")
