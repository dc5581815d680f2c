"""`basketweave queries`: the questions that come with the package, printed or run."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from basketweave.cli.console import say, show_json, show_table
from basketweave.cli.options import DEFAULT_STORE, AsJson, open_store
from basketweave.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from basketweave.graph.store import GraphStore
    from basketweave.queries.question import Question

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        "-s",
        envvar="BASKETWEAVE_STORE",
        help="Where `run` asks; a printed query has what this store calls things.",
    ),
]


def queries(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[run] [NAME] [--PARAMETER VALUE]…",
            help="A query to print, or after `run` to run, and its parameters.",
        ),
    ] = None,
    store: Store = None,
    params: Annotated[
        bool, typer.Option("--params", help="Print `:param` lines, not values.")
    ] = False,
    as_zip: Annotated[
        Path | None,
        typer.Option("--zip", help="Write saved scripts to drop onto the Browser."),
    ] = None,
    grass: Annotated[
        bool, typer.Option("--grass", help="Print the Browser's style for this graph.")
    ] = False,
    tour: Annotated[
        bool, typer.Option("--tour", help="Print the tour in Markdown.")
    ] = False,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print rows as CSV on stdout.")
    ] = False,
) -> None:
    """List the queries, print one to paste into Neo4j Browser, or run one.

    basketweave queries next_item --user 7 prints, basketweave queries run next_item
    --user 7 runs it.
    """
    asked, given = _split(words or [])
    if as_zip or grass or tour:
        _for_browser(as_zip, grass, store)
    elif not asked:
        _list(as_json)
    elif asked[0] != "run":
        typer.echo(_printed(_one(asked), given, params, store), nl=False)
    else:
        name = _one(asked[1:])
        _show(name, _rows(name, given, store), as_json, as_csv)


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The names, and the values after `--PARAMETER`."""
    asked, given, rest = [], {}, iter(words)
    for word in rest:
        if not word.startswith("-"):
            asked.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        told = value if equals else next(rest, None)
        if told is None:
            raise UsageError(f"'{word}' needs a value after it.")
        given[name] = told
    return asked, given


def _one(asked: Sequence[str]) -> str:
    if len(asked) != 1:
        raise UsageError("Name one query. List them: basketweave queries")
    return asked[0]


def _list(as_json: bool) -> None:
    from basketweave.queries.question import embedded, questions

    every = questions()
    if as_json:
        show_json({name: one.summary for name, one in every.items()})
        return
    rows = [
        [name, one.summary, "both" if embedded(name) else "Neo4j"]
        for name, one in every.items()
    ]
    show_table("Queries", ["name", "answers", "stores"], rows)
    say("Print one:  basketweave queries next_item --user 1")
    say("Run one:    basketweave queries run next_item --user 1 --store …")


def _for_browser(path: Path | None, grass: bool, store: str | None) -> None:
    """Saved scripts, the style or the tour, with values of a store that is named."""
    from basketweave.cli.tour import values
    from basketweave.loaders.own_graph.words import own_style, own_words
    from basketweave.queries.saved import style, write_zip
    from basketweave.queries.tour import markdown

    given, said, drawn = {}, own_words(None), style()
    if store is not None:
        with open_store(store, read_only=True) as graph:
            given = values(graph) if graph.dialect == "neo4j" else {}
            said, drawn = own_words(graph), own_style(graph, drawn)
    if grass or path is None:
        typer.echo(drawn if grass else markdown(given, said), nl=False)
        return
    write_zip(path, given, said)
    say(f"Drop it onto Neo4j Browser: {path}")


def _printed(
    name: str, given: Mapping[str, str], params: bool, store: str | None
) -> str:
    from basketweave.graph.connect import prefix_of
    from basketweave.queries import text
    from basketweave.queries.question import APART, question
    from basketweave.queries.search import searches

    if name in APART:
        return text(name)
    asked = question(name)
    values = _values(asked, given)
    if store is None or not (searches(asked) or prefix_of(store)):
        return asked.parametrised(values) if params else asked.pasted(values)
    from basketweave.loaders.own_graph.words import own_words

    with open_store(store, read_only=True) as graph:
        if searches(asked):
            asked = _searching(graph, asked, values.get("model"))
        said = asked.parametrised(values) if params else asked.pasted(values)
        return own_words(graph)(said)


def _searching(graph: GraphStore, asked: Question, model: str | None) -> Question:
    """The question with SEARCH over what is live, where the store's server has that."""
    from basketweave.graph.vectors import serving
    from basketweave.queries.search import FIRST, searching

    if graph.dialect != "neo4j":
        return asked
    versions = graph.run(
        "CALL dbms.components() YIELD versions RETURN versions[0] AS v"
    )
    year, month = (int(n) for n in versions["v"][0].split(".")[:2])
    models = graph.models()
    live = {m.card.name: m for m in models if m.status == "live" and m.dim}
    found = live.get(model) if model else serving(models).get("gnn")
    if (year, month) < FIRST or found is None:
        return asked
    return searching(asked, f"item_{found.key}", f"user_{found.key}")


def _rows(name: str, given: Mapping[str, str], store: str | None) -> pl.DataFrame:
    from basketweave.queries.question import question

    asked = question(name)
    values = asked.given(_values(asked, given))
    with open_store(store or DEFAULT_STORE, read_only=True) as graph:
        return graph.run(_for(graph, asked).statement, values)


def _for(graph: GraphStore, asked: Question) -> Question:
    from basketweave.queries.question import embedded

    found = asked if graph.dialect == "neo4j" else embedded(asked.name)
    if found is None:
        raise UsageError(
            f"'{asked.name}' runs on Neo4j only. Of the embedded store ask: "
            "basketweave recommend, similar or explain."
        )
    return found


def _values(asked: Question, given: Mapping[str, str]) -> dict[str, Any]:
    """The values that were typed, of the types that the defaults have."""
    from basketweave.plain_yaml import parse_yaml

    asked.given(given)
    return {
        name: value
        if isinstance(asked.defaults[name], str)
        else parse_yaml(value, f"--{name}")
        for name, value in given.items()
    }


def _show(name: str, rows: pl.DataFrame, as_json: bool, as_csv: bool) -> None:
    if as_json:
        show_json(rows.to_dicts())
    elif as_csv:
        flat = [[_flat(value) for value in row] for row in rows.rows()]
        _csv(rows.columns, flat)
    else:
        shown = [c for c in rows.columns if not _nested(rows[c].to_list())]
        cells = [[_told(value) for value in row] for row in rows.select(shown).rows()]
        show_table(name, shown, cells)


def _nested(values: Sequence[object]) -> bool:
    """Whether these are maps, or lists of maps, which no table shows well."""
    firsts = (v[0] if isinstance(v, list) and v else v for v in values)
    return any(isinstance(value, Mapping) for value in firsts)


def _told(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _flat(value: object) -> object:
    if isinstance(value, list | Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
