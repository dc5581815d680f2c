"""Named sets of jars, each listed in the cache once all of it is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from basketweave.errors import StoreError
from basketweave.neo4j_server.files import write_private, writing

Say = Callable[[str], None]


@dataclass(frozen=True)
class JarSet:
    """The jars of `coordinates` (`group:artifact:version`), and what they need."""

    name: str
    coordinates: Sequence[str]
    transitive: bool = True

    def paths(self, cache: Path, report: Say) -> list[Path]:
        """Their places in the cache, after a download where they are not there yet."""
        if jars := self._listed(cache):
            return jars
        with writing(cache):
            cache.mkdir(parents=True, exist_ok=True)
            # A second process waits here, and then finds the first one's list.
            with FileLock(self._list(cache).with_suffix(".lock")):
                return self._listed(cache) or self._fetched(cache, report)

    def _list(self, cache: Path) -> Path:
        return cache / f"{self.name.lower().replace(' ', '-')}.json"

    def _listed(self, cache: Path) -> list[Path]:
        """The listed jars if each is there in its full size, or else nothing."""
        try:
            sizes = json.loads(self._list(cache).read_text(encoding="utf-8"))
            whole = all((cache / p).stat().st_size == n for p, n in sizes.items())
        except (OSError, ValueError):
            return []
        return [cache / path for path in sizes] if whole else []

    def _fetched(self, cache: Path, report: Say) -> list[Path]:
        try:
            from basketweave.neo4j_server.jars.maven import fetch
        except ImportError as error:
            raise StoreError(
                f"{self.name} is not in the cache yet, and jgo, which downloads it, is "
                "not installed: pip install 'basketweave[server]'"
            ) from error
        report(f"{self.name}: asking Maven Central which jars it needs")
        jars = fetch(
            cache, self, lambda n, total: report(f"{self.name}: {n} of {total} jars")
        )
        sizes = {jar.relative_to(cache).as_posix(): jar.stat().st_size for jar in jars}
        write_private(self._list(cache), json.dumps(sizes, indent=1))
        return jars
