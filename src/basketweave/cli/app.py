"""The command line's root: one small file for each group of commands."""

from __future__ import annotations

from typing import Annotated

import typer

import basketweave
from basketweave.cli import (
    adopt,
    blend,
    data,
    evaluate,
    experiment,
    keys,
    kinds,
    models,
    neo4j,
    prune,
    queries,
    recipes,
    recommend,
    recommend_all,
    record,
    refresh,
    serve,
    tune,
)

app = typer.Typer(
    name="basketweave",
    help="A recommendation engine that lives in a graph database.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(basketweave.__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Load a graph, train on it, publish what was learnt, and recommend."""


for command in (
    *(data.load, data.generate, adopt.adopt, record.record, prune.prune),
    *(kinds.kinds, data.derive, data.doctor),
    *(models.train, models.publish, models.models),
    *(models.use, models.retire, models.rollback),
    *(blend.blend, refresh.refresh, tune.tune),
    *(recommend.recommend, recommend_all.recommend_all),
    *(recommend.similar, recommend.explain, serve.serve),
    *(evaluate.evaluate, evaluate.demo, recipes.run),
):
    app.command()(command)
# A query's parameters are options that no other command has.
app.command(context_settings={"ignore_unknown_options": True})(queries.queries)
app.add_typer(
    experiment.app, name="experiment", help="Two blends, side by side, on people."
)
app.add_typer(keys.app, name="keys", help="Who may ask the service.")
app.add_typer(neo4j.app, name="neo4j", help="A private Neo4j server, without Docker.")
