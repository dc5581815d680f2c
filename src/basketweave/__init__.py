"""basketweave: a recommendation engine that lives in a graph database.

    from basketweave import Recommender, connect

    with connect("demo.lbug") as store:
        print(Recommender(store).recommend(user=1, k=10))

Names are loaded when first used, so that `import basketweave` stays quick and
loads neither torch nor a database driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.lazy import lazily
from basketweave.version import __version__

if TYPE_CHECKING:
    from basketweave.blend.request import Where
    from basketweave.errors import BasketweaveError
    from basketweave.graph.connect import connect
    from basketweave.graph.tables import Tables
    from basketweave.remote_client.remote import remote, remote_async
    from basketweave.serving.recommendation import Recommendation, Recommendations
    from basketweave.serving.recommender import Recommender

__all__ = [
    "BasketweaveError",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Tables",
    "Where",
    "__version__",
    "connect",
    "remote",
    "remote_async",
]

__getattr__ = lazily(
    __name__,
    {
        "BasketweaveError": "errors",
        "Recommendation": "serving.recommendation",
        "Recommendations": "serving.recommendation",
        "Recommender": "serving.recommender",
        "Tables": "graph.tables",
        "Where": "blend.request",
        "connect": "graph.connect",
        "remote": "remote_client.remote",
        "remote_async": "remote_client.remote",
    },
)
