"""What clients send, checked before anything is computed."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)
from typing_extensions import TypedDict

from basketweave.blend import request
from basketweave.blend.request import PARTS, Number, Where
from basketweave.graph.known import Known
from basketweave.settings import Settings

MOST = 1_000
"""The most items of one answer, and of a session."""
NO_NUL = "^[^\\u0000]*$"
"""No store holds this sign."""
_ID = {
    "anyOf": [
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "pattern": NO_NUL,
        },
        {"type": "integer"},
    ],
    "examples": [42],
}

Id = Annotated[request.Id, WithJsonSchema(_ID)]
"""An id as the source has it: text or a whole number."""
Given = Annotated[
    StrictInt | Annotated[StrictStr, Field(min_length=1)], WithJsonSchema(_ID)
]
"""The same, kept as it was given."""
Weights = Annotated[
    dict[str, Number],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {part: {"type": "number", "minimum": 0} for part in PARTS},
            "additionalProperties": False,
            "minProperties": 1,
            "examples": [{"graph": 0.7, "popularity": 0.3}],
        }
    ),
]
"""Part -> weight, of which at least one is above 0."""
Moment = Annotated[
    int | str,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 4_000_000_000},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ],
            "examples": ["2017-11-30"],
        }
    ),
]
"""A Unix second, a date or a time."""
When = Annotated[
    int | float | str,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1_790_000_000},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ],
            "examples": [1_512_000_000, "2017-11-30T18:00:00Z"],
        }
    ),
]
"""The same for an event, which lies at most a day ahead."""
K = Annotated[int, Field(ge=1, le=MOST)]
Share = Annotated[float, Field(ge=0, le=1)]
Held = Annotated[tuple[Id, ...], Field(max_length=MOST)]


def _example(body: dict[str, Any]) -> ConfigDict:
    """What a documentation shows as a body."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [body]})


class Ask(Settings):
    """What every request for a list may say."""

    k: K = 10
    """How many items."""
    weights: Weights | None = None
    """Part -> weight; none: those published with the blend."""
    blend: str | None = None
    """A blend that was published, such as `blend_new@3`; none: the live one."""
    where: Where | None = None
    """Rules that every item must keep."""
    diversity: Share = 0.0
    """From 0 to 1: how much an item's likeness to those above it counts against it."""
    explore: Share = 0.0
    """Share of the places for new and little-shown items."""
    seed: Annotated[str, Field(pattern=NO_NUL)] | None = None
    """What explored places are drawn with; none: the user and the day."""


class AskUser(Ask):
    """A request for a person."""

    model_config = _example(
        {
            "user": 1,
            "k": 5,
            "known": "any",
            "where": {"per_brand": 2, "exclude": [995242]},
            "session": [981760],
        }
    )

    user: Id
    """The person's id."""
    known: Known = "new"
    """`new`: not bought before, `again`: bought before, `any`: both."""
    session: Held = ()
    """Items in the basket now."""
    as_of: Moment | None = None
    """A Unix second, a date (all of it) or a time; later events do not count."""

    record_shown: bool = False
    """Write down that all of the answer was shown."""

    def question(self) -> dict[str, Any]:
        """The arguments of `Recommender.recommend` but for the user."""
        beside = ("user", "record_shown")
        return {name: value for name, value in self if name not in beside}


class AskSession(Ask):
    """A request for someone of whom only the session is known."""

    model_config = _example({"items": [995242, 981760], "k": 5})

    items: Annotated[Held, Field(min_length=1)]
    """Ids of what they hold, the newest last."""

    def question(self) -> dict[str, Any]:
        """The arguments of `Recommender.session` but for the items."""
        return {name: value for name, value in self if name != "items"}


class AskMany(Settings):
    """Several requests for people in one."""

    model_config = _example({"requests": [{"user": 1, "k": 3}, {"user": 7, "k": 3}]})

    requests: Annotated[tuple[AskUser, ...], Field(min_length=1, max_length=100)]
    """The requests; each has its own answer, in the same order."""


class _SaidIn(TypedDict):
    """What an event may say beside who did it with what."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    kind: NotRequired[Annotated[str | None, Field(examples=["PURCHASED"])]]
    time: NotRequired[When | None]
    value: NotRequired[float | None]
    id: NotRequired[Given | None]
    answer: NotRequired[str | None]


class EventIn(_SaidIn):
    """One thing that a person did with an item."""

    user: Given
    item: Given


class EventsIn(TypedDict):
    """Events to be recorded together."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"events": [{"user": 1, "item": 995242, "id": "order-17-1"}]}
    )

    events: Annotated[list[EventIn], Field(min_length=1, max_length=10_000)]


class ShownIn(Settings):
    """What a page showed of an answer."""

    answer: Annotated[str, Field(min_length=1, max_length=200)]
    """The answer's id."""
    items: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST)] | None = None
    """Ids of the items that were shown; none: all."""


class NamedEventIn(_SaidIn):
    """An event that was recorded: by its own id, or by what it says."""

    user: NotRequired[Given]
    item: NotRequired[Given]


class NamedEventsIn(TypedDict):
    """Events to be taken back."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"events": [{"id": "order-17-1"}]}
    )

    events: Annotated[list[NamedEventIn], Field(min_length=1, max_length=10_000)]


class ItemIn(TypedDict):
    """What is said of an item; what is not named stays, null takes it away."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"price": 2.25, "attributes": {"colour": "red"}}
    )

    title: NotRequired[str | None]
    price: NotRequired[float | None]
    stock: NotRequired[StrictBool | int | None]
    brand: NotRequired[Given | None]
    categories: NotRequired[list[Given] | None]
    attributes: NotRequired[dict[str, JsonValue] | None]


class ItemRowIn(ItemIn):
    """An item among several."""

    id: Given


class ItemsIn(TypedDict):
    """Items to be written together."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"items": [{"id": 42, "title": "Plum", "price": 2.5, "stock": 7}]}
    )

    items: Annotated[list[ItemRowIn], Field(min_length=1, max_length=10_000)]


class UserIn(TypedDict):
    """What is said of a person; what is not named stays, null takes it away."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"attributes": {"language": "de"}}
    )

    attributes: NotRequired[dict[str, JsonValue] | None]


class UserRowIn(UserIn):
    """A person among several."""

    id: Given


class UsersIn(TypedDict):
    """Users to be written together."""

    __pydantic_config__ = _example(  # type: ignore[misc]
        {"users": [{"id": 7, "attributes": {"language": "de"}}]}
    )

    users: Annotated[list[UserRowIn], Field(min_length=1, max_length=10_000)]
