"""Neo4j's own importer: a new database beside the old one, then one takes the other's place.

    home/bulk/data        what is being imported
    home/bulk/before      the old database while the new one takes its place

Killed or failed at any point, the old database stands, or is put back by the next start.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.neo4j_server.configuration import OPENED
from basketweave.neo4j_server.files import writing
from basketweave.neo4j_server.home import Home

PARTS = ("databases", "transactions")
DATABASE = "neo4j"
NO_ROOM = "No space left on device"


def import_beside(
    java: Path,
    jars: Sequence[Path],
    home: Home,
    nodes: Mapping[str, Sequence[Path]],
    relationships: Mapping[str, Sequence[Path]],
    *,
    between: str,
    heap: str,
    threads: int,
) -> None:
    """Import the files into a database beside that of the home.

    Raises `StoreError` where they cannot be imported or the disk is full; nothing is left
    of it then.
    """
    bulk = home.folder / "bulk"
    shutil.rmtree(bulk / "data", ignore_errors=True)
    with writing(home.folder):
        (bulk / "conf").mkdir(parents=True, exist_ok=True)
        (bulk / "conf" / "neo4j.conf").write_text(
            "# Of an import.\ndb.tx_log.preallocate=false\n", encoding="utf-8"
        )
        classes = bulk / "conf" / "classpath"
        classes.write_text(f'-cp "{":".join(map(str, jars))}"\n', encoding="utf-8")
    command = [
        str(java),
        f"-Xmx{heap}",
        "-XX:+UseParallelGC",
        "-Dfile.encoding=UTF-8",
        "--enable-native-access=ALL-UNNAMED",
        *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED),
        f"@{classes}",
        "org.neo4j.cli.AdminTool",
        *("database", "import", "full", DATABASE),
        "--overwrite-destination=true",
        "--id-type=integer",
        "--multiline-fields=true",
        f"--array-delimiter=U+{ord(between):04X}",
        f"--threads={threads}",
        f"--report-file={bulk / 'report.txt'}",
        *(f"--nodes={label}={_listed(files)}" for label, files in nodes.items()),
        *(f"--relationships={t}={_listed(f)}" for t, f in relationships.items()),
    ]
    _run(command, bulk)


def _run(command: Sequence[str], bulk: Path) -> None:
    log = bulk / "import.log"
    try:
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                cwd=bulk,
                env={"NEO4J_HOME": str(bulk), "NEO4J_CONF": str(bulk / "conf")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
    except OSError as error:
        raise StoreError(f"Java cannot be run: {error.strerror}.") from error
    if done.returncode or not (bulk / "data" / "databases" / DATABASE).is_dir():
        said = log.read_text(encoding="utf-8", errors="replace")
        shutil.rmtree(bulk / "data", ignore_errors=True)
        last = "\n".join(said.strip().splitlines()[-8:])
        advice = "Free some room" if NO_ROOM in said else f"Read {log}"
        raise StoreError(
            f"Neo4j could not import the files, and the database stands as it was. "
            f"{advice}, and do the same again. The last lines are:\n{last}"
        )


def _listed(files: Sequence[Path]) -> str:
    return ",".join(map(str, files))


def swap(home: Home) -> None:
    """Put the imported database in the place of the old one, which is kept `before`.

    The server of the home must not run. `keep_new` or `put_back` ends it.
    """
    bulk = home.folder / "bulk"
    before = bulk / "before"
    with writing(home.folder):
        before.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            there = home.folder / "data" / part / DATABASE
            there.parent.mkdir(parents=True, exist_ok=True)
            if there.exists():
                there.rename(before / part)
            (bulk / "data" / part / DATABASE).rename(there)


def keep_new(home: Home) -> None:
    """The new database answers: the old one goes."""
    bulk = home.folder / "bulk"
    if (bulk / "before").exists():
        (bulk / "before").rename(bulk / "gone")
    shutil.rmtree(bulk, ignore_errors=True)


def put_back(home: Home) -> bool:
    """Put the old database back where one was being replaced; whether there was one."""
    before = home.folder / "bulk" / "before"
    if not before.exists():
        return False
    with writing(home.folder):
        for part in PARTS:
            there = home.folder / "data" / part / DATABASE
            if (before / part).exists():
                shutil.rmtree(there, ignore_errors=True)
                (before / part).rename(there)
        before.rmdir()
    return True
