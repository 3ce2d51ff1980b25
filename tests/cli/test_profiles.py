"""Tests of what somebody types or has in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from matinee.cli.profiles import parse_rating

# -- typed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("Toy Story=4.5", ("Toy Story", 4.5)),
        ("Toy Story = 4,5", ("Toy Story", 4.5)),
        ("2+2=5=3", ("2+2=5", 3.0)),
        ("296=5", ("296", 5.0)),
    ],
)
def test_parse_rating(text: str, parsed: tuple[str, float]) -> None:
    assert parse_rating(text) == parsed


@given(st.text(min_size=1).filter(str.strip), st.floats(-1e6, 1e6))
def test_parse_rating_splits_at_the_last_equals_sign(title: str, stars: float) -> None:
    assert parse_rating(f"{title}={stars!r}") == (title.strip(), stars)


@pytest.mark.parametrize("text", ["Heat", "Heat=", "Heat=good", "=4", "", "Heat=nan", "Heat=inf"])
def test_missing_stars_show_how_to_write_them(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r'write a film and its stars as "Heat=4\.5"'):
        parse_rating(text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("Heat=9",), "9 stars for 'Heat': this model knows ratings from 0.5 to 5 in steps of 0.5"),
        (("Toy Story=4", "id:1=3"), "Toy Story (1995) is rated twice; give one rating a film"),
    ],
)
def test_typed_ratings_that_are_none(
    run: Any, bias_model: str, typed: tuple[str, ...], said: str
) -> None:
    result = run("recommend", *typed, "--model", bias_model)
    assert result.exit_code == 1
    assert said in result.stderr


def test_ambiguous_title_lists_candidates_and_says_how_to_choose(run: Any, bias_model: str) -> None:
    result = run("recommend", "Sabrina=3", "--model", bias_model)
    assert result.exit_code == 1
    for part in ("Sabrina (1995)", "Sabrina (1954)", "Say which", "id:7"):
        assert part in result.stderr


def test_guess_is_said(run: Any, bias_model: str) -> None:
    result = run("recommend", "Toy Storry=3", "--model", bias_model)
    assert "note: 'Toy Storry' is taken for Toy Story (1995)" in result.stderr
    assert "taken for" not in run("recommend", "Toy Story=3", "--model", bias_model).stderr


def test_other_films_of_the_name_are_said(run: Any, bias_model: str) -> None:
    result = run("recommend", "Heat=3", "--model", bias_model)
    assert "'Heat' is taken for Heat (1995); there is also The Heat (2013)" in result.stderr


# -- in a file ------------------------------------------------------------------------------------


def test_files_of_every_form_say_what_was_typed(
    run: Any, document: Any, tmp_path: Path, bias_model: str
) -> None:
    words = ("recommend", "--model", bias_model)
    typed = document(*words, "Toy Story=4.5", "Pulp Fiction=5")["items"]
    path = tmp_path / "ratings.csv"
    for text in (
        "title;stars\nToy Story;4,5\nPulp Fiction;5",
        "Date,Name,Year,Letterboxd URI,Rating\n,Toy Story,1995,u,4.5\n,Pulp Fiction,1994,u,5\n",
    ):
        path.write_text(text)
        assert document(*words, "--ratings", str(path))["items"] == typed
    text = "title,rating\nToy Story,4.5\nPulp Fiction,5"
    piped = run(*words, "--ratings", "-", "--json", input=text)
    assert json.loads(piped.stdout)["items"] == typed


def test_columns_and_scale_of_a_table_of_anybody_s(
    run: Any, document: Any, tmp_path: Path, bias_model: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("was ich sah;wie gut\nToy Story;9\nPulp Fiction;10\n")
    options = ("--columns", "title=was ich sah,rating=wie gut", "--scale", "1:10")
    words = ("recommend", "--model", bias_model)
    found = document(*words, "--ratings", str(path), *options)["items"]
    assert found == document(*words, "Toy Story=4.5", "Pulp Fiction=5")["items"]
    wrong = run(*words, "--ratings", str(path), "--columns", "title=was ich seh")
    assert wrong.exit_code == 1
    assert "did you mean 'was ich sah'?" in wrong.stderr


def test_two_files_and_what_is_typed_above_them(
    document: Any, tmp_path: Path, bias_model: str
) -> None:
    words = ["recommend", "Toy Story=1", "--model", bias_model]
    for name, text in (("a", "Toy Story,5\n"), ("b", "Pulp Fiction,5\n")):
        (tmp_path / f"{name}.csv").write_text(f"title,rating\n{text}")
        words += ["--ratings", str(tmp_path / f"{name}.csv")]
    typed = ("recommend", "Toy Story=1", "Pulp Fiction=5", "--model", bias_model)
    assert document(*words)["items"] == document(*typed)["items"]


def test_what_cannot_be_used_of_a_file_is_told_and_left_out(
    run: Any, tmp_path: Path, bias_model: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "title,year,rating\nHeat,1995,4\nAlien,1979,lots\nQqqqq Zzzz,1970,3\nSabrina,,3\n"
    )
    result = run("recommend", "--ratings", str(path), "--model", bias_model)
    assert result.exit_code == 0, result.output
    assert "mine.csv: 1 not sure, left out: Sabrina" in result.stderr
    assert "mine.csv: 1 not in this catalogue: Qqqqq Zzzz (1970)" in result.stderr
    assert "mine.csv: 1 rows left out: line 3" in result.stderr


def test_missing_file(run: Any, bias_model: str) -> None:
    result = run("recommend", "--ratings", "no-such.csv", "--model", bias_model)
    assert result.exit_code == 1
    assert "no-such.csv: No such file or directory" in result.stderr
