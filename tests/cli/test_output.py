"""Tests of what is printed where, and of progress."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.cli import console, output
from matinee.cli.options import OutputOptions
from matinee.cli.progress import ProgressBars, ProgressLines, show_progress
from matinee.progress import ProgressEvent
from matinee.results import Reason, Recommendation, Recommendations

HEAT = Recommendation(6, "Heat", 1995, ("Action", "Crime"), 92.0)


def shown(capsys: Any, films: Recommendations, **form: bool) -> str:
    output.print_films(films, OutputOptions(**form), title="Films")
    return str(capsys.readouterr().out)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_json_has_only_finite_numbers(value: Any) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    text = json.dumps(output._finite({"value": value}), allow_nan=False)
    json.loads(text, parse_constant=refuse)


def test_numbers_that_are_not_finite_become_null(capsys: Any) -> None:
    film = Recommendation(6, "Heat", None, (), float("inf"), float("nan"))
    found = json.loads(shown(capsys, Recommendations([film], model="m"), json=True))
    assert found["items"][0]["fit"] is None
    assert found["items"][0]["stars"] is None
    text = shown(capsys, Recommendations([film], model="m"), csv=True)
    assert text.endswith("\n1,6,Heat,,,,,,,,\n")


def test_notes_and_price_are_said_beside_the_list(capsys: Any) -> None:
    films = Recommendations([HEAT], model="m", notes=["Rests on little."], price=12.4)
    output.print_films(films, OutputOptions(), title="Films")
    assert capsys.readouterr().err.splitlines() == [
        "note: Rests on little.",
        "note: the dials cost 12 points of fit a film, beside the plain list",
    ]
    found = json.loads(shown(capsys, films, json=True))
    assert (found["notes"], found["price"]) == (["Rests on little."], 12.4)


def test_reason_against_a_film_says_so(capsys: Any) -> None:
    reasons = (
        Reason("movie", "Alien", 20.0, 1, 5.0),
        Reason("movie", "Antz", -10.0, 2, 1.0, liked=False),
    )
    film = Recommendation(6, "Heat", 1995, (), 10.0, reasons=reasons)
    text = shown(capsys, Recommendations([film], model="ease"))
    assert "because you gave Alien 5; although you gave Antz 1" in text


def test_short_list_is_blamed_on_filters_only_where_there_are_some(capsys: Any) -> None:
    films = Recommendations([HEAT], model="m", asked=3)
    for filtered in (False, True):
        output.print_films(films, OutputOptions(), title="Films", filtered=filtered)
        said = capsys.readouterr().err
        assert said.startswith("note: only 1 of 3 films can be shown")
        assert ("filters" in said) == filtered


def test_brackets_in_a_title_are_no_markup(capsys: Any) -> None:
    film = Recommendation(6, "[red]REC[/red] [2]", 2007, ("[x]",), 1.0)
    assert "[red]REC[/red] [2]" in shown(capsys, Recommendations([film], model="m"))


def test_letters_that_cannot_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    output.print_lines(["Amélie"])
    output.print_json({"title": "Amélie"})
    assert raw.getvalue() == b'Am?lie\n{\n  "title": "Am\\u00e9lie"\n}\n'


def test_notes_go_to_stderr(capsys: Any) -> None:
    console.note("a word")
    console.complain("something")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "note: a word\nerror: something\n"


# -- progress -------------------------------------------------------------------------------------


def test_lines_come_seldom(capsys: Any) -> None:
    now = 0.0
    lines = ProgressLines(every=5.0, clock=lambda: now)
    for step in range(21):
        now = float(step)
        lines(ProgressEvent("iterations", step, 20, "iterations", {"loss": 1.5}))
    assert capsys.readouterr().err.splitlines() == [
        f"note: iterations: {step} of 20 loss 1.5" for step in (5, 10, 15, 20)
    ]


def test_quick_work_prints_no_line(capsys: Any) -> None:
    lines = ProgressLines(clock=lambda: 0.0)
    lines(ProgressEvent("read", 10, 10))
    assert capsys.readouterr().err == ""


def test_note_is_printed_at_once(capsys: Any) -> None:
    ProgressLines()(ProgressEvent("fit", note="needs 2 GB"))
    assert capsys.readouterr().err == "note: needs 2 GB\n"


def test_bytes_are_said_in_words(capsys: Any) -> None:
    now = 0.0
    lines = ProgressLines(every=1.0, clock=lambda: now)
    for now in (0.0, 2.0):  # noqa: B007 - read by the clock
        lines(ProgressEvent("download", 2_000_000, 6_000_000, "bytes"))
    assert capsys.readouterr().err == "note: download: 2.0 MB of 6.0 MB\n"


class Screen(io.StringIO):
    """A terminal that remembers what it was told."""

    def isatty(self) -> bool:
        return True


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress() as progress:
        assert isinstance(progress, ProgressBars)
        progress(ProgressEvent("fit", note="needs [2] GB"))
        progress(ProgressEvent("iterations", 1, 4, "iterations", {"rmse": 0.9123}))
        progress(ProgressEvent("iterations", 4, 4, "iterations", {"rmse": 0.8}))
    text = screen.getvalue()
    assert "needs [2] GB" in text
    assert "4 of 4" in text
    assert "rmse 0.8" in text


def test_terminal_is_left_alone_where_there_is_nothing_to_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress() as progress:
        progress(ProgressEvent("fit"))
    assert screen.getvalue() == ""


def test_no_bars_in_a_pipe(capsys: Any) -> None:
    with show_progress() as progress:
        assert isinstance(progress, ProgressLines)
