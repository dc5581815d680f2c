"""`basketweave serve`: the service over HTTP, and the page to try it with."""

from __future__ import annotations

from typing import Annotated

import typer

from basketweave.cli.console import say
from basketweave.cli.keys import KeysFile, keys_of
from basketweave.cli.options import (
    DEFAULT_STORE,
    Encoder,
    StoreUri,
    open_store,
    session_encoder,
)


def serve(
    store: StoreUri = DEFAULT_STORE,
    encoder: Encoder = None,
    host: Annotated[
        str,
        typer.Option(help="Where to listen; other machines may ask only with keys."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any that is free.")] = 8750,
    keys: KeysFile = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="A web site whose pages may ask (may be repeated)."),
    ] = None,
    cache: Annotated[
        str,
        typer.Option(
            metavar="none|memory|redis://HOST:PORT", help="Where answers are kept."
        ),
    ] = "none",
    rate: Annotated[
        str | None,
        typer.Option(help="How often each key may ask, such as 100/second."),
    ] = None,
    threads: Annotated[
        int,
        typer.Option(help="Requests that are computed at once, in each process."),
    ] = 2,
    workers: Annotated[
        int,
        typer.Option(help="Processes that answer; about one for each core."),
    ] = 1,
) -> None:
    """Answer over HTTP: recommendations, events, items; a page to try, /docs."""
    from basketweave.service.app import create_app
    from basketweave.service.log import log_to_stderr
    from basketweave.service.server import address, listen, serve
    from basketweave.service.settings import ServiceSettings
    from basketweave.service.workers import serve_together

    settings = ServiceSettings(
        keys=keys_of(store, keys),
        origins=tuple(origin or ()),
        cache=cache,
        rate=rate,
        threads=threads,
        workers=workers,
    )
    with open_store(store) as graph:
        if workers > 1:
            serve_together(
                *(graph, store, settings),
                host=host,
                port=port,
                encoder=encoder,
                logged=True,
                told=_at,
            )
            say("Ended.")
            return
        app = create_app(graph, settings, encoder=session_encoder(encoder, graph))
        sock = listen(settings, host, port)
        _at(address(sock))
        log_to_stderr()
        serve(app, sock)
    say("Ended.")


def _at(url: str) -> None:
    say(f"The page is at {url}/, what can be asked at {url}/docs  (Ctrl-C ends it)")
