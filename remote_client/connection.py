"""The two transports: one waits for an answer, one is awaited; both ask again alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from tenacity import AsyncRetrying, Retrying

from basketweave.errors import ServiceError, UsageError
from basketweave.remote_client.failure import failure, unreachable
from basketweave.remote_client.patience import lost, patience, refused
from basketweave.remote_client.question import Call
from basketweave.remote_client.written import written
from basketweave.version import __version__

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")


class Connection:
    """Connections to a service, kept open between questions; safe for many threads."""

    def __init__(self, url: str, key: str | None, timeout: float, tries: int) -> None:
        self._client = _library().Client(**_settings(url, key, timeout))
        self._again = Retrying(**patience(tries))
        self._url = url

    def ask(self, question: Call[T]) -> T:
        """The answer, after as many tries as may help."""
        return self._again.copy()(self._once, question)

    def _once(self, question: Call[T]) -> T:
        try:
            response = self._client.request(**_sent(question))
        except _library().TransportError as error:
            raise lost(question, error, unreachable(error, self._url)) from error
        return _read(question, response)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AsyncConnection:
    """The same for asyncio."""

    def __init__(self, url: str, key: str | None, timeout: float, tries: int) -> None:
        self._client = _library().AsyncClient(**_settings(url, key, timeout))
        self._again = AsyncRetrying(**patience(tries))
        self._url = url

    async def ask(self, question: Call[T]) -> T:
        """The answer, after as many tries as may help."""
        return await self._again.copy()(self._once, question)

    async def _once(self, question: Call[T]) -> T:
        try:
            response = await self._client.request(**_sent(question))
        except _library().TransportError as error:
            raise lost(question, error, unreachable(error, self._url)) from error
        return _read(question, response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _library() -> Any:
    try:
        import httpx2
    except ImportError:
        raise UsageError(
            "A service is asked with httpx2. Run: pip install 'basketweave[remote]'"
        ) from None
    return httpx2


def _settings(url: str, key: str | None, timeout: float) -> Mapping[str, Any]:
    headers = {"User-Agent": f"basketweave/{__version__}", "Accept": "application/json"}
    if key is not None:
        headers["X-API-Key"] = key
    return {"base_url": url, "headers": headers, "timeout": timeout}


def _sent(question: Call[Any]) -> Mapping[str, Any]:
    body = None if question.body is None else json.dumps(question.body, default=written)
    return {
        "method": question.method,
        "url": question.path,
        "params": question.params,
        "content": body,
        "headers": {} if body is None else {"Content-Type": "application/json"},
    }


def _read(question: Call[T], response: httpx2.Response) -> T:
    if not response.is_success:
        error = failure(response)
        raise refused(question, response, error) from None
    try:
        return question.read(response.json())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ServiceError(
            f"{response.url} answered what no basketweave service of this version "
            f"({__version__}) does. Is that the address of one?"
        ) from error
