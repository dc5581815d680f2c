"""What `diversity` and `explore` cost in NDCG@10, and what they give, on two windows.

    basketweave demo
    python benchmarks/diversity.py .basketweave/demo.lbug --known new

The blend (graph filter) is learned on the validation window; both windows are then ranked
with each setting. Likeness is the mean cosine of any two of the ten, the lower the more
varied; reach is how many different items stand in anybody's ten.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import typer
from matplotlib.figure import Figure

from basketweave import connect
from basketweave.blend.arranged_scores import ArrangedScores
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import choose, contenders, fitted
from basketweave.choosing.windows import windows_of
from basketweave.encoders.registry import configured
from basketweave.evaluation import evaluate
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.splits import Split
from basketweave.graph.known import Known

DIVERSITY = (0.1, 0.2, 0.3, 0.5, 0.7)
EXPLORE = (0.05, 0.1, 0.2)
Figures = Mapping[str, tuple[float, float, int]]


def main(uri: str, known: str = "new", picture: Path | None = None) -> None:
    """Print a table of both windows, and draw the validation window's trade."""
    found = dict(measured(uri, known))  # type: ignore[arg-type]
    print(
        f"| {known} | " + " | ".join(f"{w}: NDCG@10 | likeness | reach" for w in found)
    )
    print("| --- |" + " --- |" * (3 * len(found)))
    for name in found["validation"]:
        cells = [
            f"{ndcg:.4f} | {like:.2f} | {reach:,}"
            for ndcg, like, reach in (figures[name] for figures in found.values())
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    if picture:
        drawn(found["validation"], known).savefig(picture, dpi=150)


def measured(uri: str, known: Known) -> Iterator[tuple[str, Figures]]:
    """NDCG@10, likeness and reach of each setting, for both windows."""
    with connect(uri, read_only=True) as store:
        windows = windows_of(store.export())
    with tempfile.TemporaryDirectory() as folder:
        vectors = encode(windows, configured("filter"), Path(folder), known=known)
    settings = BlendSettings()
    sides = [
        fitted(split, [one], settings)
        for split, one in zip((windows.validation, windows.test), vectors, strict=True)
    ]
    learned = choose(sides[:1], (known,))
    for name, side in zip(("validation", "test"), sides, strict=True):
        blend = contenders(side, learned, known)["blend"]
        models = {
            "neither": ArrangedScores(blend),
            **{f"diversity {d:g}": ArrangedScores(blend, d) for d in DIVERSITY},
            **{f"explore {e:g}": ArrangedScores(blend, 0, e) for e in EXPLORE},
        }
        report = evaluate(models, side.split, known=known)
        yield (
            name,
            {
                m: (report.value(m), *beside(models[m], blend, report.split))
                for m in models
            },
        )


def beside(
    model: ArrangedScores, blend: BlendScores, split: Split
) -> tuple[float, int]:
    """The mean cosine of two items of one list, and how many items all lists have."""
    rows = blend.sources.spaces["gnn"].items.rows
    likeness, reached = [], set()
    for block in split.blocks():
        items, _ = top_k(model.score(split.users[block]), 10)
        reached.update(items.ravel().tolist())
        for ten in items:
            some = rows[ten[ten >= 0]]
            cosines = some @ some.T
            likeness.append(cosines[np.triu_indices(len(some), 1)].mean())
    return float(np.mean(likeness)), len(reached - {-1})


def drawn(found: Figures, known: str) -> Figure:
    """NDCG@10 against likeness: a point a setting."""
    figure = Figure(figsize=(7, 4))
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    for mark, colour in (("diversity", "#5a9cbc"), ("explore", "#c0764a")):
        names = ["neither", *(name for name in found if name.startswith(mark))]
        ndcg, like, _ = zip(*(found[name] for name in names), strict=True)
        axes.plot(like, ndcg, "o-", color=colour, label=mark)
        for name, x, y in zip(names, like, ndcg, strict=True):
            axes.annotate(
                name.removeprefix(f"{mark} "),
                (x, y),
                (4, 5),
                textcoords="offset points",
            )
    axes.set_xlabel("likeness: mean cosine of any two of the ten (varied to the left)")
    axes.set_ylabel("NDCG@10")
    axes.set_title(f"What variety and exploring cost (known = {known})", loc="left")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    typer.run(main)
