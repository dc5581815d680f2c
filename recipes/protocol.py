"""What an experiment runs on, and how it is asked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from basketweave.evaluation.metrics import METRICS
from basketweave.graph.known import Known
from basketweave.graph.schema import PURCHASED
from basketweave.settings import Settings


class Data(Settings):
    """What is loaded: a source of `basketweave load` and its options."""

    source: str
    """A name of `basketweave load`, or a mapping."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of `basketweave load`."""


class Protocol(Settings):
    """How it is asked."""

    split: Literal["new-items", "time", "last-item", "test-file"] = "time"
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
        """The values of `known` that are asked: `known` itself, and `also`."""
        return (self.known,) if self.also is None else (self.known, self.also)

    @property
    def ks(self) -> tuple[int, ...]:
        """The list lengths `k` that the metrics name."""
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
