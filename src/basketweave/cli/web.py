"""`basketweave web`: a page to try a store with."""

from __future__ import annotations

from typing import Annotated

import typer

from basketweave.cli.console import say
from basketweave.cli.options import (
    DEFAULT_STORE,
    Encoder,
    StoreUri,
    open_store,
    session_encoder,
)


def web(
    store: StoreUri = DEFAULT_STORE,
    encoder: Encoder = None,
    host: Annotated[
        str,
        typer.Option(
            help="Where to listen. Any other address is open to others: nobody is asked who they are."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: any that is free.")] = 8750,
) -> None:
    """Serve a page with live recommendations for people and sessions."""
    from basketweave.serving.web import web_server

    with open_store(store, read_only=True) as graph:
        reader = session_encoder(encoder, graph)
        with web_server(graph, host=host, port=port, encoder=reader) as server:
            say(f"The page is at {server.url}  (Ctrl-C ends it)")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                say("Ended.")
