"""The work behind the answers: everything that a client may ask, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from basketweave.errors import BasketweaveError, NotReadyError
from basketweave.experiments.assignment import Assigned
from basketweave.experiments.running import Experiments
from basketweave.graph.store import GraphStore
from basketweave.graph.tables import IdType
from basketweave.service.answer import Answer
from basketweave.service.asked import AskSession, AskUser
from basketweave.service.degrade import Weights, answer
from basketweave.service.log import LOG
from basketweave.serving.audience import NextCategory
from basketweave.serving.engine import SessionEncoder, require_derived
from basketweave.serving.recommendation import Recommendations
from basketweave.serving.recommender import Recommender


class Answers:
    """Asks the client of a store, and writes down what it says; safe in threads.

    Raises `NotFoundError` for unknown ids, `UsageError` for what cannot be used and
    `StoreError` where the store does not answer.
    """

    def __init__(
        self, store: GraphStore, encoder: SessionEncoder | None = None
    ) -> None:
        self.store = store
        self.client = Recommender(store, encoder=encoder)
        self.experiments = Experiments(store)

    def assigned(self, asked: AskUser) -> Assigned | None:
        """The person's group, where an experiment is about such requests."""
        if asked.weights is not None or asked.blend is not None:
            return None
        return self.experiments.of(asked.user, asked.known)

    def recommend(self, asked: AskUser, assigned: Assigned | None = None) -> Answer:
        """Items for a person, by the blend of their group."""

        def ask(weights: Weights | None) -> Recommendations:
            given = _given(asked, weights)
            if assigned is not None and weights is None:
                given["blend"] = assigned.blend
            return self.client.recommend(asked.user, **given)

        return replace(answer(ask, asked.weights), assigned=assigned)

    def session(self, asked: AskSession) -> Answer:
        """Items for someone without an account."""
        return answer(
            lambda weights: self.client.session(asked.items, **_given(asked, weights)),
            asked.weights,
        )

    def similar(self, item: str, k: int) -> Answer:
        """The items nearest to an item."""
        return Answer(self.client.similar(item, k))

    def explain(
        self, user: str, item: str, as_of: int | str | None = None
    ) -> dict[str, Any]:
        """One item's score for a person, its parts and its path."""
        return self.client.explain(user, item, as_of=as_of).to_dict()

    def users_for(self, item: str, k: int) -> dict[str, Any]:
        """The people whom an item suits best."""
        return {"users": [asdict(one) for one in self.client.users_for(item, k)]}

    def categories(self, user: str, k: int) -> dict[str, Any]:
        """The categories that a person may buy from next."""
        found = self.client.categories(user, k)
        return {"categories": [_category(one) for one in found]}

    def bought_together(self, item: str, k: int) -> dict[str, Any]:
        """What stands in the same baskets as an item."""
        return {"items": [asdict(one) for one in self.client.bought_together(item, k)]}

    def report(self, experiment: str, window_days: float) -> dict[str, Any]:
        """What an experiment says so far, in figures and in words."""
        # Statistics take as long to import as half of the service.
        from basketweave.experiments.report import report

        found = report(
            self.store, self.experiments.named(experiment), window_days=window_days
        )
        return {**found.to_dict(), "says": found.sentence()}

    def about(self) -> dict[str, Any]:
        """The data set, its size, and the live models."""
        dataset, store = self.store.dataset(), self.store
        return {
            "name": dataset.name if dataset else None,
            "models": [v.key for v in store.models() if v.status == "live"],
            "users": store.count("User") if dataset else 0,
            "items": store.count("Item") if dataset else 0,
        }

    def search(self, text: str, n: int) -> dict[str, Any]:
        """People whose id begins with `text`, and items that have it in their title."""
        text = text.replace("\0", "")
        users = [{"id": user} for user in self.store.find_users(text, n)]
        return {"users": users, "items": _titled(self.store.find_items(text, n))}

    def history(self, user: str, n: int) -> dict[str, Any]:
        """The items that a person had last."""
        return {"items": _titled(self.store.latest(user, n))}

    def ready(self) -> dict[str, str]:
        """Raises `NotReadyError` where nobody can be answered."""
        require_derived(self.client.dataset(), self.store)
        return {"status": "ok"}

    def ids(self, what: str) -> IdType:
        """Whether ids of `user` or `item` are numbers in the source; text while empty."""
        try:
            held = self.client.dataset()
        except NotReadyError:
            return "str"
        return held.item_ids if what == "item" else held.user_ids

    def warm(self) -> None:
        """Ask once for anybody, so that nobody waits for what is done only once: arrays
        that are read from the file, the server's plan of the statement."""
        try:
            self.ready()
            users = self.store.find_users("", 1)
            for user in users:
                self.client.recommend(user, 1)
        except BasketweaveError as error:
            LOG.info("not warm", error=type(error).__name__)

    def state(self) -> int:
        """A number that changes with whatever is written, but for events."""
        return self.client.dataset().changes


def _given(asked: AskUser | AskSession, weights: Weights | None) -> dict[str, Any]:
    """The arguments of a request; simpler weights come without what needs vectors."""
    given = asked.question() | {"weights": weights}
    if weights is not asked.weights:
        given |= {"diversity": 0.0, "explore": 0.0, "blend": None}
    return given


def _category(one: NextCategory) -> dict[str, Any]:
    items = [
        {"item": item.item, "title": item.title, "score": item.score}
        for item in one.items
    ]
    return {"id": one.id, "name": one.name, "score": one.score, "items": items}


def _titled(items: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [{"id": item, "title": title} for item, title in items.items()]
