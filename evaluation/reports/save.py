"""A report as JSON, as a printed table, and as a folder of files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable

if TYPE_CHECKING:
    from basketweave.evaluation.reports.report import Report


_CAPTION = "interval: 95 % bootstrap over users; s: seconds to fit and score"


def as_json(report: Report) -> str:
    """The report's figures: its split, each model, and the segments."""
    split = report.split
    content = {
        "split": {
            "name": split.name,
            "known": split.known,
            "kind": split.kind,
            "cut": split.cut,
            "as_of": split.as_of,
            "users": len(split),
            "items_to_find": int(split.truth.nnz),
            "items_offered": int(split.offered.sum()),
        },
        "models": {model: _model(report, model) for model in report.results},
        "by_activity": report.by_activity().to_dicts(),
        "by_support": report.by_support().to_dicts(),
    }
    return json.dumps(content, indent=2)


def save(report: Report, folder: Path) -> Path:
    """Write report.json, report.png, and users.parquet with a row a user and model."""
    # Matplotlib takes longer to import than all else here together.
    from basketweave.evaluation.reports.picture import bars

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report.to_json() + "\n", encoding="utf-8")
    bars(report).savefig(folder / "report.png", dpi=150)
    by_user(report).write_parquet(folder / "users.parquet")
    return folder


def by_user(report: Report) -> pl.DataFrame:
    """Every metric of every user and model, with the user's id (or row number)."""
    split = report.split
    users = pl.Series(split.users).cast(pl.String)
    if split.prefixes is None:
        users = split.train.ids["User"].gather(split.users)
    frames = [
        pl.DataFrame({metric: report.users(model, metric) for metric in report.metrics})
        .insert_column(0, pl.lit(model).alias("model"))
        .insert_column(0, users.alias("user"))
        for model in report.results
    ]
    return pl.concat(frames)


def printed(report: Report) -> RichTable:
    """A table for a terminal, 80 wide: what matters most at the main k."""
    k, split = report.main.partition("@")[2], report.split
    cut = [f"cut {split.cut}"] if split.cut else []
    table = RichTable(
        title=f"{split.name}, known = {split.known}: {len(split):,} users",
        caption="\n".join([*cut, _CAPTION]),
        box=SIMPLE_HEAD,
    )
    table.add_column("model", overflow="fold")
    for heading in (report.main, "interval", f"HR@{k}", f"Recall@{k}", "coverage", "s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in report.table([report.main, f"HR@{k}", f"Recall@{k}"]).to_dicts():
        figures = [f"{row[name]:.4f}" for name in (f"HR@{k}", f"Recall@{k}")]
        table.add_row(
            row["model"],
            f"{row[report.main]:.4f}",
            f"{row['low']:.3f} … {row['high']:.3f}",
            *figures,
            f"{row['coverage']:.1%}",
            f"{row['fit_seconds'] + row['score_seconds']:.1f}",
        )
    return table


def _model(report: Report, model: str) -> dict[str, Any]:
    result = report.results[model]
    return {
        "metrics": {
            metric: asdict(report.interval(model, metric)) for metric in report.metrics
        },
        "beyond": asdict(result.beyond),
        "fit_seconds": round(result.fit_seconds, 3),
        "score_seconds": round(result.score_seconds, 3),
    }
