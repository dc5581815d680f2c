"""`compare`: the blend beside every baseline, under one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from basketweave.baselines.registry import BASELINES, OWN, baseline
from basketweave.blend.arranged_scores import ArrangedScores
from basketweave.blend.request import Share
from basketweave.blend.scores import BlendScores
from basketweave.blend.settings import BlendSettings
from basketweave.choosing.encode import encode
from basketweave.choosing.sides import choose, contenders, fitted
from basketweave.choosing.windows import Windows, windows_of
from basketweave.encoders.registry import ENCODERS, configured
from basketweave.evaluation import Report, Scores, evaluate
from basketweave.graph.derive import Derived
from basketweave.graph.known import Known
from basketweave.graph.subgraph import Subgraph
from basketweave.progress import SILENT, Progress
from basketweave.settings import Settings


class Comparison(Settings):
    """What `basketweave evaluate` compares, and how."""

    protocol: Literal["time", "last-item"] = "time"
    """`time`: the last days; `last-item`: leave one out."""
    days: float = Field(default=28, gt=0, allow_inf_nan=False)
    """Length of the windows of `time`."""
    known: Known = "any"
    """What may be ranked: `new`, `again` or `any`."""
    encoder: str = "filter"
    """Encoder whose vectors the blend has; `none`: none."""
    baselines: tuple[str, ...] | None = None
    """Baselines that stand beside the blend; None: all."""
    seed: int = 0
    """Seed of the encoder and of the baselines."""
    diversity: tuple[Share, ...] = ()
    """The blend once more with each of these, which says what `diversity` costs."""
    explore: tuple[Share, ...] = ()
    """The same for `explore`."""
    refit: bool = True
    """Whether what is reported is fitted again, on all before the test. Without,
    nothing is learnt after validation begins, as in published results."""

    def beside(self, all_of_them: tuple[str, ...]) -> tuple[str, ...]:
        """The baselines that stand beside the blend, less those that know no new item."""
        names = self.baselines or all_of_them
        own = OWN if self.known == "new" else ()
        return tuple(name for name in names if name not in own)

    @field_validator("encoder")
    @classmethod
    def _named(cls, encoder: str) -> str:
        if encoder not in (*ENCODERS, "none"):
            raise ValueError(f"it is no encoder; use {ENCODERS} or none")
        return encoder


def compare(
    full: Subgraph, asked: Comparison, folder: Path, progress: Progress = SILENT
) -> Report:
    """Fit all models on the events before the test, and rank the test part once."""
    for name in asked.baselines or ():
        baseline(name)  # an unknown name is told before anything is computed
    windows = windows_of(full, asked.protocol, days=asked.days)
    if not asked.refit:
        windows = windows.without_refit()
    blends = blended(windows, asked, folder, progress)
    models = {**baselines(asked, windows, progress), **blends}
    return evaluate(models, windows.test, known=asked.known, progress=progress)


def blended(
    windows: Windows,
    asked: Comparison,
    folder: Path,
    progress: Progress,
    derived: Sequence[Derived | None] = (None, None),
) -> Mapping[str, Scores]:
    """The blend and its parts, chosen on validation and fitted for the test.

    derived   what was derived before validation and before the test, if it was
    """
    settings = BlendSettings()
    pairs = []
    if asked.encoder != "none":
        config = configured(asked.encoder, kind=windows.test.kind)
        pairs.append(
            encode(
                windows,
                config,
                folder,
                known=asked.known,
                seed=asked.seed,
                progress=progress,
            )
        )
    early, late = derived
    before = fitted(
        windows.validation, [pair[0] for pair in pairs], settings, found=early
    )
    learned = choose([before], (asked.known,), progress)
    after = fitted(windows.test, [pair[1] for pair in pairs], settings, found=late)
    found = contenders(after, learned, asked.known)
    return {**found, **_arranged(found["blend"], asked)}


def _arranged(blend: BlendScores, asked: Comparison) -> dict[str, Scores]:
    """The blend with each `diversity` and each `explore`, for lists of ten."""
    return {
        **{
            f"blend, diversity {share:g}": ArrangedScores(blend, diversity=share)
            for share in asked.diversity
        },
        **{
            f"blend, explore {share:g}": ArrangedScores(
                blend, explore=share, seed=asked.seed
            )
            for share in asked.explore
        },
    }


def baselines(
    asked: Comparison, windows: Windows, progress: Progress
) -> dict[str, Scores]:
    """The baselines by label, fitted on the events before the test."""
    names = asked.beside(tuple(BASELINES))
    models: dict[str, Scores] = {}
    with progress.task("Fitting baselines", total=len(names)) as advance:
        for name in names:
            models[name] = windows.test.fitted(baseline(name, kind=windows.test.kind))
            advance(1)
    return models
