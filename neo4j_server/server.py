"""A private Neo4j, started from packages: no Docker, no installation, no root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.neo4j_server.additions import add_plugins, add_settings
from basketweave.neo4j_server.configuration import Memory
from basketweave.neo4j_server.files import locked
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.importing import (
    has_database,
    import_beside,
    keep_new,
    put_back,
    swap,
)
from basketweave.neo4j_server.jars.class_path import class_path, version_key
from basketweave.neo4j_server.jars.jar_set import Say
from basketweave.neo4j_server.java import find_java
from basketweave.neo4j_server.places import DEFAULT_VERSION, default_cache
from basketweave.neo4j_server.process import end, running_server
from basketweave.neo4j_server.record import Record, ServerInfo
from basketweave.neo4j_server.starting import GRACE, Start, process_of


def _silent(line: str) -> None:
    """Report to nobody."""


class Neo4jServer:
    """A Neo4j Community server for one person on one machine.

    It listens on 127.0.0.1 only, behind a generated password, outlives the process that
    started it, and keeps its data in `home`. The jars come from Maven Central once and
    are then kept in `cache`, which all homes share.

    Every method may raise `StoreError`, which says what is missing or went wrong and
    the next step, or `StoreBusyError`, where another process has been starting or
    stopping the server for minutes.
    """

    def __init__(
        self, home: Path, version: str = DEFAULT_VERSION, *, cache: Path | None = None
    ) -> None:
        version_key(version)
        self.home = home.expanduser().resolve()
        self.version = version
        self.cache = cache or default_cache()
        self._files = Home(self.home)

    def __repr__(self) -> str:
        return f"Neo4jServer({str(self.home)!r}, {self.version!r})"

    @property
    def is_new(self) -> bool:
        """Whether no database has been made here, as before the first start."""
        return not has_database(self._files)

    def start(
        self,
        *,
        browser: bool = True,
        heap: str = "1g",
        page_cache: str = "512m",
        settings: Sequence[str] = (),
        plugins: Sequence[Path] = (),
        report: Say | None = None,
        timeout: float = 120,
    ) -> ServerInfo:
        """Start the server unless it runs, and return once it answers.

        `report` is given a line for each step; `timeout` are seconds from starting Java
        (a download before it is not counted). `browser` adds Neo4j Browser where it can
        be had. `settings` (`key=value`) and `plugins` (jars) are kept for all starts after
        this one. Raises `UsageError` for one that cannot be used. Where the server runs
        already, the next start has them, and nothing changes now.
        """
        say = report or _silent
        memory = Memory(heap, page_cache)
        self._files.create()
        with locked(self._files.lock_file, say):
            add_settings(self._files, settings)
            add_plugins(self._files, plugins)
            if running := self.status():
                return self._of_this_version(running)
            if put_back(self._files):
                say("A database was being replaced: the old one is back")
            start = Start(self._files, self.version, say)
            return start.run(self.cache, memory, browser=browser, timeout=timeout)

    def replace_database(
        self,
        nodes: Mapping[str, Sequence[Path]],
        relationships: Mapping[str, Sequence[Path]],
        *,
        between: str,
        heap: str = "1g",
        threads: int = 2,
        report: Say | None = None,
        timeout: float = 120,
    ) -> ServerInfo:
        """Import files into a new database, which then takes the old one's place.

        The files are as `neo4j-admin database import full` has them, by label and by
        type, the header first; `between` stands between the values of a list. The old
        database answers until the new one is whole, and stands where anything fails.
        Where there is none, none is made first: to start Java takes 12 s of processor time.
        """
        say = report or _silent
        self._files.create()
        if not self.is_new:
            self.start(report=report, timeout=timeout)
        with locked(self._files.lock_file, say):
            path = class_path(self.version, self.cache, browser=False, report=say)
            say("Importing")
            import_beside(
                find_java(self.version), path.jars, self._files, nodes,
                relationships, between=between, heap=heap, threads=threads,
            )  # fmt: skip
        self.stop()
        with locked(self._files.lock_file, say):
            swap(self._files)
        try:
            # Not `start`, which would put the old one back.
            with locked(self._files.lock_file, say):
                start = Start(self._files, self.version, say)
                info = start.run(
                    self.cache, Memory(heap), browser=True, timeout=timeout
                )
        except BaseException:
            self.stop()
            put_back(self._files)
            raise
        keep_new(self._files)
        return info

    def stop(self) -> bool:
        """Stop the server; False where none was running."""
        if not self.home.exists():
            return False
        with locked(self._files.lock_file, _silent):
            record = Record.read(self._files)
            process = process_of(self._files, record)
            if process:
                end(process, GRACE)
            if record:
                replace(record, pid=None, ready=False).write(self._files)
            return process is not None

    def status(self) -> ServerInfo | None:
        """Where the server answers; None where it is not running, or not yet ready."""
        record = Record.read(self._files)
        process = running_server(self._files, record.pid) if record else None
        if not record or not record.ready or not process:
            return None
        return record.info(self._files, process.pid)

    def logs(self, lines: int = 50) -> str:
        """The last lines that Java and Neo4j have said since the latest start."""
        return self._files.last_lines(lines)

    def _of_this_version(self, running: ServerInfo) -> ServerInfo:
        if running.version != self.version:
            raise StoreError(
                f"Neo4j {running.version} is running in {self.home}, not "
                f"{self.version}. Stop it first, or choose another folder."
            )
        return running
