"""Lines of a pipe: all of them, in order, and none that waits for the next."""

from __future__ import annotations

import os
import threading

from basketweave.loaders.streams.lines import MOST, batches


def test_all_lines_come_in_order_and_some_at_a_time() -> None:
    ours, theirs = os.pipe()
    many = [b"%d" % n for n in range(3 * MOST)]

    def write() -> None:
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(b"\n".join(many))

    threading.Thread(target=write).start()
    found = list(batches(ours))
    assert [one for batch in found for one in batch] == list(enumerate(many, 1))
    assert max(map(len, found)) <= MOST
    os.close(ours)


def test_a_line_does_not_wait_for_the_next() -> None:
    ours, theirs = os.pipe()
    coming = batches(ours)
    for number in (1, 2):
        os.write(theirs, b"x\n")
        assert next(coming) == [(number, b"x")]
    os.close(theirs)
    assert list(coming) == []
    os.close(ours)
