"""The questions that change nothing, each with what a `Recommender` takes for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from basketweave.blend.request import Request, Where
from basketweave.errors import NotFoundError, UsageError
from basketweave.graph.ids import as_ids
from basketweave.graph.known import Known
from basketweave.moments import Moment
from basketweave.remote_client.question import Call, given, path
from basketweave.remote_client.served import Served, category, recommendation, served
from basketweave.serving.audience import NextCategory, Suited, Together
from basketweave.serving.recommendation import ItemId, Recommendation

T = TypeVar("T")
Rules = Where | Mapping[str, Any] | None


def recommend(
    user: ItemId,
    k: int = 10,
    *,
    weights: Mapping[str, float] | None = None,
    blend: str | None = None,
    known: Known = "new",
    where: Rules = None,
    session: Iterable[ItemId] = (),
    as_of: Moment = None,
    diversity: float = 0.0,
    explore: float = 0.0,
    seed: str | None = None,
    record_shown: bool = False,
) -> Call[Served]:
    """The `k` best items for a user, as `Recommender.recommend` has them.

    record_shown   write down that all of the answer was shown. An answer that is lost
                   on its way is then not asked for again, as it would count twice.
    """
    request = Request(
        user=user,
        k=k,
        known=known,
        weights=weights,
        blend=blend,
        where=Where.given(where),
        as_of=as_of,
        diversity=diversity,
        explore=explore,
        seed=seed,
    )
    body = given(
        **_asked(request),
        user=request.user,
        session=as_ids(session, "session") or None,
        record_shown=record_shown or None,
    )
    return Call(
        "POST", path("recommend"), served, body=body, repeatable=not record_shown
    )


def session(
    items: Iterable[ItemId],
    k: int = 10,
    *,
    weights: Mapping[str, float] | None = None,
    blend: str | None = None,
    where: Rules = None,
    diversity: float = 0.0,
    explore: float = 0.0,
    seed: str | None = None,
) -> Call[Served]:
    """The `k` best items for someone without an account, from what they hold.

    `items` are in the order in which they were taken; the last one counts most.
    """
    held = as_ids(items, "items")
    if not held:
        raise UsageError("A session needs at least one item.")
    request = Request(
        user=None,
        k=k,
        weights=weights,
        blend=blend,
        where=Where.given(where),
        diversity=diversity,
        explore=explore,
        seed=seed,
    )
    body = given(**{**_asked(request), "known": None}, items=held)
    return Call("POST", path("session"), served, body=body)


def batch(
    requests: Iterable[Mapping[str, Any]],
) -> Call[list[Served | NotFoundError]]:
    """Answers for many requests, in their order; each is what `recommend` takes, such as
    `{"user": 7, "k": 3}`. In place of one that cannot be answered stands its error."""
    asked = [recommend(**one) for one in requests]
    return Call(
        "POST",
        path("batch"),
        lambda found: [_one(one) for one in found["answers"]],
        body={"requests": [one.body for one in asked]},
        repeatable=all(one.repeatable for one in asked),
    )


def _one(found: Mapping[str, Any]) -> Served | NotFoundError:
    return served(found) if "items" in found else NotFoundError(found["detail"])


def similar(item: ItemId, k: int = 10) -> Call[Served]:
    """The `k` items nearest to `item`, by its relationships and its vectors."""
    return Call("GET", path("similar", item), served, _most(k))


def explain(
    user: ItemId, item: ItemId, *, as_of: Moment = None
) -> Call[Recommendation]:
    """One item's score for a user, its parts, and its path, wherever it ranks."""
    request = Request(user=user, only=item, known="any", as_of=as_of)
    params = given(as_of=request.as_of)
    return Call("GET", path("explain", user, item), recommendation, params)


def users_for(item: ItemId, k: int = 10) -> Call[list[Suited]]:
    """The `k` users whom an item suits best, best first."""
    return Call("GET", path("users-for", item), _each("users", Suited), _most(k))


def categories(user: ItemId, k: int = 10) -> Call[list[NextCategory]]:
    """The `k` categories that a user is most likely to buy from next, best first. Of
    their items the score and the title are told."""
    return Call(
        "GET", path("categories", user), _each("categories", category), _most(k)
    )


def bought_together(item: ItemId, k: int = 10) -> Call[list[Together]]:
    """The `k` items that are most often in one basket with `item`, best first."""
    return Call(
        "GET", path("bought-together", item), _each("items", Together), _most(k)
    )


def item(item: ItemId) -> Call[Mapping[str, Any]]:
    """What is known of an item."""
    return Call("GET", path("items", item), dict)


def user(user: ItemId) -> Call[Mapping[str, Any]]:
    """What is known of a user."""
    return Call("GET", path("users", user), dict)


def items(
    *, limit: int = 100, cursor: str | None = None, q: str = ""
) -> Call[Mapping[str, Any]]:
    """A page of items in the order of their ids, and the `cursor` of the next page."""
    return Call("GET", path("items"), dict, given(limit=limit, cursor=cursor, q=q))


def users(
    *, limit: int = 100, cursor: str | None = None, q: str = ""
) -> Call[Mapping[str, Any]]:
    """A page of users in the order of their ids, and the `cursor` of the next page."""
    return Call("GET", path("users"), dict, given(limit=limit, cursor=cursor, q=q))


def about() -> Call[Mapping[str, Any]]:
    """The data set, its size, and the live models."""
    return Call("GET", path("about"), dict)


def models() -> Call[list[dict[str, Any]]]:
    """The published models and blends, each with its version, status and metrics."""
    return Call("GET", path("models"), _each("models", dict))


def health() -> Call[Mapping[str, Any]]:
    """Whether the service is ready to answer; raises `StoreError` while it is not."""
    return Call("GET", path("health/ready"), dict)


def _each(name: str, read: Callable[..., T]) -> Callable[[Any], list[T]]:
    return lambda found: [read(**one) for one in found[name]]


def _most(k: int) -> dict[str, Any]:
    return {"k": Request(user=None, k=k).k}


def _asked(request: Request) -> dict[str, Any]:
    """What every list of recommendations is asked with, where it is not as it is anyway."""
    rules = request.where.model_dump(mode="json", exclude_defaults=True)
    return given(
        k=request.k,
        known=request.known,
        weights=request.weights,
        blend=request.blend,
        where=rules or None,
        as_of=request.as_of,
        diversity=request.diversity or None,
        explore=request.explore or None,
        seed=request.seed,
    )
