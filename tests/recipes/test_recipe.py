"""Recipes: what they may say."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.recipes import read_recipe, shipped
from basketweave.recipes.recipe import parse


def test_every_shipped_recipe_can_be_read() -> None:
    assert shipped()
    for name in shipped():
        assert read_recipe(name).name == name


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "title: MovieLens",
            "titel: MovieLens",
            "'titel' is not a setting. Did you mean 'title'? Allowed here: name",
        ),
        ("known: new", "known: old", "'new', 'again' or 'any'"),
        (
            "known: new",
            "knwon: new",
            "knwon' is not a setting. Did you mean 'known'? Allowed here: split",
        ),
        ("split: last-item", "split: by-luck", "'time', 'last-item' or 'test-file'"),
        ("[popularity, filter]", "[popularity, gat]", "fuses 'gat', which is no model"),
        ("inputs: [filter]", "inputs: [both]", "'both', which is no encoder"),
        ("inputs: [filter]", "inputs: [started]", "'started', which is no encoder"),
        ("encoders: [filter]", "encoders: [both]", "'both', which is no encoder"),
        ("{baseline: popularity}", "{}", "name one of baseline, encoder"),
        ("show: films", "show: books", "'books', which is no experiment"),
        ("kind: RATED", "metrics: [Luck@10]", "'Luck@10' is no metric"),
        ("name: tiny", "name: [", "is not YAML"),
    ],
)
def test_a_wrong_recipe_is_told_with_the_key(
    tiny: str, old: str, new: str, told: str
) -> None:
    assert old in tiny
    with pytest.raises(UsageError, match="tiny") as error:
        parse(tiny.replace(old, new), "tiny.yaml")
    assert told in str(error.value)


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="sasrec_sessions"):
        read_recipe("sasrec")
