"""The memory of a service that is asked, told events and given a model each minute.

    python -m benchmarks.service_memory .basketweave/demo.lbug --minutes 10

As `service.py` asks and writes: 8 connections, 20 events a second; the two newest versions
of the model and of the blends' weights are kept. Each half minute the memory is printed.
"""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

import typer

from basketweave import connect, remote
from benchmarks.service import Server

HALF_MINUTE = 30


def main(
    uri: str, minutes: int = 10, clients: int = 8, events: int = 20, workers: int = 1
) -> None:
    """Print the resident memory, and of it what no other process shares, in MB."""
    with tempfile.TemporaryDirectory(dir=Path(uri).parent) as folder:
        copy = Path(shutil.copy(uri, Path(folder) / "copy.lbug"))
        with connect(copy) as store:
            ids = store.export(kinds=[], relations=[]).ids
        users, items = ids["User"].to_list(), ids["Item"].to_list()
        more = ("--workers", str(workers))
        path = "/api/recommend/{}?k=10"
        with Server.started("serving", copy, path, users, *more) as server:
            _watched(server, users, items, minutes, clients, events)


def _watched(
    server: Server,
    users: list[str],
    items: list[str],
    minutes: int,
    clients: int,
    events: int,
) -> None:
    chance, ended = random.Random(0), threading.Event()

    def record() -> None:
        with remote(server.url, timeout=60) as service:
            while not ended.wait(1 / events):
                event = {"user": chance.choice(users), "item": chance.choice(items)}
                service.record(event)

    asking = threading.Thread(target=server.asked, args=(clients, minutes * 60, 0))
    recording = threading.Thread(target=record)
    for thread in (asking, recording):
        thread.start()
    began = time.monotonic()
    _tell(server, 0)
    for half in range(1, 2 * minutes + 1):
        time.sleep(max(0, began + half * HALF_MINUTE - time.monotonic()))
        _tell(server, half * HALF_MINUTE)
        if half % 2:
            server.process.send_signal(signal.SIGUSR1)
    asking.join()
    ended.set()
    recording.join()


def _tell(server: Server, seconds: int) -> None:
    found = [one.memory_full_info() for one in server.processes()]
    resident, own = sum(one.rss for one in found), sum(one.uss for one in found)
    print(f"{seconds:4} s  {resident >> 20:5} MB  {own >> 20:5} MB", flush=True)


if __name__ == "__main__":
    typer.run(main)
