"""What a client is told when its request is not answered."""

from __future__ import annotations

from basketweave.errors import BasketweaveError


class Refused(BasketweaveError):
    """A request that is not answered: the HTTP status, and what the client reads.

    retry_after   seconds after which the same request may be answered
    """

    def __init__(
        self, status: int, detail: str, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.retry_after = status, retry_after
