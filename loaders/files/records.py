"""Cutting delimited text into records, so that each one knows its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

# Text that ends inside quotes waits for their end, but not for ever: an inch
# sign (12" vinyl) opens quotes that nothing closes.
LONGEST = 64 * 1024 * 1024


@dataclass(frozen=True)
class Records:
    """Records of `data`: where each begins and ends, and the line it begins on."""

    data: bytes
    starts: Offsets
    ends: Offsets
    lines: Offsets

    @classmethod
    def cut(cls, data: bytes, ends: Offsets, line: int) -> Records:
        """The records that end at `ends` (just after a newline), without blank ones."""
        starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
        lines = line + np.searchsorted(_where(data, "\n"), starts)
        filled = ends - starts > 1
        return cls(data, starts[filled], ends[filled], lines[filled])

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, record: int) -> str:
        """One record as it was written, without its line end."""
        return self.data[self.starts[record] : self.ends[record]].decode().rstrip("\n")

    def after_first(self) -> Records:
        """The records below the first, which is the header."""
        at = int(self.ends[0])
        rest = slice(1, None)
        return Records(
            self.data[at:], self.starts[rest] - at, self.ends[rest] - at,
            self.lines[rest],
        )  # fmt: skip

    @property
    def first(self) -> int:
        """The number of the line on which `data` begins."""
        return int(self.lines[0]) - self.data.count(b"\n", 0, int(self.starts[0]))

    def recut(self, separator: str, quote: str, escape: str = "") -> Records:
        """The same text cut exactly: quotes count only where a field begins with one.

        Slower than counting quotes, and needed only where a text has odd ones.
        """
        inside, escaped = rb"[^%(q)b%(e)b]*+", rb"%(q)b%(q)b|%(e)b(?s:.)"
        outside = rb"(?:[^%(s)b\n%(e)b]|%(e)b(?s:.)?)*+"
        if not escape:
            inside, escaped, outside = rb"[^%(q)b]*+", rb"%(q)b%(q)b", rb"[^%(s)b\n]*+"
        quoted = rb"%(q)b" + inside + rb"(?:(?:" + escaped + rb")" + inside + rb")*+"
        field = rb"(?:" + quoted + rb"(?:%(q)b|\Z))?+" + outside
        record = rb"(?:" + field + rb"%(s)b)*+" + field + rb"(?:\n|\Z)"
        signs = {
            b"q": re.escape(quote).encode(),
            b"s": re.escape(separator).encode(),
            b"e": re.escape(escape).encode(),
        }
        found = re.finditer(record % signs, self.data)
        ends = np.array([m.end() for m in found if m.end() > m.start()], np.int64)
        return Records.cut(self.data, ends, self.first)

    def rewritten(self, data: bytes, quote: str, escape: str = "") -> Records:
        """The same records written another way, with as many lines."""
        return Records.cut(data, _ends(data, quote, escape), self.first)


def records(pieces: Iterable[str], quote: str, escape: str = "") -> Iterator[Records]:
    """Records of a text that comes in pieces, none of them cut in two."""
    waiting, line = b"", 1
    for piece in pieces:
        data = waiting + piece.encode(errors="replace")
        ends = _ends(data, quote, escape)
        if not len(ends) and len(data) > LONGEST:
            ends = _ends(data, "")
        whole = int(ends[-1]) if len(ends) else 0
        if whole:
            yield Records.cut(data[:whole], ends, line)
        line += data.count(b"\n", 0, whole)
        waiting = data[whole:]
    if waiting:
        last = waiting if waiting.endswith(b"\n") else waiting + b"\n"
        yield Records.cut(last, np.array([len(last)]), line)


def _ends(data: bytes, quote: str, escape: str = "") -> Offsets:
    """Just after each newline before which the number of quotes is even."""
    newlines = _where(data, "\n")
    if quote:
        quotes = _where(data, quote)
        if escape and escape.encode() in data:
            quotes = quotes[~_escaped(data, quotes, escape)]
        before = np.searchsorted(quotes, newlines)
        newlines = newlines[before % 2 == 0]
    return newlines + 1


def _escaped(data: bytes, quotes: Offsets, escape: str) -> npt.NDArray[np.bool_]:
    """Which quotes have an odd number of escapes right before them."""
    plain = np.flatnonzero(np.frombuffer(data, np.uint8) != ord(escape))
    last = np.searchsorted(plain, quotes) - 1
    run = quotes - np.where(last >= 0, plain[last], -1) - 1
    return np.asarray(run % 2 == 1)


def _where(data: bytes, sign: str) -> Offsets:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord(sign))
