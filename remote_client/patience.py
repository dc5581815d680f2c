"""When a question is asked again, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from tenacity import RetryCallState, stop_after_attempt, wait_random_exponential
from tenacity.retry import retry_if_exception_type

if TYPE_CHECKING:
    import httpx2

    from basketweave.remote_client.question import Call

LONGEST = 30.0
"""Seconds: a service that asks to be left alone for longer is not waited for."""

PASSING = (502, 503, 504)
"""The store is away, or a proxy does not know how far the service came."""

_backoff = wait_random_exponential(multiplier=0.1, max=LONGEST)


@dataclass
class Again(Exception):
    """Asking again may help; `error` is what is raised if it does not.

    after   seconds that the service asks for
    """

    error: Exception
    after: float | None = None


def refused(
    question: Call[Any], response: httpx2.Response, error: Exception
) -> Exception:
    """`error`, as one to try again where the service did nothing (429), or where twice
    does no harm; not where it asks for too long a pause."""
    after, status = _after(response), response.status_code
    again = status == 429 or (question.repeatable and status in PASSING)
    return Again(error, after) if again and (after or 0) <= LONGEST else error


def lost(
    question: Call[Any], what: httpx2.TransportError, error: Exception
) -> Exception:
    """`error`, as one to try again where nothing was sent, or where twice does no harm."""
    import httpx2

    unsent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
    never = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
    again = isinstance(what, unsent) or (
        question.repeatable and not isinstance(what, never)
    )
    return Again(error) if again else error


def patience(tries: int) -> dict[str, Any]:
    """What tenacity's `Retrying` and `AsyncRetrying` are told alike."""
    return {
        "retry": retry_if_exception_type(Again),
        "stop": stop_after_attempt(tries),
        "wait": _wait,
        "retry_error_callback": _give_up,
    }


def _wait(state: RetryCallState) -> float:
    """At least what the service asked for; random beyond, so that many clients do not
    come back at once."""
    again = _failure(state)
    asked = again.after if isinstance(again, Again) else None
    return min((asked or 0) + _backoff(state), LONGEST + 1)


def _give_up(state: RetryCallState) -> None:
    again = _failure(state)
    assert isinstance(again, Again)
    raise again.error from again.error.__cause__


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _after(response: httpx2.Response) -> float | None:
    """The seconds that Retry-After asks for, as a number or as a date."""
    said = response.headers.get("Retry-After", "").strip()
    for read in (float, _until):
        try:
            return max(read(said), 0.0)
        except (ValueError, TypeError):
            continue
    return None


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (zoned - datetime.now(UTC)).total_seconds()
