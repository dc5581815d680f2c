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
    typer.Option(help="Only events up to this date (all of it), time or Unix second."),
]

Shards = Annotated[
    int | None, typer.Option(min=1, help="Of Parquet parts; default: one a part.")
]
Processes = Annotated[int, typer.Option(min=1, help="At work on Parquet parts.")]
Memory = Annotated[
    int, typer.Option(min=500, help="MB of all processes at work on Parquet parts.")
]

Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="Seed of all that is random.")
]

Protocol = Annotated[
    str, typer.Option(help="time: the last days; last-item: leave one out.")
]
Days = Annotated[float, typer.Option(help="Length of the windows.")]
Known = Annotated[str, typer.Option(help="new, again or any.")]
Kind = Annotated[
    str | None,
    typer.Option(help="The events that are predicted; default: the data set's target."),
]
Users = Annotated[int, typer.Option(min=1, help="Ask at most so many people.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")]

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
        help="Model file of the live sequence encoder (STORE.models/sasrec.pt), "
        "to read sessions with."
    ),
]

DEFAULT_STORE = "basketweave.lbug"


def open_store(uri: str, *, read_only: bool = False, new: bool = False) -> GraphStore:
    """The store at `uri`, credentials from the environment or `.env`.

    Only with `new` a store is made where there is none: a name that is misspelt is an
    error, not an empty store.
    """
    from basketweave.errors import StoreError
    from basketweave.graph.connect import connect, file_of

    path = file_of(uri)
    if path is not None and not new and not _there(path):
        raise StoreError(
            f"There is no store at {path}. Make one: "
            f"basketweave load complete_journey --store {path}"
        )
    return connect(uri, read_only=read_only)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long
        return False


def session_encoder(path: Path | None, store: GraphStore) -> HistoryReader | None:
    """What reads sessions, from its model file; None where none is named."""
    if path is None:
        return None
    from basketweave.encoders import load_reader

    return load_reader(path, store)
