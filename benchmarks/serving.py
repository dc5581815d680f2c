"""The server that `service.py` asks: it publishes a model when told to.

    python benchmarks/serving.py STORE PORT --cache memory --workers 2

At SIGUSR1 the live vectors are published as a new version, and the weights of the blends
as learned with it, in one step; the two newest versions of each are kept.
"""

from __future__ import annotations

import signal
import threading
from typing import Any

import typer

from basketweave import connect
from basketweave.graph.vectors import serving
from basketweave.service.app import create_app
from basketweave.service.server import listen, serve
from basketweave.service.settings import ServiceSettings
from basketweave.service.workers import serve_together


def main(
    uri: str, port: int, cache: str = "none", threads: int = 2, workers: int = 1
) -> None:
    """Answer until SIGTERM."""
    with connect(uri) as store:
        version = next(iter(serving(store.models()).values()))
        vectors = store.vectors(version.card.name)

        def publish() -> None:
            with store.together():
                new = store.publish(vectors)
                for one in store.models():
                    if one.status == "live" and one.weights:
                        learned = {**one.learned_with, version.card.part: new.key}
                        store.publish_weights(one.card, one.weights, learned)

        def told(*_: Any) -> None:
            threading.Thread(target=publish).start()

        settings = ServiceSettings(cache=cache, threads=threads, workers=workers)
        signal.signal(signal.SIGUSR1, told)
        if workers > 1:
            serve_together(store, uri, settings, host="127.0.0.1", port=port)
        else:
            serve(create_app(store, settings), listen(settings, port=port))


if __name__ == "__main__":
    typer.run(main)
