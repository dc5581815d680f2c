"""What Prometheus reads: of all processes of a service, where there are several."""

from __future__ import annotations

import os

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The figures of one service; none of them knows a person."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "basketweave_request_seconds",
            "How long requests took, from the first header to the answer.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=own,
        )
        self.answers = Counter(
            "basketweave_answers",
            "Lists that were computed, by what was left of the blend.",
            ("degraded",),
            registry=own,
        )
        self.cached = Counter(
            "basketweave_cache_lookups",
            "Lists that were looked up in the cache, by whether they stood there.",
            ("found",),
            registry=own,
        )
        self.events = Counter(
            "basketweave_events", "Events that were recorded.", registry=own
        )
        self.waiting = Gauge(
            "basketweave_waiting",
            "Requests that are computed, or wait for it.",
            multiprocess_mode="livesum",
            registry=own,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
