"""Quotes that are no quotes: they join rows, and rows would be lost in a field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from basketweave.errors import DataError
from basketweave.loaders.files.records import Records

SWALLOWED = (
    "a quote opens a field that takes in tabs and line ends; where quotes are plain "
    'text, set quote: ""'
)


@dataclass(frozen=True)
class Joined:
    """Records over several lines that are several rows.

    mendable   records each line of which, without quotes, has all the fields
    lost       other records in which a quoted field holds tabs and line ends
    lines      rows that were read one by one after all
    """

    cut: Records
    sign: str
    quote: str
    mendable: npt.NDArray[np.int64]
    lost: npt.NDArray[np.int64]
    lines: int = 0

    @classmethod
    def found(
        cls,
        cut: Records,
        sign: str,
        quote: str,
        fields: int,
        before: Joined | None = None,
    ) -> Joined:
        """Look at every record that goes over several lines.

        A text that somebody wrote has its own lines and commas, and hardly ever as many
        commas in each line as the file has columns; swallowed rows do.
        """
        mendable, lost = list[int](), list[int]()
        for n in _several(cut) if quote else ():
            lines = cut.text(int(n)).split("\n")
            if before is None and _are_rows(lines, sign, fields):
                mendable.append(int(n))
            elif sign == "\t" and _within(cut.text(int(n)), sign, quote):
                lost.append(int(n))
        rows = 0 if before is None else before.lines
        if before is None:
            rows = sum(cut.text(n).count("\n") + 1 for n in mendable)
        return cls(
            cut,
            sign,
            quote,
            np.array(mendable, np.int64),
            np.array(lost, np.int64),
            rows,
        )

    def mended(self, escape: str) -> Records:
        """The records, those that were joined a row a line with quotes as plain signs."""
        parts, done = list[bytes](), 0
        for n in self.mendable:
            start, end = int(self.cut.starts[n]), int(self.cut.ends[n])
            lines = self.cut.data[start:end].decode().removesuffix("\n").split("\n")
            rows = (
                self.sign.join(map(self._plain, row.split(self.sign))) for row in lines
            )
            parts += [self.cut.data[done:start], "\n".join(rows).encode(), b"\n"]
            done = end
        data = b"".join([*parts, self.cut.data[done:]])
        return self.cut.rewritten(data, self.quote, escape)

    def _plain(self, field: str) -> str:
        q = self.quote
        return f"{q}{field.replace(q, q + q)}{q}" if q in field else field


def check_escapes(
    cut: Records, sign: str, quote: str, escape: str | None, path: Path
) -> None:
    """Raise DataError where a quote inside quotes has a backslash before it."""
    if not quote or escape or b"\\" + quote.encode() not in cut.data:
        return
    q, s = re.escape(quote), re.escape(sign)
    inside = rf"(?:\A|[{s}\n]){q}[^{q}\n]*\\{q}[^{s}\n{q}]".encode()
    found = re.search(inside, cut.data)
    if found:
        line = cut.first + cut.data.count(b"\n", 0, found.end() - 1)
        raise DataError(
            f"Line {line:,} of {path} has a quote with a backslash before it. Say that "
            "the backslash takes away a quote's meaning: escape: '\\'. Where quotes are "
            'plain text, set quote: "".'
        )


def _several(cut: Records) -> npt.NDArray[np.int64]:
    """The records that go over several lines."""
    if not len(cut):
        return np.zeros(0, np.int64)
    last = cut.lines[-1] + cut.data.count(b"\n", int(cut.starts[-1]))
    far = np.flatnonzero(np.diff(np.append(cut.lines, last)) > 1)
    inside = [
        cut.data.count(b"\n", int(cut.starts[n]), int(cut.ends[n])) > 1 for n in far
    ]
    return far[np.array(inside, bool)] if len(far) else far


def _are_rows(lines: list[str], sign: str, fields: int) -> bool:
    if fields < 2 or not all(line.count(sign) == fields - 1 for line in lines):
        return False
    if sign != ",":
        return True
    # Prose has a space behind its commas; "12 Main St / Springfield,IL" has two lines.
    prose = any(", " in line for line in lines[1:])
    return not prose and (fields > 2 or len(lines) > 2)


def _within(record: str, sign: str, quote: str) -> bool:
    """Whether one quoted field holds both a separator and a line end."""
    q, s = re.escape(quote), re.escape(sign)
    quoted = re.finditer(rf"(?:\A|{s}){q}((?:[^{q}]|{q}{q})*){q}", record)
    return any(sign in field[1] and "\n" in field[1] for field in quoted)
