"""One word, one meaning: what CONTRIBUTING's list of words says of names in the code."""

from __future__ import annotations

import ast
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "basketweave"

TWINS = {"Index", "Writer"}
"""Classes that both stores have, each in its own folder: they mean the same."""


@pytest.fixture(scope="module")
def nodes() -> list[tuple[str, ast.AST]]:
    """Everything that the package's code is made of, each with its module."""
    return list(_nodes())


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for folder, _, files in os.walk(PACKAGE, followlinks=True):
        for file in sorted(files):
            path = Path(folder, file)
            if path.suffix == ".py":
                module = path.relative_to(PACKAGE).as_posix()
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    yield module, node


def test_no_two_public_classes_have_one_name(nodes: list[tuple[str, ast.AST]]) -> None:
    modules = defaultdict(list)
    for module, node in nodes:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            modules[node.name].append(module)
    assert {name for name, where in modules.items() if len(where) > 1} == TWINS


def test_known_is_the_rule_of_a_request(nodes: list[tuple[str, ast.AST]]) -> None:
    others = [
        (module, node.lineno)
        for module, node in nodes
        if isinstance(node, ast.arg) and node.arg == "known"
        if not _is_the_rule(node.annotation)
    ]
    assert not others


def _is_the_rule(annotation: ast.expr | None) -> bool:
    written = "" if annotation is None else ast.unparse(annotation)
    return "Known" in written or "any, new or again" in written
