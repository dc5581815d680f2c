"""Answers in steps: the blend, or else the graph, or else what is popular."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import TypeVar

from basketweave.errors import (
    BasketweaveError,
    NotFoundError,
    ServerLost,
    StoreError,
    UsageError,
)
from basketweave.service.answer import Answer, Degraded
from basketweave.service.log import LOG
from basketweave.serving.recommendation import Recommendations

T = TypeVar("T")
Weights = Mapping[str, float]
STEPS: Mapping[Degraded, Weights] = {
    "graph": {"graph": 0.7, "popularity": 0.3},
    "popularity": {"popularity": 1.0},
}
"""What is asked for in place of the blend, one after the other."""


def answer(
    ask: Callable[[Weights | None], Recommendations], weights: Weights | None
) -> Answer:
    """What `ask` gives for these weights, or else for simpler ones.

    A request that cannot be answered raises as it did; so does a lost server, since
    simpler weights would not find it. Raises `StoreError` where every step failed.
    """
    steps: list[tuple[Degraded | None, Weights | None]] = [(None, weights)]
    for degraded, simpler in [*steps, *STEPS.items()]:
        try:
            return Answer(ask(simpler), degraded)
        except (UsageError, NotFoundError, ServerLost):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, the next may do
            LOG.error("step failed", step=degraded or "blend", error=told(error))
    raise StoreError("Nothing can be recommended now. Come back in a moment.")


def spared(what: str, ask: Callable[[], T]) -> T | None:
    """What `ask` returns, of which an answer can do without; None where it fails.

    What it says of the request or of a lost server is raised as it is.
    """
    try:
        return ask()
    except BasketweaveError:
        raise
    except Exception as error:  # noqa: BLE001  # the answer itself may come all the same
        LOG.error("done without", what=what, error=told(error))
        return None


def told(error: BaseException) -> str:
    """Where an error arose; its own words are left out, as they may name a person."""
    places = traceback.extract_tb(error.__traceback__)[-5:]
    where = " < ".join(f"{p.filename}:{p.lineno} {p.name}" for p in reversed(places))
    return f"{type(error).__name__} at {where}"
