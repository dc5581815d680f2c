"""Settings tell all their mistakes in words, and what each of their fields means."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError, model_validator

import basketweave
from basketweave.errors import UsageError
from basketweave.settings import Settings, checked


def _even(value: Any) -> int:
    if value % 2:
        raise UsageError("Odd numbers are not taken.")
    return int(value)


class Shelf(Settings):
    """Where things stand."""

    height: int = Field(1, ge=1)
    """Boards one above the other,
    the lowest first."""
    width: int = 2

    @model_validator(mode="after")
    def _stands(self) -> Shelf:
        if self.height > 9:
            raise ValueError("it would fall")
        return self


class Room(Settings, allow_inf_nan=False):
    """What is in it."""

    name: str
    """As it stands on the door."""
    shelves: dict[str, Shelf] = Field(default_factory=dict)
    best: Shelf | None = None
    spare: tuple[Shelf, ...] = ()


class Cellar(Room):
    """A room of which one thing more is known."""

    name: str = "cellar"
    depth: float = 2.0
    """In metres."""


def told(given: dict[str, Any], model: type[Settings] = Room) -> list[str]:
    """The lines of the error, the same whichever way it is built."""
    with pytest.raises(UsageError) as built:
        model(**given)
    with pytest.raises(UsageError) as read:
        model.model_validate(given)
    assert str(built.value) == str(read.value)
    return str(built.value).splitlines()


def test_all_mistakes_are_told_at_once_those_inside_too() -> None:
    known = "Allowed here: height, width."
    shelves = {"left": {"hieght": 3}, "right": {"height": 0}, "high": {"height": 10}}
    assert told({"shelves": shelves, "best": {"widht": 1}, "spare": [{"x": 1}]}) == [
        "'name' is missing; it is needed.",
        f"'shelves.left.hieght' is not a setting. Did you mean 'height'? {known}",
        "'shelves.right.height' cannot be 0: Input should be greater than or equal to 1.",
        "'shelves.high': it would fall.",
        f"'best.widht' is not a setting. Did you mean 'width'? {known}",
        f"'spare.0.x' is not a setting. {known}",
    ]


def test_what_is_wrong_as_a_whole_has_no_place() -> None:
    assert told({"height": 10}, Shelf) == ["it would fall."]


def test_settings_are_frozen_and_know_no_infinity_where_they_say_so() -> None:
    assert "finite" in told({"depth": float("inf")}, Cellar)[0]
    with pytest.raises(ValidationError, match="frozen"):
        Shelf().height = 3  # type: ignore[misc]


def test_where_they_were_read_stands_in_front() -> None:
    with pytest.raises(UsageError, match=r"^door\.yaml: 'name' is missing"):
        Room.read({}, "door.yaml")


def test_a_check_in_words_is_told_with_its_field() -> None:
    class Pair(Settings):
        n: Annotated[int, checked(_even)]

    assert told({"n": 3}, Pair) == ["'n' cannot be 3: Odd numbers are not taken."]
    assert Pair(n=4).n == 4


def test_the_text_below_a_field_is_there_and_inherited() -> None:
    assert Shelf.texts() == {"height": "Boards one above the other, the lowest first."}
    assert list(Cellar.texts().items()) == [
        ("name", "As it stands on the door."),
        ("depth", "In metres."),
    ]


def test_each_setting_of_the_package_says_what_it_means() -> None:
    found = pkgutil.walk_packages(basketweave.__path__, "basketweave.")
    for module in found:
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    models = [m for m in _below(Settings) if _written(m)]
    assert len(models) > 50
    for model in models:
        lacking = model.model_fields.keys() - model.texts().keys()
        assert not lacking, f"{model.__module__}.{model.__name__}: {lacking}"


def _written(model: type[Settings]) -> bool:
    """Not made at run time, as another test's process may have done (`tuning.space`)."""
    module = model.__module__
    there = getattr(sys.modules.get(module), model.__name__, None)
    return module.startswith("basketweave.") and there is model


def _below(model: type[Settings]) -> list[type[Settings]]:
    return [m for sub in model.__subclasses__() for m in (sub, *_below(sub))]
