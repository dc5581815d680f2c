"""What a service answers in a second, beside FastAPI over `implicit`'s ALS.

    basketweave demo && apt-get install wrk
    python benchmarks/service.py .basketweave/demo.lbug

Both are asked by `wrk` over loopback, in turns, by random users with `k` of 10. Ours
answers with parts and paths while `--events` a second are recorded, and in the middle of
each turn a model is published; the yardstick (`yardstick.py`) answers with titles. Then
`--many` times as many connections ask, and each 200 has to be the answer that the same
user gets alone. A second server of ours keeps answers (`--cache memory`): with so few users
most are asked for again within the minute that an answer is kept. A third computes in
`--workers` processes. Rates say much about
the machine and what else it does, ratios less, and processor time least.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # of both servers, which inherit it

import httpx2
import numpy as np
import psutil
import scipy.sparse as sp
import typer
from implicit.cpu.als import AlternatingLeastSquares

from basketweave import connect, remote
from basketweave.graph.vectors import rows_for, serving
from basketweave.remote_client.remote import Remote

HERE = Path(__file__).parent


def main(
    uri: str,
    seconds: int = 15,
    turns: int = 3,
    clients: int = 8,
    many: int = 4,
    events: int = 20,
    workers: int = 2,
) -> None:
    """Print a row for each turn of each server, and the ratios of their rates."""
    with tempfile.TemporaryDirectory(dir=Path(uri).parent) as name, ExitStack() as ends:
        folder = Path(name)
        (folder / "cached").mkdir()
        copy = Path(shutil.copy(uri, folder / "copy.lbug"))
        users, items = prepare(copy, folder)

        def started(name: str, what: Path, path: str, *more: str) -> Server:
            found = Server.started(name, what, path, users, *more)
            return ends.enter_context(found)

        path = "/api/recommend/{}?k=10"
        theirs = started("yardstick", folder, "/recommend/{}?k=10")
        ours = started("serving", copy, path)
        also = Path(shutil.copy(uri, folder / "cached" / "copy.lbug"))
        cached = started("serving", also, path, "--cache", "memory")
        (folder / "together").mkdir()
        more = Path(shutil.copy(uri, folder / "together" / "copy.lbug"))
        together = started(
            "serving", more, path, "--workers", str(workers), "--threads", "1"
        )
        print(f"| | {' | '.join(COLUMNS)} |\n|{' --- |' * (1 + len(COLUMNS))}")
        rates = []
        for turn in range(turns):
            rates.append([theirs.asked(clients, seconds, turn)])
            for one in (ours, cached, together):
                with writing(one, (users, items), events, seconds):
                    rates[-1].append(one.asked(clients, seconds, turn))
        for name, ratio in zip(
            ("computed", "cached", "together"), ratios(rates).T, strict=True
        ):
            print(f"{name}: {np.median(ratio):.2f} of the yardstick, {ratio.round(2)}")
        for one in (ours, together):
            overload(one, users, clients * many, seconds)


def ratios(rates: list[list[float]]) -> np.typing.NDArray[np.float64]:
    """Of each turn, the rates over that of the yardstick."""
    found = np.array(rates)
    return found[:, 1:] / found[:, :1]


COLUMNS = (
    "connections",
    "200s/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU ms",
    "429s",
    "MB",
)


class Server:
    """A server in a process of its own, and the paths that `wrk` asks it for."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name, self.url = name, f"http://127.0.0.1:{port}"
        self.process, self.paths = process, Path()

    @classmethod
    @contextmanager
    def started(
        cls, script: str, what: Path, path: str, users: list[str], *more: str
    ) -> Iterator[Server]:
        """The server of a script beside this one, once it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        script_file = str(HERE / f"{script}.py")
        command = [sys.executable, script_file, str(what), str(port), *more]
        found = cls(" ".join([script, *more]), port, subprocess.Popen(command))
        try:
            found.paths = what.parent / f"{script}.paths"
            found.paths.write_text("\n".join(map(path.format, users)))
            found.ready(path.format(users[0]))
            yield found
        finally:
            found.process.terminate()
            found.process.wait()

    def ready(self, path: str) -> None:
        """Wait for the first answer."""
        for _ in range(600):
            try:
                if httpx2.get(self.url + path, timeout=60).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise TimeoutError(f"{self.name} does not answer")

    def asked(self, connections: int, seconds: int, seed: int) -> float:
        """Answers a second; prints the row."""
        before = self.spent()
        script = str(HERE / "service.lua")
        done = subprocess.run(
            [
                *f"wrk -c{connections} -d{seconds} -t1 --timeout 30 -s".split(),
                *(script, self.url, "--", str(self.paths), str(seed)),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        if found["other"] or found["broken"]:
            raise RuntimeError(f"{self.name}: not only answers and 429s: {found}")
        answered = found["requests"] - found["refused"]
        rate = answered / found["seconds"]
        each = 1000 * (self.spent() - before) / answered
        memory = sum(one.memory_full_info().pss for one in self.processes()) >> 20
        times = [f"{found[name]:.1f}" for name in ("p50", "p95", "p99")]
        row = [
            connections,
            round(rate),
            *times,
            f"{each:.2f}",
            found["refused"],
            memory,
        ]
        print(f"| {self.name} | {' | '.join(map(str, row))} |", flush=True)
        return float(rate)

    def spent(self) -> float:
        """Seconds of processor time until now, of the server and its workers."""
        times = [one.cpu_times() for one in self.processes()]
        return float(sum(one.user + one.system for one in times))

    def processes(self) -> list[psutil.Process]:
        """The server's own and its workers."""
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]


