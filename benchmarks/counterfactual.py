"""What a log tells of other blends, beside what they really would have been taken of.

    basketweave demo
    python benchmarks/counterfactual.py .basketweave/demo.lbug

As in `replayed_experiments.py` each household of the Complete Journey is shown ten items at the
beginning of the last 28 days, here ranked by the blend and explored. From what it bought
of them the others are estimated; what it bought of theirs is known too.
"""

from __future__ import annotations

import polars as pl
import typer
from replayed_experiments import K, fitted_models, taken_of

from basketweave.blend.arranged_scores import ArrangedScores
from basketweave.blend.scores import BlendScores
from basketweave.errors import DataError
from basketweave.evaluation.ranking import top_k
from basketweave.evaluation.splits import Split
from basketweave.experiments.counterfactual import counterfactual
from basketweave.graph.schema import USER


def main(uri: str, answers: int = 5) -> None:
    """Print estimate and truth of each part alone, and of half-way blends."""
    models, split = fitted_models(uri)
    blend = models["blend"]
    others = {
        "the blend itself": blend,
        "repeat alone": models["part: repeat"],
        "half popularity": _mixed(blend, "popularity", 0.5),
        "popularity alone": models["part: popularity"],
    }
    lists = {name: _lists(model, split) for name, model in others.items()}
    print(f"{len(split.users):,} households, {answers} answers each")
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
    rows = []
    for block in split.blocks():
        scores, truth = split.scores(blend, block), split.truth[block].toarray() > 0
        for row in range(len(scores)):
            n = block.start + row
            for answer in range(answers):
                model = ArrangedScores(blend, explore=share, seed=answer)
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
