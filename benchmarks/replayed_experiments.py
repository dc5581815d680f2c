"""How often an experiment tells two blends apart, where they differ and where not.

    basketweave demo
    python benchmarks/replayed_experiments.py .basketweave/demo.lbug

Each household of the Complete Journey is shown ten items at the beginning of the last 28
days; what it buys of them until their end is taken. So what each would take of either
blend's list is known, and an experiment is one way to divide the households: 200 of them,
by 200 names.

With `--log` they are shown the blend's explored lists, five answers each: what the log
tells of other blends, beside what these really would have been taken of.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import typer

from basketweave import connect
from basketweave.blend.arranged_scores import ArrangedScores
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import choose, contenders, fitted
from basketweave.choosing.windows import windows_of
from basketweave.encoders.registry import configured
from basketweave.errors import DataError
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.splits import Split
from basketweave.experiments.counterfactual import counterfactual
from basketweave.experiments.difference import Counts
from basketweave.experiments.replay import replayed
from basketweave.graph.schema import USER

K = 10
PAIRS = {
    "the same blend": ("blend", "blend"),
    "blend against repeat alone": ("part: repeat", "blend"),
    "blend against popularity": ("part: popularity", "blend"),
}


def main(uri: str, times: int = 200, log: bool = False, answers: int = 5) -> None:
    """Print how many experiments call each pair different, or what a log tells."""
    models, split = fitted_models(uri)
    print(f"{len(split.users):,} households")
    if log:
        tell(models, split, answers)
    else:
        divide(models, split, times)


def divide(models: dict[str, BlendScores], split: Split, times: int) -> None:
    """How many of the experiments call each pair different."""
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


def tell(models: dict[str, BlendScores], split: Split, answers: int) -> None:
    """Estimate and truth of parts alone, and of a blend between."""
    blend = models["blend"]
    others = {
        "the blend itself": blend,
        "repeat alone": models["part: repeat"],
        "half popularity": _mixed(blend, "popularity", 0.5),
        "popularity alone": models["part: popularity"],
    }
    lists = {name: _lists(model, split) for name, model in others.items()}
    print("| explore | blend | taken of ten | estimate | 99 % | effective | support |")
    print(f"|{' --- |' * 7}")
    for share in (0.1, 0.3):
        log = _log(blend, split, share, answers)
        for name, model in others.items():
            truth, row = taken_of(model, split).mean(), f"| {share} | {name} "
            asked = {
                f"{n} {a}": one
                for n, one in enumerate(lists[name])
                for a in range(answers)
            }
            try:
                found = counterfactual(log, asked)
            except DataError as error:
                print(
                    f"{row}| {truth:.2f} | refused: {str(error).split(',')[0]} | | | |"
                )
                continue
            low, high = (K * (found.logged + end) for end in (found.low, found.high))
            print(
                f"{row}| {truth:.2f} | {K * found.rate:.2f} | {low:.2f} … {high:.2f} "
                f"| {found.effective_sample:,.0f} | {found.support:.2f} |"
            )


def _mixed(blend: BlendScores, part: str, share: float) -> BlendScores:
    weights = {name: (1 - share) * weight for name, weight in blend.weights.items()}
    weights[part] = weights.get(part, 0) + share
    return BlendScores(blend.sources, weights, blend.known)


def _lists(model: BlendScores, split: Split) -> list[frozenset[str]]:
    found = []
    for rows in split.blocks():
        items, _ = top_k(split.scores(model, rows), K)
        found += [frozenset(map(str, ten)) for ten in items.tolist()]
    return found


def _log(blend: BlendScores, split: Split, share: float, answers: int) -> pl.DataFrame:
    """A row for each place of each answer, and whether the item was bought."""
    names = split.train.ids[USER].gather(split.users).to_list()
    models = [ArrangedScores(blend, explore=share, seed=n) for n in range(answers)]
    rows = []
    for block in split.blocks():
        scores, truth = split.scores(blend, block), split.truth[block].toarray() > 0
        for row in range(len(scores)):
            n = block.start + row
            for answer, model in enumerate(models):
                listed, places = model.explored(n, scores[row])
                rows += [
                    (
                        f"{n} {answer}",
                        names[n],
                        str(item),
                        place.propensity,
                        int(truth[row, item]),
                    )
                    for item, place in zip(listed.tolist(), places, strict=True)
                ]
    columns = ["answer", "user", "item", "propensity", "taken"]
    return pl.DataFrame(rows, schema=columns, orient="row")


if __name__ == "__main__":
    typer.run(main)
