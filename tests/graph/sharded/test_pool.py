"""Work spread over processes: results, and a process that dies."""

from __future__ import annotations

import subprocess
import sys

import pytest

from basketweave.graph.sharded.pool import Work, workers
from basketweave.progress import SILENT

# Of each two processes one ends at once, often while the other is being started.
DIES = """
import os
from basketweave.errors import StoreError
from basketweave.graph.sharded.pool import Work, workers
from basketweave.progress import SILENT

if __name__ == "__main__":
    for _ in range(3):
        try:
            with workers(2, SILENT) as at_work:
                at_work.do("Killing", [Work(os.abort, ()) for _ in range(2)])
        except StoreError:
            print("told")
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_work(processes: int) -> None:
    with workers(processes, SILENT) as at_work:
        work = [Work(divmod, (n, 3)) for n in range(7)]
        assert at_work.do("Dividing", work) == [divmod(n, 3) for n in range(7)]


def test_a_process_that_dies_is_told_and_nothing_is_waited_for() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "told\n" * 3), done.stderr
