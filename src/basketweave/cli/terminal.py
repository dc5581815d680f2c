"""A terminal to which anything can be printed: data do not steer it, nor stop work."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

# Signs that steer a terminal (C0 but for tab and new line, DEL, C1), turn the direction
# of what follows, or are half of a surrogate pair, which no encoding can write.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def harmless(text: str) -> str:
    r"""The text with what would steer a terminal written as Python writes it.

    >>> harmless("\x1b[31mred\nand blue")
    '\\x1b[31mred\nand blue'
    """
    return _STEERING.sub(lambda sign: ascii(sign[0])[1:-1], text)


def harmless_json(text: str) -> str:
    r"""The same document, with such signs as JSON escapes them.

    >>> harmless_json('"\x9b"')
    '"\\u009b"'
    """
    return _STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


class Terminal(Console):
    """A console on which titles, ids and messages are text and never commands.

    What they hold of [markup] stays as it is. Where nobody reads stderr any more, work
    goes on without its bars; where nobody reads stdout, `BrokenPipeError` ends it.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """A text of what is shown of it, so that it takes the room it is given."""
        return super().render_str(harmless(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of what is printed, its own colours and cursor moves aside."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(harmless(text), style)

    def on_broken_pipe(self) -> None:
        """Go on in silence on stderr; on stdout, tell who prints."""
        silence(sys.stderr if self.stderr else sys.stdout)
        if not self.stderr:
            raise BrokenPipeError


def silence(stream: object) -> None:
    """Let nothing more be written to a stream that has no reader or no room."""
    try:
        number = stream.fileno()  # type: ignore[attr-defined]
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    except (AttributeError, OSError, ValueError):  # closed, or kept by a test
        return
