"""What clients receive, for the documentation: answers are not checked against it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from basketweave.service.answer import Degraded

Id = int | str


class RefusalOut(BaseModel):
    """Why a request was not answered."""

    detail: str = Field(examples=["The store has no user 'nobody'."])
    request_id: str = Field(examples=["9f0c0b6f0f5c4d0e8c2b1d7a4e3f2a10"])


class HealthOut(BaseModel):
    """How the service is."""

    status: str = Field(examples=["ok"])


class PartOut(BaseModel):
    """A part of a score: weight times value is what it adds."""

    raw: float | None
    value: float | None
    weight: float | None


class StepOut(BaseModel):
    """A node of a path, and the relationship to the next one."""

    label: str
    id: Id
    title: str
    relationship: str | None = None


class ItemOut(BaseModel):
    """A recommended item; its parts add up to its score."""

    item: Id = Field(examples=[995242])
    title: str = Field(examples=["Milk, 1 gallon"])
    score: float
    parts: dict[str, PartOut]
    path: list[StepOut]
    explored: bool
    propensity: float


class AnswerOut(BaseModel):
    """A list of recommendations, best first."""

    id: str = Field(examples=["0b2f1c9e-8f6e-4a55-9a3d-0f5f6f4c1f0b"])
    user: Id | None = Field(examples=[1])
    blend: str | None = Field(examples=["blend_new_v3"])
    experiment: str | None
    group: str | None
    degraded: Degraded | None = None
    models: dict[str, str] = Field(examples=[{"gnn": "gat_v3"}])
    notes: list[str]
    seed: str | None
    items: list[ItemOut]


class NoAnswerOut(BaseModel):
    """Why one request of a batch has no answer."""

    user: Id
    detail: str


class AnswersOut(BaseModel):
    """An answer for each request of a batch, in their order."""

    answers: list[AnswerOut | NoAnswerOut]


class TitleOut(BaseModel):
    """An item, or a person, who has no title."""

    id: Id
    title: str | None = None


class AboutOut(BaseModel):
    """What the store holds, and what serves."""

    name: str | None
    models: list[str]
    users: int
    items: int


class FoundOut(BaseModel):
    """Who and what was found."""

    users: list[TitleOut]
    items: list[TitleOut]


class HadOut(BaseModel):
    """What a person had."""

    items: list[TitleOut]


class RecordedOut(BaseModel):
    """What became of events; `already_there` counts those sent before."""

    events: int
    already_there: int
    users: int
    items: int


class ModelOut(BaseModel):
    """One version of a model or a blend."""

    name: str
    version: int
    key: str
    kind: str
    part: str
    status: str
    metrics: dict[str, float | None]
    weights: dict[str, float | None]
    learned_with: dict[str, str]
    stale: bool


class ModelsOut(BaseModel):
    """All versions."""

    models: list[ModelOut]


class ShownOut(BaseModel):
    """How much was recorded as shown."""

    shown: int


class TakenBackOut(BaseModel):
    """How many events were taken back."""

    events: int


class UpsertedOut(BaseModel):
    """What became of rows, each id once."""

    created: int
    changed: int
    unchanged: int


class ItemRowOut(BaseModel):
    """What is known of an item."""

    id: Id
    title: str | None
    price: float | None
    stock: bool | int | float | None
    brand: str | None
    categories: list[str]
    attributes: dict[str, Any]


class ItemsOut(BaseModel):
    """A page of items."""

    items: list[ItemRowOut]
    cursor: str | None


class UserRowOut(BaseModel):
    """What is known of a person beside what they did."""

    id: Id
    attributes: dict[str, Any]


class UsersOut(BaseModel):
    """A page of users."""

    users: list[UserRowOut]
    cursor: str | None


class DeletedOut(BaseModel):
    """What was taken away with an item."""

    items: int
    events: int
    links: int
    vectors: int


class ForgottenOut(BaseModel):
    """What was forgotten of a person."""

    users: int
    events: int
    vectors: int
    shown: int


class SuitedUserOut(BaseModel):
    """A person whom an item suits: the mean of two values, each a share of the largest."""

    user: Id
    score: float
    walked: float
    cosine: float


class SuitedOut(BaseModel):
    """The people whom an item suits best."""

    users: list[SuitedUserOut]


class TogetherItemOut(BaseModel):
    """An item in the same baskets: how many, and how many times more than by chance."""

    item: Id
    title: str
    support: int
    lift: float
    weight: float


class TogetherOut(BaseModel):
    """What stands in the same baskets as an item."""

    items: list[TogetherItemOut]


class ScoredOut(BaseModel):
    """An item and its score."""

    item: Id
    title: str
    score: float


class CategoryOut(BaseModel):
    """A category, its share of the scores of what is recommended, and the best of it."""

    id: str
    name: str | None
    score: float
    items: list[ScoredOut]


class CategoriesOut(BaseModel):
    """Categories that a person may buy from next."""

    categories: list[CategoryOut]
