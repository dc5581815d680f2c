"""How a store is served."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

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
    threads: int = Field(2, ge=1, le=64)
    """Requests that are computed at the same time."""
    waiting: int = Field(200, ge=1)
    """Requests that may wait for a thread; the next one is told to come back (429)."""
    timeout: float = Field(10.0, gt=0)
    """Seconds after which a request is given up (503)."""
    body_mb: float = Field(5.0, gt=0)
    """The largest body (413)."""
    patience: float = Field(10.0, gt=0)
    """Seconds within which a request has to have come (408)."""
