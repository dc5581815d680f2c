"""Kill writes to an embedded store at random moments, and fill its disk: `make faults`.

    python tests/contract/faults.py --kills 300 --disks 50 --recoveries 30

Every trial copies a store, has a process do one piece of work on the copy, and kills
it with SIGKILL at a random moment, or when the copy, its log or its checkpoint has come
to be; or lets it run against a limit: a small file system where this may be mounted
(root), else a limit on the size of files. Then another process opens the store to
read: it must be in the state before the work or in that after it, row for row; and the
same work done again must end as if nothing had happened. Everything runs in forked
children of a process that has imported all and begun nothing. Prints a line of JSON;
ends with 1 where a store did not open, or lost something.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import ladybug
import numpy as np
import polars as pl

from basketweave.errors import NotFoundError, StoreError
from basketweave.graph import GraphStore, ModelCard, Vectors, connect, unit
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.serving.recommender import Recommender

USERS = [f"u{n}" for n in range(60)]
ITEMS = [f"i{n}" for n in range(120)]
MOMENTS = ("any",) * 5 + ("next", "next.wal", "next.wal.checkpoint", "next.shadow")


def tables(seed: int) -> Tables:
    """Eighteen hundred events, of which a third are the same for each seed."""
    rows = [_events(0, 600), _events(seed, 1_200)]
    items = pl.DataFrame({"id": ITEMS, "title": [f"{i} of {seed}" for i in ITEMS]})
    return Tables(
        name="shop",
        users=pl.DataFrame({"id": USERS}),
        items=items.with_columns(brand="b" + pl.Series(np.arange(120) % 7).cast(str)),
        events=pl.concat(rows),
    )


def _events(seed: int, n: int) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    frame = {
        "user": chance.choice(USERS, n),
        "item": chance.choice(ITEMS, n),
        "time": chance.integers(1_600_000_000, 1_610_000_000, n),
    }
    return pl.DataFrame(frame).with_columns(
        kind=pl.lit("PURCHASED"), value=pl.lit(None, pl.Float64)
    )


def vectors(seed: int) -> Vectors:
    """Random unit vectors for all users and items."""
    chance = np.random.default_rng(seed)
    rows = (unit(chance.normal(size=(len(ids), 32))) for ids in (USERS, ITEMS))
    return Vectors(
        ModelCard("gat", seed=seed), pl.Series(USERS), pl.Series(ITEMS), *rows
    )


def blend(store: GraphStore) -> None:
    """As the command does: two sets of weights in one step."""
    with store.together():
        for known in ("any", "new"):
            card = ModelCard(f"blend_{known}", kind="blend")
            store.publish_weights(card, {"graph": 0.5, "popularity": 0.5})


WORK: dict[str, Callable[[GraphStore], object]] = {
    "load": lambda store: store.load(tables(2)),
    "load again": lambda store: store.load(tables(1)),
    "derive": derive,
    "publish": lambda store: store.publish(vectors(3)),
    "blend": blend,
    "rollback": lambda store: store.rollback("gat"),
}


def prepare(path: Path) -> None:
    """A store with events, relationships, two versions and weights; `derive` is due."""
    with connect(path) as store:
        store.load(tables(1))
        derive(store)
        store.publish(vectors(1))
        store.publish(vectors(2))
        blend(store)
        newer = _events(9, 200).with_columns(pl.col("time") + 10_000_000)
        bare = pl.DataFrame({"id": ITEMS, "title": [f"{i} of 1" for i in ITEMS]})
        store.load(Tables("shop", pl.DataFrame({"id": USERS}), bare, newer))


def digest(store: GraphStore) -> str:
    """Of every row: two stores with the same one hold the same."""
    kinds = ["CO_PURCHASED", "FOLLOWED_BY", "MADE_BY"]
    graph = store.export(relations=kinds, items=["title", "popularity"])
    told = hashlib.sha256()
    for events in graph.events.values():
        for column in (events.user, events.item, events.time):
            told.update(column.tobytes())
    for edges in graph.edges.values():
        told.update(edges.index.tobytes())
        for name in sorted(edges.columns):
            told.update(edges.columns[name].tobytes())
    assert graph.items is not None
    told.update(graph.items.write_csv().encode())
    for one in store.models():
        told.update(f"{one.key} {one.status} {dict(one.weights)}".encode())
    found = store.vectors("gat")
    told.update(found.user_vectors.tobytes() + found.item_vectors.tobytes())
    assert len(Recommender(store).recommend("u1", 5)) == 5
    return told.hexdigest()[:16]


def again(path: Path, work: str) -> str:
    """The digest after the work, or the error that says that it cannot be done."""
    with connect(path) as store:
        try:
            WORK[work](store)
        except NotFoundError as error:
            return str(error)
        return digest(store)


def seen(path: Path) -> str:
    """The digest as a reader sees it."""
    with connect(path, read_only=True) as store:
        return digest(store)


def in_child(work: Callable[[], str]) -> str:
    """What a forked child answers, or `!` and why it did not."""
    get, put = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = work()
        except BaseException as error:  # noqa: BLE001 - the parent is told
            said = f"!{type(error).__name__}: {error}"
        os.write(put, said.encode()[:4_000])
        os._exit(0)
    os.close(put)
    with os.fdopen(get) as answers:
        said = answers.read()
    _, status = os.waitpid(child, 0)
    return said or f"!ended with {os.waitstatus_to_exitcode(status)}"


class Trials:
    """A store to copy, and what each work makes of it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.base, self.path = folder / "base.lbug", folder / "trial" / "x.lbug"
        self.counts: Counter[str] = Counter()
        self.failed: list[str] = []
        made = in_child(lambda: prepare(self.base) or "made")  # type: ignore[func-returns-value]
        assert made == "made", made
        self.ends: dict[str, tuple[str, str, str]] = {}
        self.seconds: dict[str, float] = {}
        for work in WORK:
            self.fresh()
            before, started = in_child(lambda: seen(self.path)), time.monotonic()
            after = in_child(lambda work=work: again(self.path, work))  # type: ignore[misc]
            self.seconds[work] = time.monotonic() - started
            twice = in_child(lambda work=work: again(self.path, work))  # type: ignore[misc]
            assert not (before + after + twice).count("!"), (before, after, twice)
            self.ends[work] = before, after, twice

    def fresh(self) -> None:
        """A copy of the store and nothing else."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        self.path.parent.mkdir()
        shutil.copy(self.base, self.path)

    def kill(self) -> None:
        """One piece of work, killed; then looked at, and done again."""
        work, moment = self.chance.choice(list(WORK)), self.chance.choice(MOMENTS)
        self.fresh()
        child = self._begun(work)
        if moment == "any":
            time.sleep(self.chance.uniform(0, 1.1 * self.seconds[work]))
        else:
            self._wait_for(child, moment, self.chance.randrange(8) * 4096)
        killed = self._killed(child)
        self.counts["killed" if killed else "done before the kill"] += 1
        self.look(self.path, work, f"{work}, killed at {moment}")

    def disk(self) -> None:
        """One piece of work with too little room; then room, and done again."""
        work = self.chance.choice([w for w in WORK if w != "rollback"])
        self.fresh()
        size = self.base.stat().st_size
        room = int(
            self.chance.choice([0.2, 0.9, 1.2, 2, 4]) * self.chance.random() * size
        )
        mounted = self._mount(size + room) if os.geteuid() == 0 else False
        path = self.path
        limit = 0 if mounted else max(size // 2, room)
        said = in_child(lambda: _limited(path, work, limit))
        self.counts[
            "refused"
            if said.startswith("!StoreError")
            else "had room"
            if not said.startswith("!")
            else "ended"
        ] += 1
        if "ended with" in said or "ladybug" in said.lower():
            self.failed.append(f"{work} with {room} bytes of room: {said}")
        self.look(path, work, f"{work} with {room} bytes", only_seen=mounted)
        if mounted:
            subprocess.run(
                ["mount", "-o", "remount,size=1g", str(path.parent)], check=True
            )
            self.look(path, work, f"{work} with {room} bytes, then room")
            subprocess.run(["umount", str(path.parent)], check=True)

    def recovery(self) -> None:
        """The log of an earlier version's write, and the opening killed, thrice."""
        self.fresh()
        logged = in_child(lambda: _leave_a_log(self.path, self.chance.randrange(9)))
        for _ in range(3):
            child = os.fork()
            if child == 0:
                seen(self.path)
                os._exit(0)
            time.sleep(self.chance.uniform(0, 0.3))
            self.counts["recovery killed"] += self._killed(child)
        found = in_child(lambda: seen(self.path))
        marked = in_child(lambda: _marks(self.path))
        if found != self.ends["load"][0] or marked not in ("0", "1", "2", "3"):
            self.failed.append(f"recovery: {logged}, {found}, marks {marked}")

    def look(self, path: Path, work: str, what: str, only_seen: bool = False) -> None:
        """Whether it is in the state before or after, and goes on as undisturbed."""
        before, after, twice = self.ends[work]
        found = in_child(lambda: seen(path))
        if found not in (before, after):
            self.failed.append(f"{what}: opened as {found}")
            return
        self.counts["before" if found == before else "after"] += 1
        if only_seen:
            return
        then = in_child(lambda: again(path, work))
        if then != (after if found == before else twice):
            self.failed.append(f"{what}: then {then}")
        left = [one.name for one in path.parent.iterdir() if one.name != path.name]
        if left != [f"{path.name}.lock"]:
            self.failed.append(f"{what}: left {left}")

    def _begun(self, work: str) -> int:
        child = os.fork()
        if child == 0:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115
            again(self.path, work)
            os._exit(0)
        return child

    def _wait_for(self, child: int, moment: str, size: int) -> None:
        wanted = Path(f"{self.path}.{moment}")
        while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            with suppress(FileNotFoundError):  # it comes and goes
                if wanted.stat().st_size >= size:
                    return
            time.sleep(0.0002)

    def _killed(self, child: int) -> bool:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)

    def _mount(self, size: int) -> bool:
        folder = self.path.parent
        kilobytes = f"size={size // 1024 + 64}k"
        command = ["mount", "-t", "tmpfs", "-o", kilobytes, "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
        shutil.copy(self.base, self.path)
        return True


def _limited(path: Path, work: str, limit: int) -> str:
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    with connect(path) as store:
        before = digest(store)
        try:
            WORK[work](store)
        except StoreError:
            assert digest(store) == before, "a failed write shows"
            raise
        return digest(store)


def _leave_a_log(path: Path, torn: int) -> str:
    """Three transactions in the engine's log, of whose last one the end may lack."""
    database = ladybug.Database(path, auto_checkpoint=False)
    connection = ladybug.Connection(database)
    connection.execute("CALL force_checkpoint_on_close=false")
    connection.execute("ALTER TABLE User ADD mark INT64 DEFAULT 0")
    for mark in (1, 2, 3):
        connection.execute(f"MATCH (u:User) SET u.mark = {mark}")
    log = Path(f"{path}.wal")
    size = log.stat().st_size
    os.truncate(log, size - torn * size // 12)
    return f"{size} bytes, {torn}/12 torn"


def _marks(path: Path) -> str:
    with connect(path, read_only=True) as store:
        try:
            found = store.run("MATCH (u:User) RETURN DISTINCT u.mark AS mark")["mark"]
        except StoreError:
            return "0"
        return ",".join(map(str, sorted(found)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("kills", "disks", "recoveries", "seed"):
        parser.add_argument(f"--{name}", type=int, default=0)
    asked = parser.parse_args()
    for name in ("filelock", "ladybug._lbug", "pandas", "pyarrow.compute"):
        import_module(name)  # each child would
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), asked.seed)
        while trials.counts["killed"] < asked.kills:
            trials.kill()
        for _ in range(asked.disks):
            trials.disk()
        for _ in range(asked.recoveries):
            trials.recovery()
    print(json.dumps({**trials.counts, "failed": trials.failed}))
    return 1 if trials.failed else 0


if __name__ == "__main__":
    sys.exit(main())
