"""What is published over a store: whose weights count, and how ids are handed out."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from basketweave.errors import UsageError
from basketweave.graph.store import Dataset
from basketweave.graph.vectors import ModelCard, ModelVersion
from basketweave.serving.engine import Arranged, Row
from basketweave.serving.recommendation import Step
from basketweave.serving.standing import Standing


def standing(*versions: ModelVersion, ids: Any = "int") -> Standing:
    return Standing(Dataset("shop", 1, ids, ids, 0, 9, True, None, 1), versions)


def encoder(name: str, since: str, **more: Any) -> ModelVersion:
    return ModelVersion(
        ModelCard(name, **more), 1, "live", 4, since, served_since=since
    )


def blend(stale: bool = False) -> ModelVersion:
    return ModelVersion(
        ModelCard("blend_new", kind="blend"),
        2,
        "live",
        0,
        "2024",
        weights={"graph": 0.7, "gnn": 0.3, "power": 0.5},
        learned_with={"gnn": "old_v1"},
        stale=stale,
    )


def test_the_last_told_to_serve_gives_the_part() -> None:
    found = standing(
        encoder("late", "2025"), encoder("old", "2023"), encoder("early", "2024")
    )
    assert found.encoders() == {"gnn": "late_v1"}


def test_published_weights_are_of_their_kind_of_request_alone() -> None:
    found = standing(encoder("old", "2023"), blend())
    assert found.published("new") == {"graph": 0.7, "gnn": 0.3, "power": 0.5}
    assert found.settings("new").power == 0.5
    assert found.published("again") == {}
    assert found.notes("new") == ()


def test_weights_learned_with_another_version_are_not_used_and_told() -> None:
    found = standing(encoder("late", "2025"), blend(stale=True))
    assert found.published("new") == {}
    (note,) = found.notes("new")
    assert "blend_new_v2 were learned with old_v1, and late_v1 serves 'gnn'" in note
    assert found.notes("any") == ()


def test_only_texts_that_a_number_would_give_become_numbers() -> None:
    lists = pl.DataFrame({"user": ["1", "-20"], "item": ["7", "007"]})
    typed = standing().typed(lists)
    assert typed["user"].to_list() == [1, -20]
    assert typed["item"].to_list() == ["7", "007"]
    assert standing(ids="str").typed(lists).equals(lists)


def test_rows_are_handed_out_with_weights_ids_and_the_versions_that_counted() -> None:
    path = (Step("User", "1", "", "PURCHASED"), Step("Item", "007", "Bond"))
    rows = [Row("5", None, 0.6, {"graph": (3.0, 1.0), "gnn": (0.2, 0.5)}, path)]
    found = standing(encoder("late", "2025")).recommended(
        Arranged(rows), {"graph": 0.6, "gnn": 0.0}, "1"
    )
    assert (found.user, found[0].item, found[0].title) == (1, 5, "")
    assert [step.id for step in found[0].path] == [1, "007"]
    assert found[0].parts["graph"].score == pytest.approx(0.6)
    assert found.models == {}  # the version's weight is 0


def test_a_model_file_of_another_training_is_refused() -> None:
    live = encoder("gat", "2025", recipe={"parameters": "one"})
    standing(live).check(ModelCard("gat", recipe={"parameters": "one"}))
    for other in (ModelCard("gat", recipe={"parameters": "two"}), ModelCard("gcn")):
        with pytest.raises(UsageError, match="which is gat_v1"):
            standing(live).check(other)
    with pytest.raises(UsageError, match="which is nothing"):
        standing().check(ModelCard("gat"))
