"""The models of an experiment, each fitted for validation and for the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from basketweave.blend.scores import VectorScores
from basketweave.choosing.encode import encode, encode_again
from basketweave.choosing.refit import refit
from basketweave.choosing.windows import Windows
from basketweave.content.encoder import ContentConfig
from basketweave.content.new_items import text_reader, with_new_items
from basketweave.encoders.registry import configured
from basketweave.errors import UsageError
from basketweave.evaluation import HistoryScores, Split
from basketweave.fusion.mixture import learn_mixture
from basketweave.fusion.weighted_sum import WeightedSum, learn_sum
from basketweave.graph.saved import save_vectors
from basketweave.graph.vectors import Vectors
from basketweave.progress import SILENT, Progress
from basketweave.recipes.baselines import baseline_grid, fit_baseline
from basketweave.recipes.data import as_histories
from basketweave.recipes.experiment import Experiment, Model
from basketweave.recipes.histories import reader, validation
from basketweave.recipes.raters import rater_grid
from basketweave.recipes.sides import Fitted, Sides
from basketweave.tracking import UNTRACKED, Tracker
from basketweave.training.encoder import EncoderConfig
from basketweave.training.learner import TrainingConfig


@dataclass(frozen=True)
class Workshop:
    """Where the models of one experiment and seed are fitted and kept."""

    experiment: Experiment
    windows: Windows
    folder: Path
    seed: int
    progress: Progress = SILENT
    tracker: Tracker = UNTRACKED

    def fit(self) -> dict[str, Sides]:
        """Every model by its label, except blends.

        A model that is made of others comes after them.
        """
        made: dict[str, Sides] = {}
        ordered = sorted(
            self.experiment.models.items(),
            key=lambda pair: (bool(pair[1].others), bool(pair[1].inputs)),
        )
        for label, model in ordered:
            if model.blend is None:
                made[label] = self._one(label, model, made)
        return made

    def _one(self, label: str, model: Model, made: Mapping[str, Sides]) -> Sides:
        if model.baseline is not None:
            return self._baseline(model)
        if model.encoder is not None:
            return self._encoder(label, model, made)
        if model.scorer is not None:
            return self._scorer(label, model)
        return self._mixed(model, made) if model.mixed else self._fused(model, made)

    def _baseline(self, model: Model) -> Sides:
        assert model.baseline is not None
        return fit_baseline(
            model.baseline,
            self._settings(model),
            self.windows,
            self._asked(),
            self.experiment.protocol.metrics[0],
        )

    def _asked(self) -> Split:
        """The validation's questions, in the form in which the test asks its own."""
        if self.windows.test.prefixes is not None:
            return as_histories(self.windows.validation)
        return self.windows.validation.under(self.experiment.protocol.known)

    def _mixed(self, model: Model, made: Mapping[str, Sides]) -> Sides:
        def parts(n: int) -> dict[str, HistoryScores]:
            return {label: _reads(made[label].at(n)) for label in model.mixed}

        found = learn_mixture(parts(1), self._asked(), **model.settings)
        return Sides(
            lambda n: replace(found, models=parts(n)),
            chosen={"weights": found.weights},
        )

    def _encoder(self, label: str, model: Model, made: Mapping[str, Sides]) -> Sides:
        config, final = (
            encoder_config(label, self._started(model, made, n), self.experiment)
            for n in (1, 0)
        )
        if self.windows.test.prefixes is not None:
            return self._reader(config, final)
        pair = encode(
            self.windows,
            config,
            self.folder,
            final=final,
            known=self.experiment.protocol.known,
            seed=self.seed,
            progress=self.progress,
            tracker=self.tracker,
        )
        chosen = {k: v for k, v in pair[0].card.metrics.items() if k == "best epoch"}

        @cache
        def vectors(n: int) -> Vectors:
            found = pair[1 - n] if n < 2 else self._earlier(config, pair[0], n)
            if model.new_items is None:
                return found
            texts = text_config(model.new_items, self.experiment)
            return with_new_items(found, self.windows.at(n).train, texts)

        return Sides(lambda n: VectorScores(vectors(n)), vectors, chosen)

    def _earlier(self, config: EncoderConfig, chosen: Vectors, n: int) -> Vectors:
        return encode_again(
            self.windows.at(n).train,
            config,
            chosen,
            self.folder / f"{config.name}-{n}.npz",
            seed=self.seed,
            progress=self.progress,
        )

    def _started(self, model: Model, made: Mapping[str, Sides], n: int) -> Model:
        """With the files of the vectors that its item embeddings start from."""
        if not model.inputs:
            return model
        files, side = [], ("test", "validation")[n]
        for label in model.inputs:
            vectors = made[label].vectors
            assert vectors is not None, "an encoder has vectors"
            files.append(self.folder / f"{label}-{side}.npz")
            save_vectors(vectors(n), files[-1])
        settings = {**model.settings, "start": tuple(files)}
        return model.model_copy(update={"settings": settings})

    def _reader(self, config: EncoderConfig, final: EncoderConfig) -> Sides:
        """For sessions: people whom the model knows by a list of items alone."""
        asked, test = self.windows.validation, self.windows.test
        before, after = refit(
            asked.train,
            validation(config, asked),
            self.windows.again,
            config,
            final=final,
            folder=self.folder,
            seed=self.seed,
            progress=self.progress,
            tracker=self.tracker,
        )
        learned = isinstance(config, TrainingConfig)
        chosen = {"epochs": before.best_epoch} if learned else {}
        readers = [
            reader(trained.encoder, trained.vectors, split.train)
            for split, trained in ((test, after), (asked, before))
        ]
        pair = after.vectors, before.vectors
        return Sides(readers.__getitem__, pair.__getitem__, chosen)

    def _scorer(self, label: str, model: Model) -> Sides:
        from basketweave.ranking import scorer_config
        from basketweave.recipes.scorers import before_and_after

        assert model.scorer is not None
        asked = self.windows.validation
        before, after = before_and_after(
            scorer_config(model.scorer, **self._settings(model)),
            (asked.train, self.windows.again),
            asked.under(self.experiment.protocol.known),
            self.folder / label,
            self.seed,
            progress=self.progress,
            tracker=self.tracker,
        )
        pair = after, before
        return Sides(pair.__getitem__, chosen={"epochs": after.best_epoch})

    def _fused(self, model: Model, made: Mapping[str, Sides]) -> Sides:
        def parts(n: int) -> dict[str, Fitted]:
            return {label: made[label].at(n) for label in model.fused}

        weights: Mapping[str, float] = (
            model.fused if isinstance(model.fused, dict) else {}
        )
        if not weights:
            weights = learn_sum(parts(1), self._asked(), **model.settings).weights
        return Sides(
            lambda n: WeightedSum(parts(n), weights), chosen={"weights": weights}
        )

    def _settings(self, model: Model) -> dict[str, Any]:
        return {"kind": self.experiment.protocol.kind, **model.settings}


