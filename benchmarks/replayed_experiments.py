"""How often an experiment tells two blends apart, where they differ and where not.

    basketweave demo
    python benchmarks/replayed_experiments.py .basketweave/demo.lbug

Each household of the Complete Journey is shown ten items at the beginning of the last 28
days; what it buys of them until their end is taken. So what each would take of either
blend's list is known, and an experiment is one way to divide the households: 200 of them,
by 200 names.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import typer

from basketweave import connect
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import choose, contenders, fitted
from basketweave.choosing.windows import windows_of
from basketweave.encoders.registry import configured
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.splits import Split
from basketweave.experiments.difference import Counts
from basketweave.experiments.replay import replayed
from basketweave.graph.schema import USER

K = 10
PAIRS = {
    "the same blend": ("blend", "blend"),
    "blend against repeat alone": ("part: repeat", "blend"),
    "blend against popularity": ("part: popularity", "blend"),
}


def main(uri: str, times: int = 200) -> None:
    """Print how many of the experiments call each pair different."""
    models, split = fitted_models(uri)
    users = split.train.ids[USER].gather(split.users).to_list()
    taken = {name: taken_of(model, split) for name, model in models.items()}
    shown = np.full(len(users), float(K))
    names = [f"replay-{n}" for n in range(times)]
    print(
        "| pair | taken of ten | 99 % | 95 % | wrong sizes |\n| --- | --- | --- | --- | --- |"
    )
    for title, (a, b) in PAIRS.items():
        both = taken[a], taken[b]
        strict = list(replayed(users, both, shown, names))
        loose = list(replayed(users, both, shown, names, level=0.95))
        print(
            f"| {title} | {both[0].mean():.3f}, {both[1].mean():.3f} "
            f"| {sum(one.different for one in strict)} "
            f"| {sum(one.different for one in loose)} "
            f"| {sum(not one.balanced for one in strict)} |"
        )


def fitted_models(uri: str) -> tuple[dict[str, BlendScores], Split]:
    """The blend and each of its parts, learned before the last 28 days."""
    with connect(uri, read_only=True) as store:
        windows = windows_of(store.export())
    with tempfile.TemporaryDirectory() as folder:
        vectors = encode(windows, configured("filter"), Path(folder), known="any")
    settings = BlendSettings()
    before, after = (
        fitted(split, [one], settings)
        for split, one in zip((windows.validation, windows.test), vectors, strict=True)
    )
    learned = choose([before], ("any",))
    return contenders(after, learned, "any"), after.split.under("any")


def taken_of(model: BlendScores, split: Split) -> Counts:
    """How many of the ten that each person is shown they buy in the window."""
    found = []
    for rows in split.blocks():
        items, _ = top_k(split.scores(model, rows), K)
        truth = split.truth[rows].toarray() > 0
        found.append(np.take_along_axis(truth, items, 1).sum(1))
    return np.concatenate(found).astype(np.float64)


if __name__ == "__main__":
    typer.run(main)
