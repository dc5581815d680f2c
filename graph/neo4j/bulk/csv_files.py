"""CSV files as Neo4j's importer has them: of each label and type a header, and parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from basketweave.graph.neo4j.bulk.columns import flat, header
from basketweave.whole import whole


class CsvFiles:
    """Files that are written into a folder, by several threads at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._parts: dict[str, dict[int, Path]] = defaultdict(dict)

    def write(
        self,
        name: str,
        number: int,
        frame: pl.DataFrame,
        quotes: Literal["necessary", "non_numeric"] = "necessary",
    ) -> None:
        """Write a part; of no rows none.

        quotes   around all texts, so that one without a letter is told from none; or only
                 where they are needed, as where nothing but numbers and lists is written
        """
        if frame.is_empty():
            return
        path = self.folder / f"{name}-{number:05d}.csv"
        with whole(path) as beside:
            flat(frame).write_csv(beside, include_header=False, quote_style=quotes)
        if not self._parts[name]:
            with whole(self.folder / f"{name}.csv") as beside:
                beside.write_text(header(frame), encoding="utf-8")
        self._parts[name][number] = path

    def listed(self) -> Mapping[str, list[Path]]:
        """The files of each name that has rows, the header first."""
        return {
            name: [self.folder / f"{name}.csv", *(parts[n] for n in sorted(parts))]
            for name, parts in self._parts.items()
        }
