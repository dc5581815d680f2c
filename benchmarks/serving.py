"""The server that `service.py` asks: it publishes a model when told to.

    python benchmarks/serving.py STORE PORT --cache memory

At SIGUSR1 the live vectors are published as a new version; a second later the version
before serves again, with which the weights of the blend were learned.
"""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import typer

from basketweave import connect
from basketweave.graph.vectors import serving
from basketweave.service.app import create_app
from basketweave.service.server import listen, serve
from basketweave.service.settings import ServiceSettings


def main(uri: str, port: int, cache: str = "none", threads: int = 2) -> None:
    """Answer until SIGTERM."""
    with connect(uri) as store:
        version = next(iter(serving(store.models()).values()))
        vectors = store.vectors(version.card.name)

        def publish() -> None:
            store.publish(vectors, keep=100)
            time.sleep(1)
            store.use(version.card.name, version.version)

        def told(*_: Any) -> None:
            threading.Thread(target=publish).start()

        app = create_app(store, ServiceSettings(cache=cache, threads=threads))
        signal.signal(signal.SIGUSR1, told)
        serve(app, listen(app, port=port))


if __name__ == "__main__":
    typer.run(main)
