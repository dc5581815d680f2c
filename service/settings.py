"""How a store is served."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from uuid import uuid4

from limits import RateLimitItem, parse
from pydantic import Field, field_validator, model_validator

from basketweave.settings import Settings

PORT = 8750


class ServiceSettings(Settings):
    """How a store is served; a frozen value that the whole app shares."""

    keys: Path | None = None
    """File of hashed keys (`basketweave keys`); without keys only this machine is
    answered."""
    origins: tuple[str, ...] = ()
    """Web sites whose pages may ask (CORS), such as https://shop.example; none unless
    named."""
    cache: str = "none"
    """Where answers are kept: `none`, `memory`, or the address of a Redis server
    (redis://host:6379)."""
    cache_seconds: float = Field(60.0, gt=0)
    """How long an answer is kept where nothing changes; what other programs write into
    a Neo4j store is seen after this time at the latest."""
    rate: str | None = None
    """How often each key (without keys each address) may ask, such as `100/second`."""
    threads: int = Field(2, ge=1, le=64)
    """Requests that are computed at the same time, in each process."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that answer (`serve_together`); more than one on Linux and macOS."""
    run: str = Field(default_factory=lambda: str(uuid4()))
    """Tells what one run of a service keeps in Redis from what another does."""
    waiting: int = Field(200, ge=1)
    """Requests that may wait for a thread; the next one is told to come back (429)."""
    timeout: float = Field(10.0, gt=0)
    """Seconds after which a request is given up (503)."""
    body_mb: float = Field(5.0, gt=0)
    """The largest body (413)."""
    patience: float = Field(10.0, gt=0)
    """Seconds within which a request has to have come (408)."""

    @field_validator("rate")
    @classmethod
    def _readable(cls, rate: str | None) -> str | None:
        if rate is not None:
            try:
                parse(rate)
            except ValueError:
                raise ValueError("write it as 100/second or 2000/minute") from None
        return rate

    @model_validator(mode="after")
    def _shared_by_workers(self) -> Self:
        if self.workers > 1 and self.cache == "memory":
            raise ValueError(
                "workers: answers in the memory of one process would outlive what "
                "another is told. Keep them in Redis, which all share"
            )
        return self

    @property
    def limit(self) -> RateLimitItem | None:
        """The rate as the library `limits` has it."""
        return None if self.rate is None else parse(self.rate)
