"""`basketweave prune`: what was shown is kept for a set time."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from basketweave.cli.console import say, show_json
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri, open_store


def prune(
    store: StoreUri = DEFAULT_STORE,
    days: Annotated[
        float, typer.Option(min=0, max=36_500, help="Keep what was shown since.")
    ] = 90,
    as_json: AsJson = False,
) -> None:
    """Take away what was shown to people before the last days."""
    with open_store(store) as graph:
        gone = graph.prune_shown(int(time.time() - days * 86_400))
        left, _ = graph.count_shown()
    if as_json:
        show_json({"removed": gone, "kept": left})
    else:
        say(f"Shown items removed: {gone:,}; kept: {left:,}")
