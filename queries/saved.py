"""The questions as saved scripts of Neo4j Browser, and its style for this graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from basketweave.queries.question import Question, question
from basketweave.queries.topics import TOPICS


def style() -> str:
    """The style (GRASS) that Neo4j Browser draws this graph with."""
    return (files(__package__) / "style.grass").read_text(encoding="utf-8")


def mine(asked: Question, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that a question takes."""
    return {name: value for name, value in values.items() if name in asked.defaults}


def write_zip(
    path: Path, values: Mapping[str, Any], said: Callable[[str], str] = str
) -> None:
    """Write saved scripts to be dropped onto the Browser: a folder for each topic.

    said   makes of a statement one in the words of the graph

    The Browser shows a script's first line as its name.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for topic, names in TOPICS.items():
            for name in names:
                asked = question(name)
                script = f"// {name}\n{said(asked.pasted(mine(asked, values)))}"
                archive.writestr(f"{topic}/{name}.cypher", script)
