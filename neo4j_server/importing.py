"""Neo4j's own importer: a new database beside the old one, then one takes the other's place.

    home/bulk/data        what is being imported
    home/bulk/before      the old database while the new one takes its place; where there
                          was none, the file `none`

Killed or failed at any point, the old database stands, or is put back by the next start.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.neo4j_server.configuration import OPENED
from basketweave.neo4j_server.files import writing
from basketweave.neo4j_server.home import Home

PARTS = ("databases", "transactions")
DATABASE = "neo4j"
NONE = "none"
FILES = 100
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

    Their ids are those that the nodes are to have in the store, from 0 without a gap.

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
        "--id-type=actual",
        "--multiline-fields=true",
        f"--array-delimiter=U+{ord(between):04X}",
        f"--threads={threads}",
        f"--report-file={bulk / 'report.txt'}",
        *_said("nodes", nodes),
        *_said("relationships", relationships),
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


def _said(what: str, files: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    """Arguments with so many files each: Linux takes none of more than 128 KB."""
    for name, (header, *parts) in files.items():
        for first in range(0, len(parts), FILES):
            some = [header, *parts[first : first + FILES]]
            yield f"--{what}={name}={','.join(map(str, some))}"


def has_database(home: Home) -> bool:
    """Whether there is a database, or one that is being replaced."""
    before = home.folder / "bulk" / "before"
    return before.exists() or (home.folder / "data" / PARTS[0] / DATABASE).exists()


def swap(home: Home) -> None:
    """Put the imported database in the place of the old one, which is kept `before`.

    The server of the home must not run. `keep_new` or `put_back` ends it.
    """
    bulk = home.folder / "bulk"
    before = bulk / "before"
    with writing(home.folder):
        first = not has_database(home)
        before.mkdir(parents=True, exist_ok=True)
        if first:
            (before / NONE).touch()
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
        none = (before / NONE).exists()
        for part in PARTS:
            there = home.folder / "data" / part / DATABASE
            if none or (before / part).exists():
                shutil.rmtree(there, ignore_errors=True)
            if (before / part).exists():
                (before / part).rename(there)
        (before / NONE).unlink(missing_ok=True)
        before.rmdir()
    return True
