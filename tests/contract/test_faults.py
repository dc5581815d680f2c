"""Some of what `make faults` does: kills, full disks and broken-off recoveries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_whatever_was_killed_or_found_no_room_the_store_opens_and_lost_nothing() -> (
    None
):
    asked = ("--kills", "8", "--disks", "3", "--recoveries", "2")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("faults.py")), *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counted = json.loads(done.stdout)
    assert counted["failed"] == []
    assert counted["killed"] == 8
    assert "a write was broken off" in done.stderr