def prepare(copy: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Users who can be asked for, and items; writes what the yardstick serves."""
    with connect(str(copy)) as store:
        graph = store.export(kinds=["PURCHASED"], relations=[], items=("title",))
        card = next(iter(serving(store.models()).values())).card
        found = store.vectors(card.name)
    users, items = graph.ids["User"].to_list(), graph.ids["Item"].to_list()
    events = graph.all_events()
    ones = np.ones(len(events.user), np.float32)
    pairs = sp.coo_matrix((ones, (events.user, events.item)), shape=graph.shape)
    sp.save_npz(folder / "bought.npz", pairs.tocsr())
    model = AlternatingLeastSquares(factors=found.dim, num_threads=1)
    model.user_factors = rows_for(graph.ids["User"], found.users, found.user_vectors)
    model.item_factors = rows_for(graph.ids["Item"], found.items, found.item_vectors)
    model.save(str(folder / "vectors.npz"))
    assert graph.items is not None
    titles = graph.items["title"].fill_null("").to_list()
    catalogue = {"users": users, "items": list(zip(items, titles, strict=True))}
    (folder / "catalogue.json").write_text(json.dumps(catalogue))
    return users, items


@contextmanager
def writing(
    server: Server,
    known: tuple[list[str], list[str]],
    events: int,
    seconds: int,
) -> Iterator[None]:
    """Record events all the time, and have a model published in the middle."""
    ended, chance = threading.Event(), random.Random(0)
    users, items = known

    def record() -> None:
        while not ended.wait(1 / events):
            event = {"user": chance.choice(users), "item": chance.choice(items)}
            service.record(event)

    with remote(server.url, timeout=60) as service:
        before = live(service)
        middle = threading.Timer(
            seconds / 2, server.process.send_signal, [signal.SIGUSR1]
        )
        recording = threading.Thread(target=record)
        for thread in (recording, middle):
            thread.start()
        yield
        ended.set()
        for thread in (recording, middle):
            thread.join()
        while live(service) == before:
            time.sleep(0.2)


def live(service: Remote) -> list[str]:
    """The keys of the versions that serve."""
    return [one["key"] for one in service.models() if one["status"] == "live"]


def overload(server: Server, users: list[str], connections: int, seconds: int) -> None:
    """Ask for more than it can answer; each answer has to be right all the same."""
    some = random.Random(1).sample(users, 200)

    def answer(user: str) -> Any:
        found = httpx2.get(f"{server.url}/api/recommend/{user}", timeout=60)
        return found.json()["items"] if found.status_code == 200 else found.status_code

    alone = {user: answer(user) for user in some}
    with ThreadPoolExecutor(1) as load, ThreadPoolExecutor(4) as few:
        asked = load.submit(server.asked, connections, seconds, 99)
        time.sleep(seconds / 4)
        among = dict(zip(some, few.map(answer, some), strict=True))
        asked.result()
    answered = {user: found for user, found in among.items() if found != 429}
    wrong = [user for user, found in answered.items() if found != alone[user]]
    print(f"{len(answered)} of {len(some)} answered under load, {len(wrong)} differ")


if __name__ == "__main__":
    typer.run(main)
