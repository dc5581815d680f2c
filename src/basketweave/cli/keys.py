"""`basketweave keys create | list | revoke`: who may ask the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import say, show_json, show_table
from basketweave.cli.options import DEFAULT_STORE, AsJson, StoreUri

if TYPE_CHECKING:
    from basketweave.service.keys import Keys

app = typer.Typer(no_args_is_help=True)
KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="File of keys; by default STORE.keys."),
]
Name = Annotated[str, typer.Argument(help="What the key is for, such as shop-page.")]


@app.command()
def create(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            help="read: ask; write: events, items, users; admin: models, what deletes "
            "(may be repeated)."
        ),
    ] = ["read"],  # noqa: B006  # as typer shows defaults
    store: StoreUri = DEFAULT_STORE,
    keys: KeysFile = None,
) -> None:
    """Make a key and print it: it is kept as a hash, so nobody can read it again."""
    typer.echo(_keys(store, keys).create(name, scope))


@app.command("list")
def listed(
    store: StoreUri = DEFAULT_STORE, keys: KeysFile = None, as_json: AsJson = False
) -> None:
    """List the keys: names and scopes, never the keys themselves."""
    found = _keys(store, keys).list()
    rows = [[key.name, ", ".join(key.scopes), key.created] for key in found]
    if as_json:
        show_json([{"name": n, "scopes": s, "created": c} for n, s, c in rows])
    elif rows:
        show_table("Keys", ["name", "scopes", "created"], rows)
    else:
        say("There are no keys: only this machine is answered.")


@app.command()
def revoke(name: Name, store: StoreUri = DEFAULT_STORE, keys: KeysFile = None) -> None:
    """Take a key away; a running service refuses it from the next request on."""
    _keys(store, keys).revoke(name)
    say(f"The key {name} is no longer valid.")


def keys_of(store: str, named: Path | None) -> Path | None:
    """The file of keys that a service has to ask for; None where there is none.

    Raises `UsageError` where the named one is not there.
    """
    from basketweave.errors import UsageError

    if named is not None and not named.exists():
        raise UsageError(
            f"There are no keys in {named}. Make one: basketweave keys create NAME "
            f"--keys {named}"
        )
    beside = _beside(store)
    return named or (beside if beside and beside.exists() else None)


def _keys(store: str, named: Path | None) -> Keys:
    from basketweave.errors import UsageError
    from basketweave.service.keys import Keys

    path = named or _beside(store)
    if path is None:
        raise UsageError(
            "A server has no file beside which keys could stand: --keys FILE"
        )
    return Keys(path)


def _beside(store: str) -> Path | None:
    from basketweave.graph.connect import file_of

    file = file_of(store)
    return None if file is None else file.with_name(f"{file.name}.keys")
