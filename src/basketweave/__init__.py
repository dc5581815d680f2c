"""basketweave: a recommendation engine that lives in a graph database.

    from basketweave import Recommender, connect

    with connect("demo.lbug") as store:
        print(Recommender(store).recommend(user=1, k=10))

Names are loaded when first used, so that `import basketweave` stays quick and
loads neither torch nor a database driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from basketweave.errors import BasketweaveError
    from basketweave.graph.connect import connect
    from basketweave.loaders.tables import Tables
    from basketweave.serving.recommendation import Recommendation, Recommendations
    from basketweave.serving.recommender import Recommender
    from basketweave.serving.request import Where

__version__ = "0.1.0"

__all__ = [
    "BasketweaveError",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Tables",
    "Where",
    "__version__",
    "connect",
]

_HOMES = {
    "BasketweaveError": "basketweave.errors",
    "Recommendation": "basketweave.serving.recommendation",
    "Recommendations": "basketweave.serving.recommendation",
    "Recommender": "basketweave.serving.recommender",
    "Tables": "basketweave.loaders.tables",
    "Where": "basketweave.serving.request",
    "connect": "basketweave.graph.connect",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'basketweave' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
