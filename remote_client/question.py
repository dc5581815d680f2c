"""One question to a service: what is sent, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from basketweave.graph.ids import as_id

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """What a transport sends, and `read`, which makes an answer of the JSON received.

    path         below the service's address, percent-encoded
    params       of the query string
    body         sent as JSON; None: nothing is sent
    repeatable   whether asking twice does what asking once does, so that a question
                 whose answer was lost may be asked again
    """

    method: str
    path: str
    read: Callable[[Any], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    repeatable: bool = True


def path(verb: str, *ids: object) -> str:
    """The path of a verb with ids in it, each of which is one step whatever it holds.

    >>> path("similar", "a/b c"), path("explain", 7, "..")
    ('/api/similar/a%2Fb%20c', '/api/explain/7/%2E%2E')
    """
    return "/".join(["/api", verb, *(_step(as_id(one)) for one in ids)])


def _step(name: str) -> str:
    """One step of a path; clients and proxies would take '.' and '..' away."""
    return name.replace(".", "%2E") if set(name) == {"."} else quote(name, safe="")


def given(**values: Any) -> dict[str, Any]:
    """Those of the values that say something.

    >>> given(k=3, where=None)
    {'k': 3}
    """
    return {name: value for name, value in values.items() if value is not None}
