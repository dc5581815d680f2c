"""Errors as HTTP answers: `{"detail": …, "request_id": …}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from basketweave.errors import (
    BasketweaveError,
    NotFoundError,
    NotReadyError,
    StoreError,
)
from basketweave.service.answer import written
from basketweave.service.refusals import Refused
from basketweave.shown import shown


def handle_errors(app: FastAPI) -> None:
    """Let the app answer each error with its status and a sentence."""

    @app.exception_handler(BasketweaveError)
    async def ours(request: Request, error: BasketweaveError) -> Response:
        status, retry_after = _status(error)
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return refusal(request, status, str(error), headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return refusal(request, 422, "\n".join(map(_sentence, error.errors())))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = 422 if error.status_code == 400 else error.status_code
        return refusal(request, status, _said(error), error.headers)


def refusal(
    request: Request,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that says why there is no other, and by which name the log has it."""
    content = written({"detail": detail, "request_id": request.state.request_id})
    return Response(content, status, headers, media_type="application/json")


def _status(error: BasketweaveError) -> tuple[int, int | None]:
    if isinstance(error, Refused):
        return error.status, error.retry_after
    if isinstance(error, NotReadyError):
        return 503, 5
    if isinstance(error, NotFoundError):
        return 404, None
    return (503, 1) if isinstance(error, StoreError) else (422, None)


def _said(error: HTTPException) -> str:
    if error.status_code == 404:
        return "There is nothing at this address. What there is stands at /docs."
    return f"{str(error.detail).rstrip('.')}."


def _sentence(mistake: Mapping[str, Any]) -> str:
    """Where a request is wrong, and what may stand there."""
    if mistake["type"] == "json_invalid":
        return f"The body is no JSON: {mistake['ctx']['error']}."
    where = ".".join(str(step) for step in mistake["loc"][1:]) or "body"
    if mistake["type"] == "missing":
        return f"'{where}' is missing; it is needed."
    if mistake["type"] == "extra_forbidden":
        return f"'{where}' is not a field of this request."
    why = mistake["msg"].removeprefix("Value error, ").rstrip(".")
    given = mistake["input"]
    if isinstance(given, Mapping | list):
        return f"'{where}': {why}."
    return f"'{where}' cannot be {shown(given)}: {why}."
