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
        int, typer.Option(help="Requests that are computed at the same time.")
    ] = 2,
) -> None:
    """Answer over HTTP: recommendations, events, items; a page to try, /docs."""
    from basketweave.service.app import create_app
    from basketweave.service.log import log_to_stderr
    from basketweave.service.server import address, listen, serve
    from basketweave.service.settings import ServiceSettings

    settings = ServiceSettings(
        keys=keys_of(store, keys),
        origins=tuple(origin or ()),
        cache=cache,
        rate=rate,
        threads=threads,
    )
    with open_store(store) as graph:
        app = create_app(graph, settings, encoder=session_encoder(encoder, graph))
        sock = listen(app, host, port)
        url = address(sock)
        say(f"The page is at {url}/, what can be asked at {url}/docs  (Ctrl-C ends it)")
        log_to_stderr()
        serve(app, sock)
    say("Ended.")
