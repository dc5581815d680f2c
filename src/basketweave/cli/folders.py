"""Where the files of trained models are: every store has a folder of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

import typer

from basketweave.graph.address import Address, typed

FORMER = Path(".basketweave/models")
"""Where all stores of a working directory kept them, before each had its own."""

Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of trained models; default: STORE.models, beside it."),
]


def folder_of(store: str) -> Path:
    """The folder of a store's models: beside its file, or here for a server's.

    >>> folder_of("neo4j://localhost:7687").as_posix()
    '.basketweave/models/localhost-7687'
    """
    from basketweave.graph.connect import file_of

    path = file_of(store)
    if path is not None:
        path = path.resolve()
        return path.with_name(f"{path.name}.models")
    server = store.partition("://")[2].rpartition("@")[2]
    host = server.partition("/")[0].partition("?")[0]
    set_for = os.environ.get("NEO4J_URI", "").rpartition("/")[2].rpartition("@")[2]
    named = host or set_for or "neo4j"
    at = Address.of_server(store)
    database = (at and at.database) or os.environ.get("NEO4J_DATABASE", "")
    parts = (named, database, (at and at.prefix) or "")
    return FORMER / "-".join(re.sub(r"[^\w.]+", "-", part) for part in parts if part)


def vectors_file(model: str, store: str, folder: Path | None) -> Path:
    """The file of a trained model's vectors: a name, or the file itself.

    Raises `DataError` where only the folder that all stores once shared has one: of
    which store it is cannot be told.
    """
    from basketweave.errors import DataError

    if model.endswith(".npz"):
        return Path(model)
    path = (folder or folder_of(store)) / f"{model}.npz"
    former = FORMER / path.name
    if folder is None and former.exists() and not path.exists():
        raise DataError(
            f"There are no vectors at {path}. An earlier version kept those of all "
            f"stores together: if {former} is of this one, "
            f"basketweave publish {former} --store {typed(store)}"
        )
    return path
