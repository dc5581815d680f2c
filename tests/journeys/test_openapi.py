"""What the OpenAPI document promises is kept, whatever is sent; Schemathesis looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from basketweave.graph import GraphStore, connect
from basketweave.graph.derive import derive
from basketweave.graph.tables import Tables
from basketweave.service import create_app

HERE = {"Host": "localhost"}
NOT_ALL_IS_SAID = [positive_data_acceptance]
"""A document has no words for some rules: that the lowest price is below the highest."""


@pytest.fixture(scope="module")
def store(
    checkerboard: Tables, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GraphStore]:
    with connect(tmp_path_factory.mktemp("openapi") / "graph.lbug") as opened:
        opened.load(checkerboard)
        derive(opened)
        yield opened


def test_the_service_does_as_its_document_says(store: GraphStore) -> None:
    app = create_app(store)
    document: Any = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HERE)
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=6)
        def check(case: Any) -> None:
            case.call_and_validate(headers=HERE, excluded_checks=NOT_ALL_IS_SAID)

        check()
