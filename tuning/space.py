"""What is searched: for each setting a range of numbers, or some choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import create_model
from pydantic.fields import FieldInfo

from basketweave.baselines.registry import FITTED
from basketweave.encoders.registry import ENCODERS
from basketweave.errors import UsageError
from basketweave.plain_yaml import parse_yaml
from basketweave.registry import Registry
from basketweave.settings import Settings
from basketweave.suggest import did_you_mean

SPACES = Path(__file__).with_name("spaces.yaml")
FORMS = "Write [low, high], {low: …, high: …, log: true}, a list of choices, or a value"
MODELS: Registry[Settings] = ENCODERS | FITTED


class Range(Settings):
    """A setting that takes numbers from `low` to `high`, whole ones where it is an
    integer."""

    low: float
    """The lower end."""
    high: float
    """The upper end."""
    log: bool = False
    """Whether to search by order of magnitude."""

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', by order of magnitude' * self.log}"


class Choices(Settings):
    """A setting that takes one of these values."""

    choices: tuple[Any, ...]
    """The values."""

    def __str__(self) -> str:
        return ", ".join(map(str, self.choices))


Parameter = Range | Choices
SearchSpace = Mapping[str, Parameter]


def config_of(model: str) -> type[Settings]:
    """The config of a named encoder or baseline; raises `UsageError` for others."""
    if model not in MODELS:
        raise UsageError(f"{model!r} cannot be tuned. Use one of {MODELS}.")
    return MODELS[model]


def space(model: str, file: Path | None = None) -> SearchSpace:
    """What is searched for a model: the defaults, but for what `file` says.

    Raises `UsageError` where it names no setting of the model, or a value that the
    setting cannot have.
    """
    config_of(model)
    said = _read(SPACES).get(model, {}) | ({} if file is None else _read(file))
    return {name: _parameter(model, name, value) for name, value in said.items()}


def listed(model: str, file: Path | None = None) -> list[dict[str, Any]]:
    """Each setting of a model: its name, its default, what is searched, its meaning."""
    config, searched = config_of(model), space(model, file)
    return [
        {
            "setting": name,
            "default": field.get_default(call_default_factory=True),
            "searched": str(searched[name]) if name in searched else None,
            "meaning": config.texts()[name],
        }
        for name, field in config.model_fields.items()
    ]


def whole(model: str, name: str) -> bool:
    """Whether a setting is a whole number."""
    return int in _types(config_of(model).model_fields[name])


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"'{file}' cannot be read as YAML: {error}") from error
    said = parse_yaml(text, file)
    if not isinstance(said, dict):
        raise UsageError(f"'{file}' must name settings, a line each. {FORMS}.")
    return {str(name): value for name, value in said.items()}


def _parameter(model: str, name: str, said: Any) -> Parameter:
    fields = config_of(model).model_fields
    if name not in fields:
        raise UsageError(
            f"{model!r} has no setting {name!r}.{did_you_mean(name, list(fields))} "
            f"It knows {', '.join(fields)}."
        )
    try:
        found = _form(said)
        if isinstance(found, Range):
            _check_range(found, fields[name])
            values: Sequence[Any] = (found.low, found.high)
        else:
            values = found.choices
        for value in values:
            _alone(name, fields[name]).model_validate({name: value})
    except UsageError as error:
        raise UsageError(
            f"{model}: {name} cannot be searched in {said!r}: {error} {FORMS}; {name} "
            f"is {_may_be(fields[name])}."
        ) from None
    return found


def _form(said: Any) -> Parameter:
    if isinstance(said, dict):
        return (Choices if "choices" in said else Range).model_validate(said)
    if not isinstance(said, list):
        return Choices(choices=(said,))
    if not said:
        raise UsageError("There is nothing to choose from.")
    if len(said) == 2 and all(_number(value) for value in said):
        return Range(low=said[0], high=said[1])
    return Choices(choices=tuple(said))


def _check_range(found: Range, field: FieldInfo) -> None:
    if not {int, float} & _types(field):
        raise UsageError("It is no number, so name the choices.")
    if not found.low < found.high:
        raise UsageError("The low end must be below the high end.")
    if found.log and found.low <= 0:
        raise UsageError("A logarithmic range must begin above 0.")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _types(field: FieldInfo) -> set[Any]:
    annotation: Any = field.annotation
    return set(get_args(annotation)) | {annotation}


def _alone(name: str, field: FieldInfo) -> type[Settings]:
    """Checks one value as the config would, without looking at other settings."""
    fields: Any = {name: (field.annotation, field)}
    return create_model("Alone", __base__=Settings, **fields)


def _may_be(field: FieldInfo) -> str:
    """What may stand there, such as `int, Ge(ge=2)`."""
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(repr, get_args(annotation)))
    named = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return ", ".join([named, *map(str, field.metadata)])
