"""`Reads`: what a page or a client asks a store about single users and items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import polars as pl

from basketweave.graph.schema import check_name

RELATED = pl.Schema({"id": pl.String, "walked": pl.Float64, "relationship": pl.String})
LED = pl.Schema({"id": pl.String, "walked": pl.Float64})
NEAREST = pl.Schema({"id": pl.String, "cosine": pl.Float64})

_LED = """
MATCH (held:Item)-[near:CO_PURCHASED|FOLLOWED_BY]->(:Item {id: $item})
WITH held, sum(near.weight) AS weight
ORDER BY weight DESC, held.id
LIMIT 50
MATCH (user:User)-[:PURCHASED]->(held)
WITH DISTINCT user, held, weight
WITH user.id AS id, sum(weight) AS walked
WHERE id IS NOT NULL
RETURN id, walked
ORDER BY walked DESC, id
LIMIT $n
"""


class Reads(Protocol):
    """Reads by name; a statement that works on both stores is written here."""

    def run(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> pl.DataFrame:
        """Run one read statement with parameters; a column for each returned name."""
        ...

    def latest(self, user: str, n: int) -> dict[str, str | None]:
        """The titles by id of the `n` items that a user had last, the latest first."""
        ...

    def related(self, item: str, n: int) -> pl.DataFrame:
        """The `n` items to which derived relationships lead from `item`.

        A frame with the columns `RELATED`: `walked` is the sum of the relationships'
        weights, `relationship` the type of one of them.
        """
        ...

    def nearest(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` items nearest to `item` by a model's live vectors.

        A frame with the columns `NEAREST`, without rows where the item has no vector.
        """
        ...

    def nearest_users(self, name: str, item: str, n: int) -> pl.DataFrame:
        """The `n` users nearest to `item` by a model's live vectors, as `NEAREST`."""
        ...

    def led_users(self, item: str, n: int) -> pl.DataFrame:
        """The `n` users whose purchases lead to `item` most, if they had it or not.

        A frame with the columns `LED`: `walked` is the sum of the weights of the
        relationships that lead from what they had to the item.
        """
        return self.run(_LED, {"item": item, "n": n}).cast(LED)

    def buyers(self, item: str) -> list[str]:
        """The ids of all users who bought `item`."""
        found = self.run(
            "MATCH (user:User)-[:PURCHASED]->(:Item {id: $item}) "
            "RETURN DISTINCT user.id AS id",
            {"item": item},
        )
        return found["id"].to_list()

    def groups_of(self, items: Iterable[str]) -> pl.DataFrame:
        """The categories of items: a row with `item`, `id` and `name` for each."""
        return self.run(
            "UNWIND $items AS one "
            "MATCH (:Item {id: one})-[:IN_CATEGORY]->(category:Category) "
            "RETURN one AS item, category.id AS id, category.name AS name "
            "ORDER BY item, id",
            {"items": list(dict.fromkeys(items))},
        )

    def count(self, label: str) -> int:
        """How many nodes of a label there are."""
        found = self.run(f"MATCH (n:{check_name(label)}) RETURN count(*) AS n")
        return int(found["n"][0])

    def titles(self, items: Iterable[str]) -> dict[str, str | None]:
        """id -> title of the items among `items` that the store has."""
        found = self.run(
            "UNWIND $items AS one MATCH (item:Item {id: one}) "
            "RETURN item.id AS id, item.title AS title",
            {"items": list(dict.fromkeys(items))},
        )
        return dict(found.iter_rows())

    def find_users(self, start: str, n: int) -> list[str]:
        """At most `n` ids of users that begin with `start`, short ids first."""
        found = self.run(
            "MATCH (user:User) WHERE user.id STARTS WITH $start "
            f"RETURN user.id AS id ORDER BY size(user.id), user.id LIMIT {n:d}",
            {"start": start},
        )
        return found["id"].to_list()

    def find_items(self, text: str, n: int) -> dict[str, str | None]:
        """id -> title of at most `n` items that have `text` in their title, in any
        case, or at the start of their id; popular items first."""
        found = self.run(
            "MATCH (item:Item) "
            "WHERE lower(item.title) CONTAINS $words OR item.id STARTS WITH $text "
            "RETURN item.id AS id, item.title AS title ORDER BY item.id = $text DESC, "
            f"coalesce(item.popularity, 0.0) DESC, item.id LIMIT {n:d}",
            {"text": text, "words": text.lower()},
        )
        return dict(found.iter_rows())
