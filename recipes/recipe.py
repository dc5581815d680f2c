"""What a recipe may say: experiments, and the published system that they rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, product
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from basketweave.blend.settings import BlendSettings
from basketweave.errors import UsageError
from basketweave.evaluation.metrics import METRICS
from basketweave.graph.derive import DeriveConfig
from basketweave.graph.known import Known
from basketweave.graph.schema import PURCHASED
from basketweave.plain_yaml import parse_yaml
from basketweave.settings import Settings

FOLDER = Path(__file__).parent


class Reference(Settings):
    """The published system: what it ran on, how it was measured, what it printed."""

    system: str
    """Its name, and where it was published."""
    data: str
    """What it ran on."""
    protocol: str
    """How it was measured."""
    figures: dict[str, float]
    """What it printed."""
    comparable: str
    """Whether its figures and ours may be set side by side, and why."""


class Data(Settings):
    """What is loaded: a source of `basketweave load` and its options."""

    source: str
    """A name of `basketweave load`, or a mapping."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of `basketweave load`."""


class Protocol(Settings):
    """How it is asked."""

    split: Literal["time", "last-item", "test-file", "new-items"] = "time"
    """`time`: the last `days`; `last-item`: leave one out; `test-file`: the test part
    that the data set comes with; `new-items`: a tenth of the items without its events."""
    days: float = Field(default=28, gt=0, allow_inf_nan=False)
    """Length of the windows of `split: time`."""
    known: Known = "any"
    """What may be ranked: `new`, `again` or `any`."""
    also: Known | None = None
    """Asked beside it, of the same models and vectors."""
    kind: str = PURCHASED
    """The events that are predicted."""
    metrics: tuple[str, ...] = ("NDCG@10", "HR@10", "Recall@10", "MRR@10")
    """Columns of the table, the first one the one that models are compared by."""
    users: int = Field(default=0, ge=0)
    """People drawn by chance who are asked in the test; 0: all."""
    sampled: int = Field(default=0, ge=0)
    """Negatives drawn for each item to find; 0: the whole catalogue is ranked."""
    refit: bool = True
    """Whether what is reported is fitted again, on all before the test, as what is
    served. Without, nothing is learnt after validation begins, as in published
    results; a question still reads what a person had by then."""

    @property
    def asked(self) -> tuple[Known, ...]:
        """`known`, and what is asked `also`."""
        return (self.known,) if self.also is None else (self.known, self.also)

    @property
    def ks(self) -> tuple[int, ...]:
        """The lengths of the lists that the metrics speak of."""
        return tuple(sorted({int(metric.partition("@")[2]) for metric in self.metrics}))

    @field_validator("metrics")
    @classmethod
    def _named(cls, metrics: tuple[str, ...]) -> tuple[str, ...]:
        for metric in metrics:
            name, _, k = metric.partition("@")
            if name not in METRICS or not k.isdigit() or int(k) < 1:
                raise ValueError(
                    f"'{metric}' is no metric; write {', '.join(METRICS)} at a k, "
                    "such as NDCG@10"
                )
        return metrics


class BlendPlan(Settings):
    """The served blend over the graph and these encoders' vectors, one a part."""

    encoders: tuple[str | tuple[str, ...], ...] = ()
    """Labels of encoders, one a part; of a list of them validation chooses one."""
    settings: BlendSettings = BlendSettings()
    """How the parts are computed."""
    derive: DeriveConfig = DeriveConfig()
    """How relationships between items are derived."""
    repeat: str | None = None
    """Label of a baseline whose scores are the part `repeat`."""
    windows: int = Field(default=1, ge=1)
    """Windows on which weights are learned: the validation's, and those before it."""
    users: int = Field(default=2_000, ge=1)
    """People of each window by whom they are learned, drawn by chance."""
    ablations: bool = True
    """Whether the blend without each of its parts is measured too."""

    @property
    def choices(self) -> list[tuple[str, ...]]:
        """Each way to take one encoder a part."""
        return list(
            product(*((e,) if isinstance(e, str) else e for e in self.encoders))
        )


