"""`basketweave adopt`: a graph of one's own in Neo4j, in place."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_mapping, show_table
from basketweave.cli.options import AsJson
from basketweave.errors import UsageError
from basketweave.graph.address import Address, shown

if TYPE_CHECKING:
    from basketweave.graph.store import GraphStore
    from basketweave.loaders.own_graph import GraphMapping
    from basketweave.loaders.own_graph.survey import Survey


def adopt(
    store: Annotated[str, typer.Argument(help="neo4j:// or bolt:// address.")],
    mapping: Annotated[
        Path | None,
        typer.Argument(help="What the graph calls things (.yaml; docs/adopt.md)."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be read; write nothing.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take away all that was added.")
    ] = False,
    prefix: Annotated[
        str | None, typer.Option(help="With --remove, in place of the mapping.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="Other than the server's default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Work on a graph of your own, in place: only what bears the prefix is added.

    All other commands then take the address with the prefix, which this one prints.
    """
    from basketweave.loaders.own_graph import read_graph_mapping

    told = None if mapping is None else read_graph_mapping(mapping)
    named = _prefix(told, prefix, remove)
    with _opened(store, named, database) as graph:
        if remove or told is None:
            _remove(graph, as_json)
        elif dry_run:
            _survey(graph, told, as_json)
        else:
            _adopt(graph, told, as_json)
            address = _address(store, named, database)
            say(f'Next:  export BASKETWEAVE_STORE="{address}"')
            say("       basketweave derive")


def _prefix(mapping: GraphMapping | None, prefix: str | None, remove: bool) -> str:
    """The prefix that is meant; without a mapping there is one to remove alone."""
    if mapping is not None:
        return mapping.prefix
    if prefix is None or not remove:
        raise UsageError(
            "Name the mapping: basketweave adopt neo4j://… shop-graph.yaml"
            if not remove
            else "Name what to remove by its mapping, or by --prefix."
        )
    return prefix


def _opened(store: str, prefix: str, database: str | None) -> GraphStore:
    from basketweave.graph.connect import connect

    return connect(store, prefix=prefix, database=database)


def _address(store: str, prefix: str, database: str | None) -> str:
    """The address under which all other commands find the adopted graph.

    >>> _address("neo4j://me:secret@host:7687?database=shop", "bw", None)
    'neo4j://host:7687?prefix=bw&database=shop'
    """
    at = Address.of_server(store)
    named = database or (at and at.database)
    end = f"&database={named}" if named else ""
    return f"{shown(store).partition('?')[0]}?prefix={prefix}{end}"


def _adopt(graph: GraphStore, mapping: GraphMapping, as_json: bool) -> None:
    from basketweave.loaders.own_graph import adopt as take

    summary = asdict(take(graph, mapping, Bars()))
    if as_json:
        show_json(summary)
        return
    notes = summary.pop("notes")
    show_mapping(f"Adopted as {mapping.prefix}", {**summary, **notes})


def _survey(graph: GraphStore, mapping: GraphMapping, as_json: bool) -> None:
    from basketweave.loaders.own_graph.survey import survey

    found = survey(graph, mapping)
    if as_json:
        samples = [one.to_dicts() for one in found.samples]
        show_json({**asdict(found), "samples": samples})
        return
    _show(found)


def _show(found: Survey) -> None:
    for what, text in found.statements.items():
        typer.echo(f"// {what}\n{text};\n")  # brackets are no markup
    show_mapping("It finds", dict(found.counts))
    for sample in found.samples:
        show_table("Some events", sample.columns, [list(row) for row in sample.rows()])
    say("Nothing was written.")


def _remove(graph: GraphStore, as_json: bool) -> None:
    from basketweave.graph.neo4j import Neo4jStore
    from basketweave.graph.neo4j.adopted.remove import remove

    assert isinstance(graph, Neo4jStore)
    found = remove(graph.database, Bars())
    if as_json:
        show_json(dict(found))
        return
    show_mapping("Removed", dict(found))
