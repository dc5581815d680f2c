"""A service that is killed while events arrive; `make faults` does it fifty times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.journeys.service_faults import Killed, prepared


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_service_has_what_it_accepted_once(
    tmp_path: Path, workers: int
) -> None:
    service = Killed(prepared(tmp_path / "graph.lbug"), 1, workers)
    service.kill()
    service.check()
    service.again()
