"""`basketweave tune`: the settings of a model, searched on validation."""

from __future__ import annotations

from logging import WARNING
from pathlib import Path
from typing import Annotated, Any

import typer

from basketweave.baselines.registry import FITTED
from basketweave.cli.console import Bars, err, show_json, show_lines
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    Days,
    Device,
    Kind,
    Known,
    Protocol,
    Seed,
    StoreUri,
    Users,
    open_store,
)
from basketweave.encoders.registry import ENCODERS

FOLDER = Path(".basketweave/tune")


def tune(
    model: Annotated[
        str, typer.Argument(help=f"An encoder ({ENCODERS}), or a baseline ({FITTED}).")
    ],
    store: StoreUri = DEFAULT_STORE,
    protocol: Protocol = "time",
    days: Days = 28,
    known: Known = "any",
    kind: Kind = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials in all.")] = 30,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Begin no trial after so many seconds.")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(help="SQLite file of the trials; default: in the folder."),
    ] = None,
    space: Annotated[
        Path | None, typer.Option(help="YAML file: what to search otherwise.")
    ] = None,
    users: Users = 2_000,
    seed: Seed = 0,
    device: Device = "auto",
    folder: Annotated[
        Path, typer.Option(help="Where settings, table and picture go.")
    ] = FOLDER,
    only_list: Annotated[
        bool, typer.Option("--settings", help="Only list the model's settings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Search a model's settings by NDCG@10 on the window before the last one.

    Prints the best ones as a recipe's `settings:`. The last window, which
    `evaluate` reports, is never looked at. A search that was stopped goes on.
    """
    from basketweave.choosing.windows import validation_of
    from basketweave.tuning.search import import_optuna
    from basketweave.tuning.search import tune as search
    from basketweave.tuning.space import config_of, listed
    from basketweave.tuning.space import space as read_space

    if only_list:
        _list(listed(model, space), as_json)
        return
    import_optuna().logging.set_verbosity(WARNING)
    searched = read_space(model, space)
    properties = getattr(config_of(model)(), "item_properties", ())
    with open_store(store, read_only=True) as graph:
        full = graph.export(items=properties, progress=Bars())
    here = folder / model
    found = search(
        validation_of(
            full,
            protocol,
            days=days,
            known=known,  # type: ignore[arg-type]  # `validation_of` checks it
            kind=kind,
        ),
        model,
        searched=searched,
        trials=trials,
        timeout=timeout,
        study=study or here / "study.db",
        seed=seed,
        device=device,
        users=users,
        progress=Bars(),
    )
    found.save(here)
    if as_json:
        show_json(found.to_dict())
        return
    typer.echo(found.to_yaml(), nl=False)
    err.print(f"Saved: {here}")


def _list(settings: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(settings)
        return
    lines = []
    for one in settings:
        searched = f" Searched: {one['searched']}." if one["searched"] else ""
        lines.append((f"{one['setting']}: {one['default']}", one["meaning"] + searched))
    show_lines(lines)
