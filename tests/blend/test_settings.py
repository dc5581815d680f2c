"""Constants of the blend, as they stand in stores and recipes."""

from __future__ import annotations

from basketweave.blend.settings import BlendSettings
from basketweave.graph.derive.derive import DeriveConfig


def test_what_a_store_says_comes_back() -> None:
    settings = BlendSettings(walk_candidates=7, followed_by=0.5, scaled=False)
    assert BlendSettings.from_properties(settings.properties()) == settings


def test_names_of_the_version_before_are_read() -> None:
    before = {"together": 0.0, "follows": 0.5, "walked": 7.0, "walkHalfLife": 3.0}
    found = BlendSettings(
        co_purchased=0, followed_by=0.5, walk_candidates=7, walk_half_life=3
    )
    assert BlendSettings.from_properties({**before, "gnn": 0.4}) == found
    written = {"together": 0, "follows": 0.5, "walked": 7, "walk_half_life": 3}
    assert BlendSettings.model_validate(written) == found
    followed = {"followed": {"top_k": 3}}
    assert DeriveConfig.model_validate(followed).followed_by.top_k == 3
