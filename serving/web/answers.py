"""What the page asks of a store, answered in plain types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from basketweave.blend.request import Id
from basketweave.graph.known import Known
from basketweave.graph.store import GraphStore
from basketweave.serving.recommendation import Recommendation, Recommendations
from basketweave.serving.recommender import Recommender
from basketweave.serving.web.words import sentence
from basketweave.settings import Settings

SHOWN = 12
"""Suggestions in a list, and latest items of a history."""

Text = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]


class Nothing(Settings):
    """No parameter at all."""


class Search(Settings):
    """Part of an id, or of a title in any case."""

    q: Text = ""
    """What was typed."""


class Ask(Settings):
    """The parameters of every list of recommendations."""

    k: int = Field(10, ge=1, le=100)
    """How many items."""
    known: Known = "new"
    """`new`, `again` or `any`."""
    weights: dict[str, float] | None = None
    """Part -> weight; None: those published with the blend."""


class AskUser(Ask):
    """The parameters of a person's recommendations."""

    user: Id
    """The person's id."""


class AskSession(Ask):
    """For items that were clicked, the newest last."""

    item: tuple[Id, ...] = Field(min_length=1, max_length=200)
    """Ids of the items."""


class Answers:
    """The questions of the page, one method each; answers can be written as JSON.

    They raise `UsageError` for parameters that cannot be used, and `NotFoundError` for
    an unknown id.
    """

    def __init__(self, store: GraphStore, client: Recommender) -> None:
        self._store, self._client = store, client

    def about(self, asked: Nothing) -> dict[str, Any]:
        """The data set, its size, and the live models."""
        dataset = self._store.dataset()
        live = [v.key for v in self._store.models() if v.status == "live"]
        name = dataset.name if dataset else None
        counts = {label: self._store.count(label) for label in ("User", "Item")}
        return {"name": name, "models": live, **counts}

    def users(self, asked: Search) -> list[dict[str, Any]]:
        """People whose id begins with the text asked for."""
        return [{"id": user} for user in self._store.find_users(asked.q, SHOWN)]

    def items(self, asked: Search) -> list[dict[str, Any]]:
        """Items with the text in their title or at the start of their id.

        Popular items come first.
        """
        return _listed(self._store.find_items(asked.q, SHOWN))

    def recommend(self, asked: AskUser) -> dict[str, Any]:
        """Items for a person, and the items that this person had last."""
        found = self._client.recommend(
            asked.user, asked.k, known=asked.known, weights=asked.weights
        )
        return {
            **_plain(found),
            "had": _listed(self._store.latest(asked.user, SHOWN)),
        }

    def session(self, asked: AskSession) -> dict[str, Any]:
        """Items for someone of whom only the session is known."""
        found = self._client.session(asked.item, asked.k, weights=asked.weights)
        return {**_plain(found), "had": self._titled(asked.item)}

    def _titled(self, items: Sequence[str]) -> list[dict[str, Any]]:
        title = self._store.titles(items)
        return [{"id": item, "title": title.get(item)} for item in items]


def _listed(titles: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [{"id": item, "title": title} for item, title in titles.items()]


def _plain(found: Recommendations) -> dict[str, Any]:
    return {
        "models": dict(found.models),
        "notes": list(found.notes),
        "items": [_item(one) for one in found],
    }


def _item(found: Recommendation) -> dict[str, Any]:
    return {
        "id": str(found.item),
        "title": found.title,
        "score": found.score,
        "parts": {name: part.score for name, part in found.parts.items()},
        "weights": {name: part.weight for name, part in found.parts.items()},
        "why": sentence(found),
    }
