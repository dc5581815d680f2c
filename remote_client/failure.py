"""A service's refusals as this package's errors, with what the service said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basketweave.errors import (
    BasketweaveError,
    NotFoundError,
    ServiceError,
    StoreError,
    UsageError,
)

if TYPE_CHECKING:
    import httpx2

KINDS: dict[int, type[BasketweaveError]] = {
    400: UsageError,
    404: NotFoundError,
    413: UsageError,
    422: UsageError,
    503: StoreError,
}
"""Status -> the error that a `Recommender` on the spot would raise."""

NEXT = {
    401: "Give the key: basketweave.remote(url, key).",
    403: "Use a key whose scope allows it.",
    429: "Ask again later, or less often.",
}


def failure(response: httpx2.Response) -> BasketweaveError:
    """The error of a response that is no answer."""
    detail, request = _told(response)
    found = [detail, NEXT.get(response.status_code, "")]
    if request:
        found.append(f"(request {request})")
    kind = KINDS.get(response.status_code, ServiceError)
    return kind(" ".join(filter(None, found)))


def unreachable(error: httpx2.TransportError, url: str) -> ServiceError:
    """The error of a question that brought no response."""
    why = str(error) or type(error).__name__
    return ServiceError(
        f"The service at {url} did not answer: {why}. Does it run there, and is it "
        "ready? Its log says more; a slow one may need a longer `timeout`."
    )


def _told(response: httpx2.Response) -> tuple[str, str]:
    """What the service says of its refusal, and the id under which its log has it."""
    request = response.headers.get("X-Request-Id", "")
    otherwise = f"HTTP {response.status_code} {response.reason_phrase}".strip() + "."
    try:
        found = response.json()
    except ValueError:  # a proxy's page, say
        return otherwise, request
    if not isinstance(found, dict):
        return otherwise, request
    return str(found.get("detail") or otherwise), found.get("request_id") or request
