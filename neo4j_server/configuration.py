"""How the server is set up: neo4j.conf and the Java command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from basketweave.errors import UsageError
from basketweave.neo4j_server.files import writing
from basketweave.neo4j_server.home import Home
from basketweave.neo4j_server.jars.class_path import ClassPath
from basketweave.neo4j_server.process import home_argument
from basketweave.neo4j_server.record import LOOPBACK, Record

OPENED = ("nio", "io", "util.concurrent", "lang", "util")


@dataclass(frozen=True)
class Memory:
    """How much the server may use: sizes such as `512m` or `2g`.

    1g of heap holds a load in batches of 20,000 rows. Neo4j lets transactions have 70 %
    of it, and refuses what needs more. That stays: without the limit, one statement over
    868,000 relationships ended the whole server (measured with 1g; 2g is enough for it).
    """

    heap: str = "1g"
    page_cache: str = "512m"

    def __post_init__(self) -> None:
        for name, size in (("heap", self.heap), ("page_cache", self.page_cache)):
            if not re.fullmatch(r"[1-9]\d*[kmgKMG]", size):
                raise UsageError(
                    f"{name} is '{size}', but a size looks like 512m or 2g"
                )


def settings(record: Record, memory: Memory) -> dict[str, str]:
    """The settings of neo4j.conf that differ from Neo4j's defaults."""
    common = {
        "server.default_listen_address": LOOPBACK,
        "server.default_advertised_address": LOOPBACK,
        **_address("bolt", record.bolt_port),
        **_address("http", record.http_port),
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        # Without it, LOAD CSV reads every file that this account may read.
        "server.directories.import": "import",
        "server.memory.heap.initial_size": memory.heap,
        "server.memory.heap.max_size": memory.heap,
        "server.memory.pagecache.size": memory.page_cache,
        # Nothing reads the log of past transactions: an empty home takes 132 MB with
        # these two and 512 MB without.
        "db.tx_log.rotation.size": "64M",
        "db.tx_log.rotation.retention_policy": "1 files",
        "db.logs.query.enabled": "OFF",
    }
    return common | _of_line(record.version)


def _address(connector: str, port: int) -> dict[str, str]:
    address = f"{LOOPBACK}:{port}"
    return {
        f"server.{connector}.enabled": "true",
        f"server.{connector}.listen_address": address,
        f"server.{connector}.advertised_address": address,
    }


def _of_line(version: str) -> dict[str, str]:
    """Settings that have another name, or are unknown, in the other release line.

    Without the quiet period a stop takes .5 s; with it 11 s (measured on both).
    """
    quiet = "internal.dbms.bolt.netty_server_shutdown_quiet_period"
    if version.startswith("5."):
        return {quiet: "0"}
    return {
        f"{quiet}_duration": "0s",
        # It would make itself known to the whole network by broadcasts.
        "server.fleet_discovery.enabled": "false",
        # The first releases named by year do not know the two above.
        "server.config.strict_validation.enabled": "false",
    }


def write_configuration(home: Home, values: Mapping[str, str], path: ClassPath) -> None:
    """Write neo4j.conf, and the class path in a file, as it is too long to be passed."""
    jars = os.pathsep.join(str(jar) for jar in path.jars).replace("\\", "\\\\")
    with writing(home.folder):
        (home.configuration / "neo4j.conf").write_text(
            "# Written by basketweave at each start.\n"
            + "".join(f"{name}={value}\n" for name, value in values.items()),
            encoding="utf-8",
        )
        (home.configuration / "classpath").write_text(
            f'-cp "{jars}"\n', encoding="utf-8"
        )


def command(java: Path, home: Home, path: ClassPath, memory: Memory) -> Sequence[str]:
    """The command line that starts the server."""
    return [
        str(java),
        f"-Xms{memory.heap}",
        f"-Xmx{memory.heap}",
        "-XX:+UseG1GC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Dfile.encoding=UTF-8",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED),
        f"@{home.configuration / 'classpath'}",
        path.main_class,
        home_argument(home),
        f"--config-dir={home.configuration}",
    ]
