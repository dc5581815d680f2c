"""`basketweave demo`: an experiment of the recipe `complete_journey`, in a store to use.

What was loaded and learned is kept, so that a second run only shows it, and one that
was stopped goes on where it stood.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from basketweave.cli.console import Bars, out, show_ranked
from basketweave.evaluation import Report
from basketweave.graph.address import typed
from basketweave.graph.connect import connect
from basketweave.graph.store import GraphStore
from basketweave.recipes.data import fill, windows
from basketweave.recipes.experiment import Experiment
from basketweave.recipes.ranking import Outcome, run_ranking
from basketweave.recipes.recipe import read_recipe
from basketweave.recipes.show import publish
from basketweave.serving.recommender import Recommender


def experiment() -> Experiment:
    """What the demo runs."""
    return read_recipe("complete_journey").experiments["demo"]


def run(store: str, folder: Path, *, user: str, fresh: bool, progress: Bars) -> None:
    """Load, learn, publish, evaluate and recommend; prints all three results."""
    if fresh:
        _forget(store, folder)
    folder.mkdir(parents=True, exist_ok=True)
    asked, done = experiment(), folder / "done.json"
    with connect(store) as graph:
        _load(graph, asked, progress)
        if not done.exists():
            as_of = _learn(graph, asked, folder, progress)
            done.write_text(json.dumps({"as_of": as_of}))
        for known in asked.protocol.asked:
            table = (folder / f"{known}.txt").read_text()
            out.print(table, highlight=False, soft_wrap=True)
        _show(graph, asked, json.loads(done.read_text())["as_of"], user)
    _next(store, user)


def _load(graph: GraphStore, asked: Experiment, progress: Bars) -> None:
    summary = fill(graph, asked.data, progress)
    if summary is None:
        return
    out.print(
        f"{summary.users:,} households, {summary.items:,} products, "
        f"{summary.events:,} purchases"
    )
    for note, count in summary.notes.items():
        out.print(f"  {count:,} {note}")


def _learn(
    graph: GraphStore, asked: Experiment, folder: Path, progress: Bars
) -> int | None:
    """Run the experiment, make its blend live and keep its tables; gives its `as_of`."""
    full = graph.export(progress=progress)
    question = windows(full, asked.protocol, asked.data.source)
    outcome = run_ranking(asked, question, folder, asked.seeds[0], progress)
    blend = outcome.blends["blend"]
    for encoder, reached in blend.tried.items():
        told = ", ".join(f"{known} {ndcg:.4f}" for known, ndcg in reached.items())
        out.print(f"  blend with {encoder} on validation, NDCG@10: {told}")
    publish(graph, blend, progress)
    for known, report in zip(asked.protocol.asked, outcome.reports, strict=True):
        listed = _listed(report, asked, outcome)
        listed.save(folder / known)
        _keep(listed, folder / f"{known}.txt")
    return question.test.as_of


def _listed(report: Report, asked: Experiment, outcome: Outcome) -> Report:
    """Without the vectors that the blend uses, which are its part `gnn`."""
    used = {vectors.card.name for vectors in outcome.blends["blend"].side.vectors}
    encoders = {label for label, model in asked.models.items() if model.encoder}
    results = {
        f"{label} vectors alone" if label in encoders else label: result
        for label, result in report.results.items()
        if label not in used
    }
    return replace(report, results=results)


def _keep(report: Report, path: Path) -> None:
    wide = Console(width=100, no_color=True)
    with wide.capture() as captured:
        wide.print(report)
    path.write_text(captured.get())


def _show(graph: GraphStore, asked: Experiment, as_of: int | None, user: str) -> None:
    later = _bought_after(graph, user, as_of)
    marks = dict.fromkeys(later, "bought in the next 28 days")
    _history(graph, user, as_of)
    for known in asked.protocol.asked:
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
        f"recommend {user} --known new -k 5 --store {typed(store)}",
        f"explain {user} 995242 --store {typed(store)}",
        f"similar 995242 --store {typed(store)}",
        f"doctor --store {typed(store)}",
        "neo4j start",
        f"serve --store {typed(store)}",
    ):
        out.print(f"  basketweave {command}", highlight=False)
