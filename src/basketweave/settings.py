"""`Settings`: what can be set, frozen, and clear about what is wrong in it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent
from types import MappingProxyType, UnionType
from typing import Annotated, Any, ClassVar, Self, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)

from basketweave.errors import UsageError
from basketweave.shown import shown
from basketweave.suggest import did_you_mean


class Settings(BaseModel):
    """The base of all configs, options, rules and recipes.

    However it is built, it raises `UsageError` for all mistakes at once, those of
    settings inside it too: a line for each, with what may stand there.

    What a field means stands below it, as a text of its own (see `texts`).
    """

    former: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names that settings had before, in files that are still read -> their names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise UsageError(explain(error, type(self))) from None

    # As BaseModel's own has it: without this mark, pydantic calls `__init__` for
    # settings inside others too, and the first mistake hides those outside it.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, given: Any) -> Any:
        if not cls.former or not isinstance(given, Mapping):
            return given
        return {cls.former.get(name, name): value for name, value in given.items()}

    @classmethod
    def model_validate(cls, obj: Any, **how: Any) -> Self:
        """The settings in a mapping; raises `UsageError` for all mistakes in it."""
        try:
            return super().model_validate(obj, **how)
        except ValidationError as error:
            raise UsageError(explain(error, cls)) from None

    @classmethod
    def read(cls, given: Mapping[str, Any], where: str) -> Self:
        """The settings in a mapping that stands `where`: a file, or a model's name.

        Raises `UsageError` with `where` in front of the mistakes.
        """
        try:
            return cls.model_validate(given)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None

    @classmethod
    @cache
    def texts(cls) -> Mapping[str, str]:
        """Setting -> what it means: the text below it, here or in a base.

        Read from the source when first asked for. Pydantic's own way,
        `use_attribute_docstrings`, reads it at import: 10 ms for each class.
        """
        found: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            if issubclass(base, Settings):
                found |= _texts(base)
        return {name: found[name] for name in cls.model_fields if name in found}


def checked(check: Callable[[Any], Any]) -> BeforeValidator:
    """A field's validator, made of a function that raises `UsageError`."""

    def value(given: Any) -> Any:
        try:
            return check(given)
        except UsageError as error:
            raise ValueError(str(error).removesuffix(".")) from None

    return BeforeValidator(value)


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One line for each mistake: where it is, and what is allowed there."""
    return "\n".join(_sentence(mistake, model) for mistake in error.errors())


def _sentence(mistake: Any, model: type[BaseModel]) -> str:
    path = [str(step) for step in mistake["loc"]]
    where = f"'{'.'.join(path)}'"
    if mistake["type"] == "extra_forbidden":
        allowed = list(_within(model, path[:-1]))
        meant = did_you_mean(path[-1], allowed)
        there = f"Allowed here: {', '.join(allowed)}." if allowed else "None is."
        return f"{where} is not a setting.{meant} {there}"
    if mistake["type"] == "missing":
        return f"{where} is missing; it is needed."
    why = mistake["msg"].removeprefix("Value error, ").removesuffix(".")
    if isinstance(mistake["input"], Mapping | BaseModel):  # too long to be shown
        return f"{where}: {why}." if path else f"{why}."
    return f"{where} cannot be {shown(mistake['input'])}: {why}."


def _within(annotation: Any, path: list[str]) -> Mapping[str, Any]:
    """The fields that may stand at `path` inside a type."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        inner = (_within(one, path) for one in get_args(annotation))
        return next(filter(None, inner), {})
    if get_origin(annotation) in (dict, list, tuple):  # a key or an index is a step
        inner = (_within(one, path[1:]) for one in get_args(annotation))
        return next(filter(None, inner), {})
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return {}
    fields = annotation.model_fields
    if not path:
        return fields
    return _within(fields[path[0]].annotation, path[1:]) if path[0] in fields else {}


def _texts(model: type[Settings]) -> dict[str, str]:
    """The texts that stand below the fields of this class itself."""
    [tree] = ast.parse(dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in pairwise(tree.body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(words)):
                found[name] = " ".join(str(words).split())
    return found
