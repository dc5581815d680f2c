"""Draw which room may import from which, as pyproject.toml has it, into docs/rooms.svg.

    python docs/rooms.py

`make lint` holds the imports to that order; `tests/docs/test_rooms.py` this picture.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/rooms.svg"
WIDTH, ROW, BOX = 700, 44, 28
LEFT, LETTER, GAP = 70, 7.6, 10
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}">
<title>A room imports only from the rooms below it</title>
<style>
  text {{ font: 13px ui-sans-serif, system-ui, sans-serif; text-anchor: middle; }}
  rect {{ fill: #ffffff; stroke: #4a7fb0; }}
  .folder {{ fill: #dbe9f6; }}
  path {{ fill: none; stroke: #666666; stroke-width: 2; }}
</style>
<rect width="{w}" height="{h}" style="stroke: none"/>
<path d="M 36 12 V {end} m -6 -8 l 6 8 l 6 -8"/>
<text transform="translate(26 {half}) rotate(-90)">imports from</text>
"""


def order() -> list[list[str]]:
    """The rooms of each line of the contract, the highest first."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    (layers,) = (c["layers"] for c in contracts if c["id"] == "order")
    return [line.split(" | ") for line in layers]


def picture(lines: list[list[str]]) -> str:
    """One line of boxes for each line of rooms, and an arrow beside them that says
    which way imports run: folders are filled, modules of src/basketweave are not."""
    h = ROW * len(lines)
    head = HEAD.format(w=WIDTH, h=h, end=h - 18, half=h // 2)
    boxes = [box for n, names in enumerate(lines) for box in _line(names, n * ROW)]
    return "\n".join([head.rstrip(), *boxes, "</svg>\n"])


def _line(names: list[str], y: int) -> Iterator[str]:
    """The boxes of one line, in the middle of the picture."""
    widths = [round(LETTER * len(name)) + 22 for name in names]
    x = LEFT + (WIDTH - LEFT - sum(widths) - GAP * (len(names) - 1)) // 2
    for name, width in zip(names, widths, strict=True):
        kind = "folder" if (ROOT / "src/basketweave" / name).is_dir() else "module"
        place = f'x="{x}" y="{y + (ROW - BOX) // 2}" width="{width}" height="{BOX}"'
        yield f'<rect class="{kind}" {place} rx="5"/>'
        yield f'<text x="{x + width // 2}" y="{y + ROW // 2 + 4}">{name}</text>'
        x += width + GAP


if __name__ == "__main__":
    PICTURE.write_text(picture(order()), encoding="utf-8")
