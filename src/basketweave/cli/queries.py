"""`basketweave queries`: the Cypher that comes with the package."""

from __future__ import annotations

from typing import Annotated

import typer

from basketweave.cli.console import say, show_json, show_table
from basketweave.cli.options import AsJson


def queries(
    name: Annotated[
        str | None, typer.Argument(help="One query, printed whole.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the queries, or print one to paste into Neo4j Browser."""
    from basketweave.queries import names, query, summary

    if name is not None:
        typer.echo(query(name), nl=False)
    elif as_json:
        show_json({n: summary(n) for n in names()})
    else:
        show_table("Queries", ["name", "answers"], [[n, summary(n)] for n in names()])
        say("Print one:  basketweave queries recommend")
