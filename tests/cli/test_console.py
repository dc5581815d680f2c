"""What the command line prints is what was said, on a narrow terminal too."""

from __future__ import annotations

import pytest

from basketweave.cli import console, main
from basketweave.serving.recommendation import Part, Recommendation, Step

PEAR = Recommendation(
    "p [1]",
    "Pear [organic]",
    0.75,
    {"graph": Part(2.0, 1.0, 0.5), "repeat": Part(0.0, 0.0, 0.25)},
    (Step("User", "ann", "", "PURCHASED"), Step("Item", "p [1]", "Pear [organic]")),
)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns."""
    monkeypatch.setenv("COLUMNS", "60")


def test_brackets_in_an_error_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    said = "Install it: pip install 'basketweave[tune]', then call session([items])"
    assert console.fail(said, 4) == 4
    assert capsys.readouterr().err == f"error {said}\n"


def test_brackets_in_titles_ids_and_cells_are_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_ranked("For user [ann]", [PEAR], {"p [1]": "[bought]"})
    console.show_table("Of [b]", ["name"], [["[red]"]])
    told = capsys.readouterr().out
    for text in ("For user [ann]", "Pear [organic]", "p [1]", "[bought]", "[red]"):
        assert text in told


def test_a_recommendation_shows_its_sum_and_its_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_ranked("Best", [PEAR])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "Best",
        "  1. Pear [organic]  p [1]",
        "     0.750 = graph 0.500",
        "     ann -PURCHASED-> Pear [organic]",
    ]


def test_ctrl_c_is_told_and_has_its_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("basketweave.queries.question.questions", stopped)
    monkeypatch.setattr("sys.argv", ["basketweave", "queries"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "Stopped. What was stored is safe" in capsys.readouterr().err


def test_a_command_to_copy_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    command = "Next:  basketweave derive --store /a/long/path/to/the/store/shop.lbug"
    console.say(command)
    assert capsys.readouterr().out == f"{command}\n"


def test_names_and_values_have_no_empty_header(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_mapping("A title longer than what stands below it", {"users": 2})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].rstrip() == "A title longer than what stands below it"
    assert len(lines) == 4  # the title, and one row in its frame


def test_a_task_that_had_nothing_to_do_ends_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with console.Bars().task("Writing", total=1):
        pass
    assert "1/1" in capsys.readouterr().err
