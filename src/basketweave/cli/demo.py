"""`basketweave demo`: the main job on the Complete Journey, from files to a list.

Each step keeps what it made, so that a second run only shows it, and one that was
stopped goes on where it stood.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from basketweave.baselines.registry import baseline
from basketweave.blend.scores import VectorScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import Choice, choose, contenders, fitted
from basketweave.choosing.weights import Learned, learn, publish_blend
from basketweave.choosing.windows import Windows, windows_of
from basketweave.cli.console import Bars, out, show_ranked
from basketweave.encoders.registry import configured
from basketweave.evaluation import Report, Scores, evaluate, time_split
from basketweave.graph.address import shown
from basketweave.graph.connect import connect
from basketweave.graph.derive import write
from basketweave.graph.known import Known
from basketweave.graph.store import GraphStore
from basketweave.graph.subgraph import Subgraph
from basketweave.graph.vectors import Vectors
from basketweave.loaders import load_tables
from basketweave.serving.recommender import Recommender
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig
from basketweave.training.loop import train

BASELINES: Mapping[str, Mapping[str, Any]] = {
    "popularity": {},
    "recent-popularity": {},
    "own-frequency": {"half_life_days": 60},
    "item-knn": {"min_users": 20, "weighting": "bm25"},
    "ease": {"regularization": 300},
    "als": {"factors": 64, "alpha": 1, "regularization": 10},
    "bpr": {"iterations": 20, "learning_rate": 0.01},
}
KNOWN: tuple[Known, ...] = ("any", "new")
SETTINGS = BlendSettings(together=0)

FILTER = configured(
    "filter", counts=True, item_power=0, shrink=3, half_life=90, norms=False
)
"""The graph filter for groceries, chosen on earlier windows."""
# Small enough to train twice within the demo's minutes on two cores.
ENCODERS: tuple[EncoderConfig, ...] = (
    configured(
        "gat",
        epochs=3,
        patience=1,
        fan_out=8,
        history=32,
        buyers=16,
        head=2000,
        negatives=2000,
        users=512,
        cuts=3,
    ),
    FILTER,
)


def run(store: str, folder: Path, *, user: str, fresh: bool, progress: Bars) -> None:
    """Load, learn, publish, evaluate and recommend; prints all three results."""
    if fresh:
        _forget(store, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with connect(store) as graph:
        _load(graph, progress)
        full = graph.export(progress=progress)
        windows = windows_of(full)
        done = folder / "done.json"
        if not done.exists():
            _learn(graph, windows, folder, progress)
            done.write_text(json.dumps({"as_of": windows.test.as_of}))
        for known in KNOWN:
            table = (folder / f"{known}.txt").read_text()
            out.print(table, highlight=False, soft_wrap=True)
        _show(graph, full, windows, user)
    _next(store, user)


def _load(graph: GraphStore, progress: Bars) -> None:
    if graph.dataset() is not None:
        return
    with progress.task("Reading the Complete Journey", total=1) as advance:
        tables = load_tables("complete_journey")
        advance(1)
    summary = graph.load(tables, progress=progress)
    out.print(
        f"{summary.users:,} households, {summary.items:,} products, "
        f"{summary.events:,} purchases"
    )
    for note, count in summary.notes.items():
        out.print(f"  {count:,} {note}")


def _learn(graph: GraphStore, windows: Windows, folder: Path, progress: Bars) -> None:
    pairs = {
        config.name: encode(windows, config, folder, progress=progress)
        for config in ENCODERS
    }
    choice = _chosen(windows, pairs, folder, progress)
    after = fitted(windows.test, [pairs[choice.encoder][1]], SETTINGS)
    write(graph, windows.test.train, after.derived, progress)
    _publish(graph, after.vectors[0], choice.learned, windows, progress)
    models: dict[str, Scores] = dict(_baselines(windows, progress))
    for name, (_, vectors) in pairs.items():
        if name != choice.encoder:
            models[f"{name} vectors alone"] = VectorScores(vectors)
    for known in KNOWN:
        blends = contenders(after, choice.learned, known)
        _evaluate(windows, {**models, **blends}, known, folder, progress)


def _baselines(windows: Windows, progress: Bars) -> dict[str, Scores]:
    """The baselines, their settings chosen on validation beforehand."""
    with progress.task("Fitting baselines", total=len(BASELINES)) as advance:
        models: dict[str, Scores] = {}
        for name, settings in BASELINES.items():
            models[name] = baseline(name, **settings).fit(windows.test.train)
            advance(1)
    return models


def _chosen(
    windows: Windows,
    pairs: Mapping[str, tuple[Vectors, Vectors]],
    folder: Path,
    progress: Bars,
) -> Choice:
    """The encoder whose vectors serve the blend best on validation."""
    kept = folder / "choice.json"
    if kept.exists():
        content = json.loads(kept.read_text())
        learned = {known: Learned(**v) for known, v in content["learned"].items()}
        return Choice(content["encoder"], learned)
    choices, found = [], None
    for name, (vectors, _) in pairs.items():
        before = fitted(windows.validation, [vectors], SETTINGS, found=found)
        found = before.derived
        choices.append(Choice(name, choose(before, KNOWN, progress, users=1_000)))
        reached = ", ".join(f"{k} {v.ndcg:.4f}" for k, v in choices[-1].learned.items())
        out.print(f"  blend with {name} on validation, NDCG@10: {reached}")
    best = _over_time(windows, max(choices, key=lambda c: c.ndcg), progress)
    kept.write_text(json.dumps(asdict(best)))
    return best


def _over_time(windows: Windows, best: Choice, progress: Bars) -> Choice:
    """The weights learnt once more on three windows, which tell taste from chance.

    Only for an encoder without training, which is made for each window in seconds.
    """
    config = next(config for config in ENCODERS if config.name == best.encoder)
    if isinstance(config, TrainingConfig):
        return best
    sides, split = [], windows.validation
    for _ in range(3):
        side = fitted(split, [train(split.train, config).vectors], SETTINGS)
        sides.append((side.sources, split))
        split = time_split(split.train, days=28)
    learned = {k: learn(sides, k, users=1_000, progress=progress) for k in KNOWN}
    return Choice(best.encoder, learned)


def _publish(
    graph: GraphStore,
    vectors: Vectors,
    learned: Mapping[Known, Learned],
    windows: Windows,
    progress: Bars,
) -> None:
    card = replace(vectors.card, as_of=windows.test.as_of)
    graph.publish(replace(vectors, card=card), progress=progress)
    publish_blend(graph, learned, SETTINGS, windows.test.as_of)


def _evaluate(
    windows: Windows,
    models: Mapping[str, Scores],
    known: Known,
    folder: Path,
    progress: Bars,
) -> None:
    asked = {n: m for n, m in models.items() if known == "any" or n != "own-frequency"}
    report = evaluate(asked, windows.test, known=known, progress=progress)
    report.save(folder / known)
    _keep(report, folder / f"{known}.txt")


def _keep(report: Report, path: Path) -> None:
    wide = Console(width=100, no_color=True)
    with wide.capture() as captured:
        wide.print(report)
    path.write_text(captured.get())


def _show(graph: GraphStore, full: Subgraph, windows: Windows, user: str) -> None:
    as_of = windows.test.as_of
    later = _bought_after(graph, user, as_of)
    marks = dict.fromkeys(later, "bought in the next 28 days")
    _history(graph, user, as_of)
    for known in KNOWN:
        found = Recommender(graph).recommend(user, known=known, as_of=as_of)
        out.print()
        show_ranked(f"Recommended to household {user}, {known} products", found, marks)


def _history(graph: GraphStore, user: str, as_of: int | None) -> None:
    rows = graph.run(
        "MATCH (u:User {id: $user})-[b:PURCHASED]->(i:Item) WHERE b.at <= $asOf "
        "RETURN i.title AS title, count(*) AS times, max(b.at) AS last "
        "ORDER BY last DESC, times DESC LIMIT 8",
        {"user": user, "asOf": as_of},
    )
    table = Table(title=f"Household {user}: latest purchases", title_justify="left")
    for column in ("product", "times"):
        table.add_column(column)
    for title, times, _ in rows.iter_rows():
        table.add_row(title, str(times))
    out.print(table)


def _bought_after(graph: GraphStore, user: str, as_of: int | None) -> set[str]:
    rows = graph.run(
        "MATCH (u:User {id: $user})-[b:PURCHASED]->(i:Item) WHERE b.at > $asOf "
        "RETURN DISTINCT i.id AS id",
        {"user": user, "asOf": as_of},
    )
    return set(rows["id"])


def _forget(store: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for path in Path(store).parent.glob(f"{Path(store).name}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _next(store: str, user: str) -> None:
    out.print("What to type next:")
    for command in (
        f"recommend {user} --known new -k 5 --store {shown(store)}",
        f"explain {user} 995242 --store {shown(store)}",
        f"similar 995242 --store {shown(store)}",
        f"doctor --store {shown(store)}",
        "neo4j start",
    ):
        out.print(f"  basketweave {command}", highlight=False)
