"""`Registry`: the models of one kind by name, from which all that lists them is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from basketweave.errors import UsageError
from basketweave.suggest import did_you_mean

if TYPE_CHECKING:
    from basketweave.settings import Settings

C = TypeVar("C", bound="Settings")


class Registry(Mapping[str, type[C]]):
    """Name -> config, which says how its model is built.

    A config is loaded when it is first asked for, so that names can be listed, as in
    `--help`, without torch.

    what    what its models are, such as `encoder`
    places  name -> where its config stands in this package, as in
            `gnn.light_gcn:LightGCNConfig`
    """

    def __init__(self, what: str, places: Mapping[str, str]) -> None:
        self.what, self._places = what, dict(places)

    def configured(self, name: str, /, **settings: Any) -> C:
        """The config of this name with these settings.

        Raises `UsageError` for a name or a setting that does not exist.
        """
        if name not in self:
            meant = did_you_mean(name, list(self))
            raise UsageError(f"'{name}' is no {self.what}.{meant} Use one of {self}.")
        return self[name].read(settings, name)

    def __getitem__(self, name: str) -> type[C]:
        module, _, config = self._places[name].partition(":")
        found: type[C] = getattr(import_module(f"basketweave.{module}"), config)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __or__(self, other: Registry[Any]) -> Registry[Any]:
        """The models of both."""
        return Registry(
            f"{self.what} or {other.what}", {**self._places, **other._places}
        )

    def __str__(self) -> str:
        return ", ".join(self)
