"""What the routes of one app share: the work, the threads it is done in, who may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.responses import Response

from basketweave.graph.store import GraphStore
from basketweave.service.access import Access
from basketweave.service.answer import written
from basketweave.service.answers import Answers
from basketweave.service.keys import Keys
from basketweave.service.metrics import Metrics
from basketweave.service.pool import Pool
from basketweave.service.settings import ServiceSettings
from basketweave.serving.engine import SessionEncoder


class Service:
    """One store, served."""

    def __init__(
        self,
        store: GraphStore,
        settings: ServiceSettings,
        encoder: SessionEncoder | None = None,
    ) -> None:
        self.settings, self.store = settings, store
        self.metrics = Metrics()
        self.answers = Answers(store, encoder)
        self.access = Access(settings.keys and Keys(settings.keys))
        waiting, timeout = settings.waiting, settings.timeout
        self.readers = Pool("ask", settings.threads, waiting, timeout)
        self.writers = Pool("write", 1, waiting, timeout)
        self.metrics.waiting.set_function(lambda: self.readers.busy)

    async def read(self, work: Callable[[], Any]) -> Response:
        """An answer of what `work` returns, in one of the threads that read."""
        return json(await self.readers.run(lambda: written(work())))

    async def write(self, work: Callable[[], Any], status: int = 200) -> Response:
        """The same for what writes, one at a time."""
        return json(await self.writers.run(lambda: written(work())), status)

    def close(self) -> None:
        """Let what has begun come to its end."""
        self.readers.close()
        self.writers.close()


def json(content: bytes, status: int = 200) -> Response:
    """An answer of JSON that has been written already."""
    return Response(content, status, media_type="application/json")