def encoder_config(label: str, model: Model, experiment: Experiment) -> EncoderConfig:
    """The config of an encoder, published under its label."""
    assert model.encoder is not None
    kind = experiment.protocol.kind
    return configured(model.encoder, **{"name": label, "kind": kind, **model.settings})


def text_config(label: str, experiment: Experiment) -> ContentConfig:
    """The config of the encoder of texts with this label.

    Raises `UsageError` where the label is of an encoder that reads no texts.
    """
    return text_reader(encoder_config(label, experiment.models[label], experiment))


def _reads(model: Fitted) -> HistoryScores:
    if not isinstance(model, HistoryScores):
        raise UsageError(
            f"{type(model).__name__} reads no sessions: it cannot be mixed."
        )
    return model


def check(experiment: Experiment) -> None:
    """Build every config, so that a wrong name or setting is found before any work.

    Raises `UsageError` for such a name or setting.
    """
    from basketweave.ranking import scorer_config

    for label, model in experiment.models.items():
        settings = {"kind": experiment.protocol.kind, **model.settings}
        if model.encoder is not None:
            encoder_config(label, model, experiment)
            if model.new_items is not None:
                text_config(model.new_items, experiment)
        elif model.scorer is not None:
            scorer_config(model.scorer, **settings)
        elif model.baseline is not None and experiment.kind == "ratings":
            rater_grid(model.baseline, settings)
        elif model.baseline is not None:
            baseline_grid(model.baseline, settings)
