"""Tests of ``matinee recommend``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import matinee

KEYS = ["movie_id", "title", "year", "genres", "score", "stars", "reasons"]


def test_document_has_the_promised_form(document: Any, bias_model: str) -> None:
    found = document("recommend", "Toy Story=4.5", "Se7en=5", "--model", bias_model, "--why")
    assert found["model"] == "bias"
    assert next(iter(found)) == "model"
    assert len(found["items"]) == 10
    for item in found["items"]:
        assert list(item) == KEYS
        assert isinstance(item["genres"], list)
        assert 0.5 <= item["stars"] <= 5
        assert item["reasons"]
        assert item["title"] not in {"Toy Story", "Seven"}


def test_answers_are_those_of_the_library(
    document: Any, bias_model: str, sample: matinee.Dataset
) -> None:
    found = document("recommend", "Toy Story=4.5", "--model", bias_model, "-n", "5")
    expected = matinee.load_model(bias_model).recommend({1: 4.5}, n=5)
    assert [item["movie_id"] for item in found["items"]] == expected.movie_ids
    assert [item["score"] for item in found["items"]] == [film.score for film in expected]


def test_table_names_films_and_years(run: Any, bias_model: str) -> None:
    result = run("recommend", "Heat=4", "--model", bias_model, "-n", "4")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Films for you, from bias"
    assert lines[2].split() == ["Film", "Year", "Stars", "Genres"]
    assert [line.split()[0] for line in lines[4:]] == ["1", "2", "3", "4"]
    assert "1994" in result.stdout


def test_table_in_a_pipe_breaks_no_line(run: Any, bias_model: str, monkeypatch: Any) -> None:
    monkeypatch.delenv("COLUMNS")
    result = run("recommend", "Heat=4", "--model", bias_model, "-n", "200", "--why")
    assert len(result.stdout.splitlines()) == 204
    assert all(line == line.rstrip() for line in result.stdout.splitlines())


def test_csv(run: Any, bias_model: str) -> None:
    result = run("recommend", "Heat=4", "--model", bias_model, "--csv", "-n", "3")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert list(rows[0]) == ["rank", *KEYS]
    assert "|" in rows[0]["genres"]


def test_filters_hold(document: Any, bias_model: str) -> None:
    found = document(
        "recommend", "Heat=4", "--model", bias_model, "-n", "50",
        "--genre", "comedy", "--genre", "Crime", "--exclude-genre", "Drama",
        "--from-year", "1980", "--to-year", "1995", "--min-ratings", "20", "--min-mean", "3.5",
        "--deny", "Pulp Fiction",
    )  # fmt: skip
    assert found["items"]
    for item in found["items"]:
        assert {"Comedy", "Crime"} & set(item["genres"])
        assert "Drama" not in item["genres"]
        assert 1980 <= item["year"] <= 1995
        assert item["title"] != "Pulp Fiction"


def test_allow_leaves_a_short_list_and_says_so(run: Any, bias_model: str) -> None:
    result = run(
        "recommend", "--model", bias_model, "--allow", "Fargo", "--allow", "Alien", "--json"
    )
    assert {item["title"] for item in json.loads(result.stdout)["items"]} == {"Fargo", "Alien"}
    assert "note: only 2 of 10 films can be shown; looser filters let more through" in result.stderr


def test_no_film_passes(run: Any, bias_model: str) -> None:
    result = run("recommend", "--model", bias_model, "--from-year", "2090")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "note: no film can be shown; looser filters" in result.stderr


def test_seen_films_do_not_come_back(document: Any, bias_model: str) -> None:
    first = document("recommend", "--model", bias_model)["items"][0]
    rest = document("recommend", "--model", bias_model, "--seen", f"id:{first['movie_id']}")
    assert first["movie_id"] not in [item["movie_id"] for item in rest["items"]]


def test_without_ratings_it_says_what_it_shows(run: Any, bias_model: str) -> None:
    result = run("recommend", "--model", bias_model)
    assert result.exit_code == 0
    assert "note: no ratings given" in result.stderr


def test_model_that_gives_no_reasons_says_so(run: Any, bias_model: str, monkeypatch: Any) -> None:
    from matinee.models.bias import Bias

    monkeypatch.setattr(Bias, "explains", False)
    result = run("recommend", "Heat=4", "--model", bias_model, "--why")
    assert result.exit_code == 0
    assert "note: bias cannot say why" in result.stderr


# -- a person of the training data ----------------------------------------------------------------


def test_user_of_the_training_data(document: Any, bias_model: str, sample: matinee.Dataset) -> None:
    found = document("recommend", "--user", "42", "--model", bias_model, "-n", "20")
    expected = matinee.load_model(bias_model).recommend(sample.profile(42), n=20)
    assert [item["movie_id"] for item in found["items"]] == expected.movie_ids


def test_unknown_user(run: Any, bias_model: str) -> None:
    result = run("recommend", "--user", "1310", "--model", bias_model)
    assert result.exit_code == 1
    assert "error: no user 1310: there are 671 users, their ids from 1 to 671" in result.stderr


def test_user_of_data_of_ones_own(document: Any, run: Any, own_ratings: Path) -> None:
    out = own_ratings.parent / "model"
    assert run("train", "bias", "--data", str(own_ratings), "--out", str(out)).exit_code == 0
    found = document("recommend", "--user", "3", "--model", str(out))
    assert found["items"] == []  # everybody has rated every film
    ratings = own_ratings / "ratings.csv"
    ratings.rename(own_ratings / "elsewhere.csv")
    own_ratings.rename(own_ratings.parent / "gone")
    result = run("recommend", "--user", "3", "--model", str(out))
    assert result.exit_code == 1
    assert "is not there: say where its ratings are with --data" in result.stderr


def test_typed_stars_stand_above_those_of_the_user(
    document: Any, run: Any, own_ratings: Path
) -> None:
    found = document("recommend", "--user", "3", "The Film 1=1", "--data", str(own_ratings))
    assert found["items"] == []


def test_film_of_a_user_that_the_model_does_not_know_is_left_out(
    run: Any, bias_model: str, own_ratings: Path
) -> None:
    with (own_ratings / "ratings.csv").open("a") as stream:
        stream.write("99,987654,4,100\n99,11,2,100\n")
    with (own_ratings / "movies.csv").open("a") as stream:
        stream.write("987654,Elsewhere (2000),Drama\n")
    result = run(
        "recommend", "--user", "99", "--model", bias_model, "--data", str(own_ratings), "--json"
    )
    assert result.exit_code == 0
    assert "1 films of user 99 are unknown to this model" in result.stderr
