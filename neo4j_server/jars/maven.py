"""What a jar needs, and where it is, by the resolver of `jgo`.

Needs jgo (the `server` extra): import it where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import Dependency, MavenContext

from basketweave.errors import StoreError
from basketweave.neo4j_server.jars.class_path import version_key
from basketweave.neo4j_server.jars.jar_set import JarSet
from basketweave.neo4j_server.jars.whole_files import THREADS, NotPublished, WholeFiles

Done = Callable[[int, int], None]
RELEASE = re.compile(r"(5|20\d\d)\.\d+\.\d+")


def fetch(cache: Path, wanted: JarSet, done: Done) -> list[Path]:
    """The wanted jars, downloaded into the cache where they are not there.

    `done(n, total)` is called after each jar. Raises `StoreError` where there is no
    such version or no connection, and `OSError` where the cache cannot be written.
    """
    try:
        return _download(_dependencies(cache, wanted), done)
    except NotPublished as error:
        raise StoreError(_unknown(cache, wanted, error)) from error
    except requests.RequestException as error:
        raise StoreError(
            f"{wanted.name} is not in the cache yet, and Maven Central cannot be "
            f"reached ({type(error).__name__}). Try again with a connection; set "
            "HTTPS_PROXY where one is needed."
        ) from error


def _dependencies(cache: Path, wanted: JarSet) -> list[Dependency]:
    resolver = WholeFiles()
    context = MavenContext(resolver=resolver, repo_cache=cache)
    named = [context.create_dependency(c) for c in wanted.coordinates]
    return [*named, *(resolver.resolve(named)[1] if wanted.transitive else [])]


def _download(dependencies: Sequence[Dependency], done: Done) -> list[Path]:
    jars: list[Path] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for jar in pool.map(lambda d: d.artifact.resolve(), dependencies):
            jars.append(jar)
            done(len(jars), len(dependencies))
    return jars


def _unknown(cache: Path, wanted: JarSet, missing: NotPublished) -> str:
    group, artifact, _ = wanted.coordinates[0].split(":")
    if published := _published(cache, group, artifact):
        newest = ", ".join(published)
        return f"{wanted.name} was not published. Choose another, such as {newest}."
    return f"{wanted.name} cannot be had: Maven Central has no {missing}."


def _published(cache: Path, group: str, artifact: str, newest: int = 3) -> list[str]:
    """The newest releases of Neo4j 5 and of those named by year."""
    project = MavenContext(repo_cache=cache).project(group, artifact)
    project.update()
    versions = [component.version for component in project.versions()]
    releases = sorted(filter(RELEASE.fullmatch, versions), key=version_key)
    five = [version for version in releases if version.startswith("5.")]
    later = [version for version in releases if version.startswith("20")]
    return five[-newest:] + later[-newest:]
