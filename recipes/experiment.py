"""What a recipe says of one table of its report: data, protocol, models and blends."""

from __future__ import annotations

from itertools import chain, product
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from basketweave.blend.settings import BlendSettings
from basketweave.graph.derive import DeriveConfig
from basketweave.recipes.protocol import Data, Protocol
from basketweave.settings import Settings


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