class Model(Settings):
    """One model of an experiment: exactly one of its kinds is named."""

    baseline: str | None = None
    """A baseline of `basketweave evaluate`; with `kind: ratings` one that predicts
    stars."""
    encoder: str | None = None
    """An encoder of `basketweave train`."""
    scorer: str | None = None
    """A scorer that is trained (`basketweave.ranking.SCORERS`)."""
    fused: tuple[str, ...] | dict[str, float] = ()
    """Labels of other models, whose scores are added with learnt weights, or with the
    weight given to each."""
    blend: BlendPlan | None = None
    """A blend of its own: what differs from the experiment's `blend`."""
    inputs: tuple[str, ...] = ()
    """Labels of encoders, from whose vectors the item embeddings of this sequence
    encoder start."""
    new_items: str | None = None
    """Label of a text encoder by which this encoder's vectors are given to items without
    events, as `basketweave train --new-items` does."""
    mixed: tuple[str, ...] = ()
    """For sessions: labels whose probabilities are added with learnt weights."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Fields of its config; those of a baseline may be lists, from which validation
    chooses by the first metric."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        named = [self.baseline, self.encoder, self.scorer, self.others, self.blend]
        if sum(bool(name) for name in named) != 1 or (self.fused and self.mixed):
            raise ValueError(
                "name one of baseline, encoder, scorer, fused, mixed or blend"
            )
        return self

    @property
    def others(self) -> tuple[str, ...]:
        """The labels of the models that it is made of."""
        return tuple(self.fused) or self.mixed


class Experiment(Settings):
    """One table of the report."""

    title: str
    """Heading of the table."""
    data: Data
    """What is loaded."""
    kind: Literal["ranking", "ratings", "gate"] = "ranking"
    """`ranking`: top-k lists; `ratings`: stars; `gate`: parts weighed by context."""
    protocol: Protocol = Protocol()
    """How it is asked."""
    models: dict[str, Model] = Field(default_factory=dict)
    """Label -> model, in the order of the table."""
    blend: BlendPlan | None = None
    """The served blend beside them."""
    gate: dict[str, Any] = Field(default_factory=dict)
    """Settings of the gate."""
    seeds: tuple[int, ...] = (0,)
    """Seeds; what is trained is trained once with each."""
    honest: bool = True
    """False where the protocol leaks or samples, and is only run to stand beside a
    published figure; `note` says why."""
    note: str = ""
    """What is said below the table."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind != "ranking" and not self.protocol.refit:
            raise ValueError(f"`refit: false` is for rankings, not for {self.kind}")
        return self

    @model_validator(mode="after")
    def _labels(self) -> Self:
        for label, model in self.models.items():
            for other in model.others:
                if other not in self.models or self.models[other].blend:
                    raise ValueError(f"'{label}' fuses '{other}', which is no model")
            if model.new_items is not None and not self._encodes(model.new_items):
                raise ValueError(
                    f"'{label}' reads '{model.new_items}', which is no encoder"
                )
            for other in model.inputs:
                if not self._encodes(other) or self.models[other].inputs:
                    raise ValueError(
                        f"'{label}' starts from '{other}', which is no encoder that "
                        "stands by itself"
                    )
            if model.mixed and self.protocol.split != "test-file":
                raise ValueError(f"'{label}' mixes, which only sessions can be asked")
        for blend in self.blends.values():
            self._blended(blend)
        return self

    @property
    def blends(self) -> dict[str, BlendPlan]:
        """The experiment's own blend, then those among its models, by label."""
        if self.blend is None:
            return {}
        found = {"blend": self.blend}
        for label, model in self.models.items():
            if model.blend is not None:
                changed = {
                    n: getattr(model.blend, n) for n in model.blend.model_fields_set
                }
                found[label] = self.blend.model_copy(update=changed)
        return found

    def _blended(self, blend: BlendPlan) -> None:
        for label in chain.from_iterable(blend.choices):
            if not self._encodes(label):
                raise ValueError(f"the blend names '{label}', which is no encoder")
            if blend.windows > 1 and self.models[label].inputs:
                raise ValueError(
                    f"'{label}' starts from others, so the blend can be learned on one "
                    "window alone"
                )
        if blend.repeat is not None and (
            blend.repeat not in self.models or not self.models[blend.repeat].baseline
        ):
            raise ValueError(f"the blend names '{blend.repeat}', which is no baseline")
        if blend.windows > 1 and self.protocol.split != "time":
            raise ValueError("a blend learned on several windows needs `split: time`")

    def _encodes(self, label: str) -> bool:
        return label in self.models and self.models[label].encoder is not None


class Recipe(Settings):
    """Experiments on data that can be had: what `basketweave run` runs."""

    name: str = Field(pattern="^[a-z0-9_]+$")
    """Name of the recipe and of its folder."""
    title: str
    """Heading of the report."""
    about: str
    """What is rebuilt, and what was found."""
    reference: Reference | None = None
    """The published system, if it rebuilds one."""
    experiments: dict[str, Experiment] = Field(min_length=1)
    """The tables of the report, by name."""
    show: str | None = None
    """The experiment whose blend is published into its store, and whose answers the
    report prints."""

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if self.show is not None and self.show not in self.experiments:
            raise ValueError(f"`show` names '{self.show}', which is no experiment")
        return self

    def only(self, names: Sequence[str]) -> Recipe:
        """The recipe with these experiments alone; all where none is named."""
        unknown = [name for name in names if name not in self.experiments]
        if unknown:
            raise UsageError(
                f"'{self.name}' has no experiment {', '.join(unknown)}. It has "
                f"{', '.join(self.experiments)}."
            )
        if not names:
            return self
        kept = {n: e for n, e in self.experiments.items() if n in names}
        show = self.show if self.show in kept else None
        return self.model_copy(update={"experiments": kept, "show": show})


def shipped() -> list[str]:
    """The names of the recipes that come with basketweave."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_recipe(source: str | Path) -> Recipe:
    """A recipe from a YAML file, or by the name of one that comes with basketweave.

    Raises `UsageError` naming the key and what it may be.
    """
    path = Path(source)
    try:
        if str(source) in shipped() and not path.is_file():
            path = FOLDER / f"{source}.yaml"
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"There is no recipe '{source}'. Give a .yaml file, or one of "
            f"{', '.join(shipped())}."
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"'{source}' cannot be read as a recipe: {error}") from None
    return parse(text, str(path))


def parse(text: str, where: str) -> Recipe:
    """The recipe that a YAML text holds; `where` names it in errors."""
    content = parse_yaml(text, where)
    if not isinstance(content, Mapping):
        raise UsageError(f"'{where}' holds no recipe: it has no keys.")
    return Recipe.read(content, where)
