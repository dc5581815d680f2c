"""Who may do what: a key in the header `X-API-Key`, with its scopes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from basketweave.errors import DataError, UsageError
from basketweave.service.keys import Keys, Scope
from basketweave.service.log import LOG
from basketweave.service.rate import Rate
from basketweave.service.refusals import Refused

HEADER = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    description="A key that `basketweave keys create` printed.",
)


class Access:
    """Lets requests through that show a key of the right scope, and not too often.

    keys   None: everyone who gets here may do everything
    rate   how often each key, or without keys each address, may ask
    """

    def __init__(self, keys: Keys | None, rate: Rate) -> None:
        self._keys, self._rate = keys, rate

    def needs(self, scope: Scope) -> Any:
        """A dependency of the routes that need a key of this scope.

        Without keys there is no header to be shown, in the documentation neither.
        """
        if self._keys is None:

            async def counted(request: Request) -> None:
                await self.count(request.client.host if request.client else "")

            return Depends(counted)

        async def allowed(
            request: Request, shown: Annotated[str | None, Security(HEADER)]
        ) -> None:
            key = request.state.key = self.check(shown, scope)
            await self.count(key)

        return Depends(allowed)

    async def count(self, who: str) -> None:
        """Raises `Refused` (429) where `who` has asked too often."""
        if again := await self._rate.wait(who):
            raise Refused(429, f"At most {self._rate.limit}.", again)

    def check(self, secret: str | None, scope: Scope) -> str:
        """The name of the key.

        Raises `Refused`: 401 without a valid key, 403 where it lacks the scope, 503
        where the file of keys cannot be read.
        """
        try:
            key = self._keys.find(secret) if self._keys and secret else None
        except (DataError, UsageError):
            LOG.error("the file of keys cannot be read")
            raise Refused(503, "Keys cannot be read now. Come back later.", 5) from None
        if key is None:
            raise Refused(401, "Show a valid key in the header X-API-Key.")
        if scope not in key.scopes:
            raise Refused(
                403, f"This key may not do that: it lacks the scope '{scope}'."
            )
        return key.name
