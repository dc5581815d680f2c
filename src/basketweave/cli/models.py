"""`basketweave train | publish | models | use | retire | rollback`: learn, go live."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from basketweave.cli.console import Bars, say, show_json, show_table
from basketweave.cli.folders import Folder, folder_of, vectors_file
from basketweave.cli.options import (
    DEFAULT_STORE,
    AsJson,
    AsOf,
    Device,
    Seed,
    StoreUri,
    Track,
    open_store,
)
from basketweave.cli.train_parts import train_parts
from basketweave.encoders.registry import ENCODERS
from basketweave.graph.address import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from basketweave.graph.vectors import ModelVersion

Name = Annotated[str, typer.Argument(help="The model's name, such as gat.")]


def train(
    model: Annotated[str, typer.Argument(help=f"{ENCODERS}.")],
    store: StoreUri = DEFAULT_STORE,
    as_of: AsOf = None,
    epochs: Annotated[int | None, typer.Option(help="Passes at most.")] = None,
    dim: Annotated[int | None, typer.Option(help="Width of the vectors.")] = None,
    seed: Seed = 0,
    device: Device = "auto",
    devices: Annotated[
        int, typer.Option(min=1, help="Processes to train with; on CUDA one a GPU.")
    ] = 1,
    backend: Annotated[
        str | None, typer.Option(help="Of gat and gcn: pyg, or dgl (an extra).")
    ] = None,
    days: Annotated[
        int,
        typer.Option(min=0, help="Days held out to choose the best epoch; 0: none."),
    ] = 28,
    new_items: Annotated[
        str | None,
        typer.Option(help="Place items without events by their text: tfidf, sentences"),
    ] = None,
    go_live: Annotated[
        bool, typer.Option("--publish", help="Publish the vectors at once.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Do not go on where it was stopped.")
    ] = False,
    folder: Folder = None,
    parts: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="PARTS", help="Parquet parts, no store (load --to)."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Of --from: the folder for everyone's vectors.")
    ] = None,
    sample: Annotated[
        int, typer.Option(min=1, help="Of --from: people to hold in memory.")
    ] = 50_000,
    track: Track = None,
    as_json: AsJson = False,
) -> None:
    """Train an encoder on the stored graph; resumes where it was stopped.

    Others may read and write the store meanwhile: it is opened to read the graph, and
    again to publish. With --from it learns from Parquet parts, however many people
    there are; so does each process that torchrun starts, on one or several machines.
    """
    from basketweave.choosing.refit import fit, forget
    from basketweave.content.new_items import text_reader, with_new_items
    from basketweave.encoders.registry import configured
    from basketweave.encoders.saved import save_encoder
    from basketweave.graph.saved import save_vectors
    from basketweave.tracking import tracker

    settings = {"epochs": epochs, "dim": dim, "backend": backend}
    config = configured(model, **{k: v for k, v in settings.items() if v is not None})
    if parts is not None:
        train_parts(
            config,
            parts,
            to,
            sample=sample,
            days=days,
            as_of=as_of,
            seed=seed,
            device=device,
            devices=devices,
            fresh=fresh,
            track=track,
            as_json=as_json,
        )
        return
    reader = text_reader(configured(new_items)) if new_items else None
    bars, kept = Bars(), tracker(track)
    with open_store(store, read_only=True) as graph:
        subgraph = graph.export(
            as_of=as_of, items=(reader or config).item_properties, progress=bars
        )
    config = config.model_copy(update={"kind": subgraph.counts.target})
    place = folder or folder_of(store)
    checkpoints = place / "checkpoints"
    if fresh:
        forget(checkpoints, config)
    trained = fit(
        subgraph,
        config,
        days=days,
        seed=seed,
        device=device,
        devices=devices,
        checkpoints=checkpoints,
        progress=bars,
        tracker=kept,
    )
    vectors = trained.vectors
    if reader:
        vectors = with_new_items(vectors, subgraph, reader)
    path = place / f"{model}.npz"
    save_vectors(vectors, path)
    save_encoder(trained.encoder, path.with_suffix(".pt"))
    forget(checkpoints, config)
    if go_live:
        with open_store(store) as graph:
            version = graph.publish(vectors, progress=bars)
        _live(version, as_json)
        _blend_next(store, as_json)
    elif as_json:
        show_json({"file": str(path), "metrics": vectors.card.metrics})
    else:
        say(f"Trained {model} in {trained.seconds:.0f} s: {path}")
        where = "" if folder is None else f" --folder {folder}"
        say(f"Next:  basketweave publish {model} --store {typed(store)}{where}")


def publish(
    model: Annotated[
        str,
        typer.Argument(help="A trained model, a .npz file, or a folder of vectors."),
    ],
    store: StoreUri = DEFAULT_STORE,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Write trained vectors as a new version, then make it live in one step."""
    from basketweave.graph.saved import load_vectors
    from basketweave.graph.sharded.vector_parts import VectorParts

    if Path(model).is_dir() and model not in ENCODERS:
        vectors = VectorParts.open(Path(model)).all()
    else:
        vectors = load_vectors(vectors_file(model, store, folder))
    started = time.perf_counter()
    with open_store(store) as graph:
        version = graph.publish(vectors, progress=Bars())
    _live(version, as_json, time.perf_counter() - started)
    _blend_next(store, as_json)


