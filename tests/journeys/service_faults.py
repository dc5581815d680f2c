"""Kill a service at random moments while events arrive, and look at what is left.

    python tests/journeys/service_faults.py --kills 50 --workers 2

After each kill the store is opened at once; each event that was accepted is there, and
none is there twice, also when all are sent again as a client does that had no answer.
"""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import typer

from basketweave import connect, remote
from basketweave.errors import BasketweaveError

WRITERS = 3
Key = tuple[str, str, int]


class Killed:
    """A service of a store that is killed, and what its clients know afterwards."""

    def __init__(self, store: Path, run: int, workers: int = 1, *options: str) -> None:
        self.store, self.chance = store, random.Random(run)
        self.options = ["--workers", str(workers), *options]
        self.run, self.sent, self.accepted = run, list[Any](), list[Any]()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"

    def start(self) -> subprocess.Popen[bytes]:
        """The service in a process of its own, once it answers."""
        port = self.url.rpartition(":")[2]
        command = ["-m", "basketweave", "serve", "--store", str(self.store)]
        process = subprocess.Popen(
            [sys.executable, *command, "--port", port, *self.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(600):
            try:
                httpx2.get(f"{self.url}/api/health/live", timeout=5)
                return process
            except httpx2.TransportError:
                if process.poll() is not None:
                    raise RuntimeError("the service did not start") from None
                time.sleep(0.05)
        raise TimeoutError("the service does not answer")

    def kill(self) -> None:
        """Send events from several clients until the service is killed among them."""
        process = self.start()
        clients = [
            threading.Thread(target=self._send, args=(n,)) for n in range(WRITERS)
        ]
        for client in clients:
            client.start()
        time.sleep(self.chance.uniform(0, 0.7))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for client in clients:
            client.join()

    def _send(self, client: int) -> None:
        chance = random.Random(f"{self.run} {client}")
        with remote(self.url, timeout=20, tries=1) as service:
            for n in range(10_000):
                size = chance.choice((1, 1, 1, 20))
                some = [
                    self._event(client, n * 20 + one, chance) for one in range(size)
                ]
                self.sent += some
                try:
                    service.record(some)
                except BasketweaveError:
                    return
                self.accepted += some

    def _event(self, client: int, n: int, chance: random.Random) -> dict[str, Any]:
        name = f"{self.run}-{client}-{n}"
        user, item = chance.choice("abcde"), chance.choice("123456")
        time = 86_400 * (1 + self.run) + WRITERS * n + client
        return {"user": f"u{user}", "item": f"i{item}", "time": time, "id": name}

    def check(self) -> None:
        """Raise `AssertionError` where an event was lost or stands twice."""
        there = stored(self.store)
        lost = [event for event in self.accepted if not there[_key(event)]]
        twice = [key for key, times in there.items() if times > 1]
        assert not lost, f"{len(lost)} accepted events were lost, such as {lost[0]}"
        assert not twice, f"{len(twice)} events stand twice, such as {twice[0]}"
        sent = {_key(event) for event in self.sent}
        strange = [key for key in there if self._mine(key) and key not in sent]
        assert not strange, f"nobody sent {strange[0]}"

    def again(self) -> None:
        """Start once more and send all again; what was there is counted as such."""
        process = self.start()
        try:
            with remote(self.url, timeout=20) as service:
                if self.sent:
                    service.record(self.sent)
        finally:
            process.terminate()
            ended = process.wait()
        assert ended == 0, f"the service was told to end and ended with {ended}"
        self.accepted = self.sent
        self.check()

    def _mine(self, key: Key) -> bool:
        return key[2] // 86_400 == 1 + self.run


def stored(store: Path) -> Counter[Key]:
    """How often each event stands in the store."""
    with connect(str(store)) as opened:
        graph = opened.export(kinds=["PURCHASED"], relations=[])
    events = graph.all_events()
    users, items = graph.ids["User"].to_list(), graph.ids["Item"].to_list()
    rows = zip(
        events.user.tolist(), events.item.tolist(), events.time.tolist(), strict=True
    )
    return Counter((users[user], items[item], time) for user, item, time in rows)


def _key(event: dict[str, Any]) -> Key:
    return event["user"], event["item"], event["time"]


def prepared(store: Path) -> Path:
    """A store with one event, so that there is something to serve."""
    with connect(str(store)) as opened:
        opened.record({"user": "ua", "item": "i1", "time": 1})
    return store


def main(kills: int = 50, workers: int = 1) -> None:
    """Print what was sent and what was accepted."""
    sent = accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        store = prepared(Path(folder) / "graph.lbug")
        for run in range(kills):
            service = Killed(store, run, workers)
            service.kill()
            accepted += len(service.accepted)
            service.check()
            service.again()
            sent += len(service.sent)
    print(
        f"{kills} kills while {sent:,} events were sent: {accepted:,} accepted, none of "
        "them lost, none twice"
    )


if __name__ == "__main__":
    typer.run(main)
