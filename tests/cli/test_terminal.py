"""What data hold is shown on a terminal, and never obeyed by it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from basketweave.cli import console, main
from basketweave.serving.recommendation import Part, Recommendation

HOSTILE = "\x1b]0;owned\x9b31m\u202egpj\x7f :apple: [red]"
SHOWN = r"\x1b]0;owned\x9b31m\u202egpj\x7f :apple: [red]"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    "show",
    [
        lambda: console.say(HOSTILE),
        lambda: console.show_table(HOSTILE, [HOSTILE], [[HOSTILE]]),
        lambda: console.show_mapping(HOSTILE, {HOSTILE: HOSTILE}),
        lambda: console.show_lines([(HOSTILE, HOSTILE)]),
        lambda: console.show_finding("error", HOSTILE),
        lambda: console.out.print(HOSTILE),
        lambda: console.fail(HOSTILE, 3),
    ],
)
def test_signs_that_steer_a_terminal_are_written_out(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    show: Callable[[], object],
) -> None:
    monkeypatch.setattr(console.out, "width", 200)  # no text is broken over two lines
    show()
    told = "".join(capsys.readouterr())
    assert SHOWN in told
    assert not {*"\x1b\x9b\u202e\x7f"} & {*told}


def test_a_title_stays_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    one = Recommendation("i\n2", "Pear\n  1. Best\tbuy", 1.0, {"graph": Part(1, 1, 1)})
    console.show_ranked("For ann", [one])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].rstrip() == r"  1. Pear\n  1. Best buy  i\n2"
    assert len(lines) == 3


def test_json_holds_the_same_text_without_such_signs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.show_json({"title": HOSTILE + "\ud800é"})
    told = capsys.readouterr().out
    assert "é" in told
    assert not {*"\x1b\x9b\u202e\x7f\ud800"} & {*told}
    assert json.loads(told) == {"title": HOSTILE + "\ud800é"}


# --- where the output goes ---


def test_a_terminal_that_lacks_letters_gets_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(raw, encoding="ascii"))
    with pytest.raises(SystemExit) as ended:
        main(["queries", "café"])
    assert ended.value.code == 5
    assert rb"caf\xe9" in raw.getvalue()


def shell(line: str) -> subprocess.CompletedProcess[str]:
    line = line.replace("basketweave", f"'{sys.executable}' -m basketweave")
    words = ["bash", "-o", "pipefail", "-c", line]
    quiet = {**os.environ, "PYTHONWARNINGS": "default"}
    return subprocess.run(words, check=False, capture_output=True, text=True, env=quiet)


@pytest.mark.parametrize("words", ["queries recommend", "--help"])
def test_a_reader_who_has_enough_is_no_error(words: str) -> None:
    done = shell(f"basketweave {words} | true")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("where", ["2>&-", "2> /dev/full"])
def test_a_stream_that_is_closed_stops_nothing(where: str) -> None:
    assert shell(f"basketweave queries nothing {where}").returncode == 5


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
@pytest.mark.parametrize("words", ["queries", "queries --json"])
def test_no_room_for_the_output_is_told_in_a_line(words: str) -> None:
    done = shell(f"basketweave {words} > /dev/full")
    assert done.returncode == 3
    assert done.stderr.startswith("error No space left on device. ")
    assert len(done.stderr.splitlines()) == 1
