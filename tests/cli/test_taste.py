"""Tests of what somebody types or has in a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import matinee
from matinee.cli.taste import parse_rating, rated_films, read_ratings_file
from matinee.errors import (
    BadRowError,
    DataError,
    FormatError,
    ParameterError,
)
from matinee.scale import RatingScale

STARS = RatingScale(0.5, 5.0, 0.5)


@pytest.fixture
def catalog(sample: matinee.Dataset) -> matinee.Catalog:
    return sample.catalog


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


def test_rated_films(catalog: matinee.Catalog) -> None:
    assert rated_films(["Toy Story=4.5", "id:296=5"], catalog, STARS) == {1: 4.5, 296: 5.0}


def test_stars_beyond_the_scale(catalog: matinee.Catalog) -> None:
    with pytest.raises(ParameterError, match=r"9 stars for 'Heat'.*0\.5 to 5 in steps of 0\.5"):
        rated_films(["Heat=9"], catalog, STARS)


def test_film_rated_twice(catalog: matinee.Catalog) -> None:
    with pytest.raises(ParameterError, match=r"Toy Story \(1995\) is rated twice"):
        rated_films(["Toy Story=4", "id:1=3"], catalog, STARS)


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


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "title,rating\nToy Story,4.5\nPulp Fiction,5\n",
        "\ufefftitle,rating\r\nToy Story,4.5\r\n\r\nPulp Fiction,5\r\n",
        "movieId;stars\n1;4,5\n296;5",
        "rating\tmovie_id\n4.5\t1\n5.0\t296\n",
        'Date,Name,Year,URI,Rating\nx,"Toy Story",1995,u,4.5\nx,Pulp Fiction,1994,u,5\n',
        "Title,Rating\nToy Story (1995),4.5\nPulp Fiction (1994),1\nPulp Fiction (1994),5\n",
    ],
)
def test_forms_of_a_file(tmp_path: Path, catalog: matinee.Catalog, text: str) -> None:
    found = read_ratings_file(write(tmp_path, text), catalog, STARS)
    assert found.ratings == {1: 4.5, 296: 5.0}


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        ("Heat,five", "rating", "not a number: 'five'"),
        ("Heat,nan", "rating", "not a number: 'nan'"),
        ("Heat", "rating", "not a number: ''"),
        ("Heat,7", "rating", "outside the scale, 0.5 to 5"),
        (",3", "title", "no film is named"),
        ("Qqqqqqq Zzzzzz,3", "title", "Qqqqqqq Zzzzzz"),
        ("Sabrina,3", "title", "Say which"),
    ],
)
def test_bad_row(
    tmp_path: Path, catalog: matinee.Catalog, row: str, column: str, problem: str
) -> None:
    path = write(tmp_path, f"title,rating\nToy Story,4\n{row}\nPulp Fiction,2\n")
    with pytest.raises(BadRowError) as caught:
        read_ratings_file(path, catalog, STARS)
    assert (caught.value.line, caught.value.column) == (3, column)
    assert problem in str(caught.value)
    found = read_ratings_file(path, catalog, STARS, skip_bad_rows=True)
    assert found.ratings == {1: 4.0, 296: 2.0}
    assert [error.line for error in found.bad_rows] == [3]


def test_line_numbers_count_lines_not_rows(tmp_path: Path, catalog: matinee.Catalog) -> None:
    path = write(tmp_path, 'title,rating,note\nToy Story,4,"two\nlines"\n\nHeat,x,\n')
    with pytest.raises(BadRowError) as caught:
        read_ratings_file(path, catalog, STARS)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; its first line names the columns"),
        ("a,b\n1,2\n", "has the columns a, b; it needs rating, and movie_id or title"),
        ("title,score\nHeat,3\n".encode("utf-16"), "is not a text file in UTF-8"),
        ('title,rating\n"Heat,3\n', "line 2: unexpected end of data"),
    ],
)
def test_file_of_another_form(
    tmp_path: Path, catalog: matinee.Catalog, text: str | bytes, said: str
) -> None:
    with pytest.raises(FormatError, match=said):
        read_ratings_file(write(tmp_path, text), catalog, STARS)


def test_folder_is_no_file(tmp_path: Path, catalog: matinee.Catalog) -> None:
    with pytest.raises(FormatError, match="is a folder; --ratings takes a CSV file"):
        read_ratings_file(tmp_path, catalog, STARS)


def test_large_file_is_refused(
    tmp_path: Path, catalog: matinee.Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matinee.cli.taste._MAX_BYTES", 20)
    with pytest.raises(DataError, match=r"larger than 20 B.*matinee train --data"):
        read_ratings_file(write(tmp_path, "title,rating\nToy Story,4\n"), catalog, STARS)


def test_stdin(catalog: matinee.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"title,rating\nToy Story,4\n")))
    assert read_ratings_file(Path("-"), catalog, STARS).ratings == {1: 4.0}


def test_ratings_option(run: Any, tmp_path: Path, bias_model: str) -> None:
    path = write(tmp_path, "title,rating\nToy Storry,4\nHeat,x\n")
    refused = run("recommend", "--ratings", str(path), "--model", bias_model)
    assert refused.exit_code == 1
    assert "mine.csv, line 3, column rating: not a number: 'x'" in refused.stderr
    assert "--skip-bad-rows" in refused.stderr
    result = run("recommend", "--ratings", str(path), "--model", bias_model, "--skip-bad-rows")
    assert result.exit_code == 0
    assert "rows left out: 1 (line 3: 'x')" in result.stderr
    assert "'Toy Storry' for Toy Story (1995)" in result.stderr


def test_missing_file(run: Any, bias_model: str) -> None:
    result = run("recommend", "--ratings", "no-such.csv", "--model", bias_model)
    assert (result.exit_code, result.stderr) == (
        1,
        "error: no-such.csv: No such file or directory\n",
    )
