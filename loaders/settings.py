"""Settings read from outside: frozen, strict, and clear about what is wrong."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from basketweave.errors import UsageError


class Part(BaseModel):
    """Settings inside other settings; a key that is not declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Settings(Part):
    """Settings at the top: raises UsageError in words, for all mistakes at once."""

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(data)
        except ValidationError as error:
            raise UsageError(explain(error, cls)) from None


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One sentence for each mistake: where it is, and what is allowed there."""
    return "\n".join(_sentence(mistake, model) for mistake in error.errors())


def did_you_mean(name: str, known: list[str]) -> str:
    """ " Did you mean 'x'?" where a known name is close, else nothing.

    >>> did_you_mean("tiem", ["user", "time"])
    " Did you mean 'time'?"
    """
    near = get_close_matches(name, known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _sentence(mistake: Any, model: type[BaseModel]) -> str:
    *above, key = [str(part) for part in mistake["loc"]] or [model.__name__.lower()]
    where = ".".join([*above, key])
    if mistake["type"] == "extra_forbidden":
        allowed = sorted(_within(model, above).model_fields)
        return (
            f"'{where}' is not a setting.{did_you_mean(key, allowed)} "
            f"Allowed here: {', '.join(allowed)}."
        )
    if mistake["type"] == "missing":
        return f"'{where}' is missing; it is needed."
    why = mistake["msg"].removeprefix("Value error, ").removesuffix(".")
    return f"'{where}' cannot be {mistake['input']!r}: {why}."


def _within(model: type[BaseModel], path: list[str]) -> type[BaseModel]:
    """The model that stands at `path` inside `model`."""
    for key in path:
        annotation = model.model_fields[key].annotation
        inner = [annotation, *get_args(annotation)]
        models = (a for a in inner if isinstance(a, type) and issubclass(a, BaseModel))
        model = next(models, model)
    return model
