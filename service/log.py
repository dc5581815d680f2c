"""The log: one line of JSON for each request, without anything of a person."""

from __future__ import annotations

import logging
import sys

import structlog

LOG = structlog.wrap_logger(
    logging.getLogger("basketweave.service"),
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def log_to_stderr() -> None:
    """Write the lines to standard error; until then only warnings and errors go there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("basketweave.service")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
