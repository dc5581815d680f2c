"""Options that more than one command takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore
    from basketweave.sequence import HistoryReader

StoreUri = Annotated[
    str,
    typer.Option(
        "--store",
        "-s",
        envvar="BASKETWEAVE_STORE",
        help="A path (embedded) or neo4j:// / bolt:// address.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
AsOf = Annotated[
    str | None,
    typer.Option(help="Only events up to this date (2017-11-30) or Unix second."),
]

Track = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|mlflow:URI",
        help="Keep config and figures of each epoch: TensorBoard files, or MLflow.",
    ),
]

Encoder = Annotated[
    Path | None,
    typer.Option(
        help="Model file of the live sequence encoder (.basketweave/models/sasrec.pt), "
        "to read sessions with."
    ),
]

DEFAULT_STORE = "basketweave.lbug"


def open_store(uri: str, *, read_only: bool = False) -> GraphStore:
    """The store at `uri`, credentials from the environment or `.env`."""
    from basketweave.graph.connect import connect

    return connect(uri, read_only=read_only)


def session_encoder(path: Path | None, store: GraphStore) -> HistoryReader | None:
    """What reads sessions, from its model file; None where none is named."""
    if path is None:
        return None
    from basketweave.sequence import HistoryReader

    return HistoryReader.load(path, store)


def seconds(as_of: str | None) -> int | None:
    """A date (its end, UTC) or a Unix second as a Unix second.

    >>> seconds("1970-01-02")
    172799
    >>> seconds("12")
    12
    """
    from datetime import UTC, datetime, timedelta

    from basketweave.errors import UsageError

    if as_of is None or as_of.lstrip("-").isdigit():
        return None if as_of is None else int(as_of)
    try:
        when = datetime.fromisoformat(as_of)
    except ValueError:
        raise UsageError(
            f"{as_of!r} is not a time. Use a date such as 2017-11-30, a time such as "
            "2017-11-30T18:00, or a Unix second."
        ) from None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    whole_day = timedelta(days=1, seconds=-1) if "T" not in as_of else timedelta(0)
    return int((when + whole_day).timestamp())
