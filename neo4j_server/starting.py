"""The steps of one start, each of which may have been cut short before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from basketweave.errors import StoreError
from basketweave.neo4j_server.additions import own_settings
from basketweave.neo4j_server.configuration import (
    Memory,
    command,
    settings,
    write_configuration,
)
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.jars.class_path import class_path, version_key
from basketweave.neo4j_server.jars.jar_set import Say
from basketweave.neo4j_server.java import find_java
from basketweave.neo4j_server.login import NOT_YET, wait_until_ready
from basketweave.neo4j_server.process import end, find, is_alive, launch, running_server
from basketweave.neo4j_server.record import Record, ServerInfo, free_ports

GRACE = 30.0  # seconds for a clean stop: .5 to 2 were measured


def process_of(home: Home, record: Record | None) -> psutil.Process | None:
    """The server of a home: the recorded one, or one whose starter was killed."""
    named = running_server(home, record.pid) if record else None
    return named or find(home)


@dataclass(frozen=True)
class Start:
    """One start of one version; the caller holds the home's lock."""

    home: Home
    version: str
    say: Say

    def run(
        self, cache: Path, memory: Memory, *, browser: bool, timeout: float
    ) -> ServerInfo:
        """Launch a server, or go on with one that was launched, until it answers."""
        self._refuse_newer_data()
        record, process = self._begun() or self._launch(cache, memory, browser)
        with self._ended_on_failure(record, process):
            wait_until_ready(
                record, self.home, check=lambda: self._check(process), timeout=timeout
            )
            newest = max(record.data_version or "5.0", self.version, key=version_key)
            replace(record, ready=True, data_version=newest).write(self.home)
        self.say(f"Neo4j {self.version} answers on port {record.bolt_port}")
        return record.info(self.home, process.pid)

    def _refuse_newer_data(self) -> None:
        record = Record.read(self.home)
        newest = record.data_version if record else None
        # A patch can be taken back; another minor version may change the files.
        if newest and version_key(newest)[:2] > version_key(self.version)[:2]:
            raise StoreError(
                f"The data in {self.home.folder} were written by Neo4j {newest}, which "
                f"{self.version} cannot read. Start {newest}, or choose another folder."
            )

    def _begun(self) -> tuple[Record, psutil.Process] | None:
        """A server whose starter was killed before it was ready: ours to finish."""
        record = Record.read(self.home)
        process = process_of(self.home, record)
        if record and process and record.version == self.version:
            return replace(record, pid=process.pid).write(self.home), process
        if process:
            end(process, GRACE)
        return None

    def _launch(
        self, cache: Path, memory: Memory, browser: bool
    ) -> tuple[Record, psutil.Process]:
        path = class_path(self.version, cache, browser=browser, report=self.say)
        java = find_java(self.version)
        self.home.require_room()
        # Written before the launch: whoever finds the process then knows its ports.
        record = self._record(path.browser).write(self.home)
        values = settings(record, memory) | own_settings(self.home)
        write_configuration(self.home, values, path)
        self.home.set_logs_aside()
        self.say(f"Starting Neo4j {self.version}")
        process = launch(command(java, self.home, path, memory), self.home)
        return replace(record, pid=process.pid).write(self.home), process

    def _record(self, browser: bool) -> Record:
        before = Record.read(self.home)
        bolt, http = free_ports(before)
        data_version = before.data_version if before else None
        return Record(self.version, bolt, http, browser, data_version=data_version)

    @contextmanager
    def _ended_on_failure(
        self, record: Record, process: psutil.Process
    ) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            end(process, GRACE)
            replace(record, pid=None).write(self.home)
            if isinstance(error, NOT_YET):
                raise self._failure(f"did not answer in time ({error})") from error
            raise

    def _check(self, process: psutil.Process) -> None:
        if not is_alive(process):
            raise self._failure("ended while it was starting")

    def _failure(self, what: str) -> StoreError:
        return StoreError(
            f"Neo4j {self.version} {what}. Put right what its logs in "
            f"{self.home.log_file.parent} tell, or give it more time, and start it again. "
            f"The last lines are:\n{self.home.last_lines(15)}"
        )
