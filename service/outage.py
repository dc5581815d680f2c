"""A store that has gone away: one request at a time finds out whether it is back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from basketweave.errors import ServerLost
from basketweave.service.refusals import Refused


class Outage:
    """Lets requests to the store, and while it is away only one of them at a time.

    The others are told at once, and do not wait for a connection that does not come.
    """

    def __init__(self) -> None:
        self._lost = False
        self._trying = threading.Lock()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """A context for one request; raises `Refused` (503) while the store is away."""
        probe = self._lost
        if probe and not self._trying.acquire(blocking=False):
            raise Refused(503, "The store does not answer. Come back in a moment.", 1)
        try:
            yield
            self._lost = False
        except ServerLost:
            self._lost = True
            raise
        except Exception:
            self._lost = False  # it says something
            raise
        finally:
            if probe:
                self._trying.release()