def models(store: StoreUri = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """List the published versions, and say which are live."""
    from basketweave.graph.vectors import serving

    with open_store(store, read_only=True) as graph:
        versions = graph.models()
    serves = {v.key: part for part, v in serving(versions).items()}
    if as_json:
        show_json([{**_plain(v), "serves": serves.get(v.key)} for v in versions])
        return
    if not versions:
        say(
            f"Nothing is published. Train something: basketweave train gat -s {typed(store)}"
        )
        return
    columns = [*("model", "version", "kind", "part", "status", "dim"), "trained at"]
    rows = [
        [
            v.card.name,
            v.version,
            v.card.kind,
            v.card.part if v.card.kind == "encoder" else None,
            _status(v, serves),
            v.dim or None,
            v.trained_at[:16].replace("T", " "),
        ]
        for v in versions
    ]
    show_table("Models", columns, rows)
    for v in versions:
        if figures := _figures(v):
            say(f"{v.key}: {figures}")
        if v.stale and v.status == "live":
            say(
                f"{v.card.name}: learned with {', '.join(v.learned_with.values())}, so "
                f"its weights are not used. Next:  basketweave blend --store {typed(store)}"
            )


def use(
    model: Name,
    version: Annotated[
        int | None, typer.Option(help="Which version; default: the live or newest.")
    ] = None,
    store: StoreUri = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Let a model serve its part, in place of the one that does now."""
    with open_store(store) as graph:
        _live(graph.use(model, version), as_json)


def retire(
    model: Name, store: StoreUri = DEFAULT_STORE, as_json: AsJson = False
) -> None:
    """Take a model out of serving, without deleting it."""
    with open_store(store) as graph:
        version = graph.retire(model)
    if as_json:
        show_json(_plain(version))
        return
    say(
        f"{model} version {version.version} is retired. "
        f"To let it serve again:  basketweave use {model} --store {typed(store)}"
    )


def rollback(
    model: Name, store: StoreUri = DEFAULT_STORE, as_json: AsJson = False
) -> None:
    """Make the version before the live one live again."""
    with open_store(store) as graph:
        _live(graph.rollback(model), as_json)


def _live(version: ModelVersion, as_json: bool, seconds: float | None = None) -> None:
    if as_json:
        show_json(_plain(version))
        return
    took = "" if seconds is None else f" ({seconds:.1f} s)"
    say(f"{version.card.name} version {version.version} is live{took}.")
    for what, n in version.left_out.items():
        say(f"{n:,} vectors of {what} that the store does not have were left out.")


def _blend_next(store: str, as_json: bool) -> None:
    if not as_json:
        say(f"Next:  basketweave blend --store {typed(store)}  (how much they count)")


def _status(version: ModelVersion, serves: Mapping[str, str]) -> str:
    """As it is stored; of two live encoders of one part only one serves."""
    if version.status != "live":
        return version.status
    if version.card.kind == "encoder":
        return "live" if version.key in serves else "live, not used"
    return "live, stale" if version.stale else "live"


def _figures(version: ModelVersion) -> str:
    """Its metrics in a line, the validation's first, as they were recorded."""
    told = version.card.metrics.items()
    return ", ".join(
        f"{name} {value:.4g}" for name, value in told if isinstance(value, int | float)
    )


def _plain(version: ModelVersion) -> dict[str, object]:
    return {
        "name": version.card.name,
        "version": version.version,
        "kind": version.card.kind,
        "part": version.card.part,
        "status": version.status,
        "dim": version.dim,
        "trained_at": version.trained_at,
        "served_since": version.served_since,
        "as_of": version.card.as_of,
        "metrics": dict(version.card.metrics),
        "weights": dict(version.weights),
        "learned_with": dict(version.learned_with),
        "stale": version.stale,
        "left_out": dict(version.left_out),
    }
