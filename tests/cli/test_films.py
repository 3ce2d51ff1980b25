"""Tests of ``matinee recommend``, ``together``, ``similar`` and ``predict``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.models import DEFAULT_MODEL
from matinee.store import Film, Store

KEYS = [
    *("movie_id", "title", "year", "genres"),
    *("fit", "stars", "low", "high", "like", "reasons"),
]


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
    assert found["items"] == json.loads(json.dumps(expected.to_dicts()))


def test_table_names_films_and_years(run: Any, bias_model: str) -> None:
    result = run("recommend", "Heat=4", "--model", bias_model, "-n", "4")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Films for you, from bias"
    assert lines[2].split() == ["#", "Film", "Year", "Fit", "Stars", "Genres"]
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


def test_a_stranger_is_told_how_to_say_what_they_like(run: Any, bias_model: str) -> None:
    result = run("recommend", "--model", bias_model)
    assert result.exit_code == 0
    assert "note: No ratings yet: these are films that people like in general." in result.stderr
    assert 'note: say what you like: matinee recommend "Toy Story=4.5"' in result.stderr


# -- dials ----------------------------------------------------------------------------------------


def median_ratings(found: dict[str, Any], sample: matinee.Dataset) -> float:
    codes = sample.catalog.codes_of([item["movie_id"] for item in found["items"]])
    return float(np.median(sample.ratings.movie_stats.counts[codes]))


def test_dials_are_those_of_the_library(
    document: Any, run: Any, content_model: str, sample: matinee.Dataset
) -> None:
    words = ("recommend", "Toy Story=5", "--model", content_model)
    turned = (*words, "--like", "Se7en", "--hidden", "0.7", "--different", "0.3", "--series", "1")
    found = document(*turned)
    dials = matinee.Dials([47], hidden=0.7, different=0.3, series=1)
    expected = matinee.load_model(content_model).recommend({1: 5.0}, 10, dials=dials)
    assert [item["movie_id"] for item in found["items"]] == expected.movie_ids
    assert found["price"] == pytest.approx(expected.price)
    assert f"the dials cost {expected.price:.0f} points of fit a film" in run(*turned).stderr
    plain = document(*words)
    assert median_ratings(found, sample) < 0.5 * median_ratings(plain, sample)
    assert plain["price"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hidden", "1.5"), "--hidden"),
        (("--order", "best"), "--order"),
        (("--series", "-1"), "--series"),
    ],
)
def test_a_dial_has_its_range(run: Any, words: tuple[str, str], said: str) -> None:
    result = run("recommend", "Heat=4", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_order_needs_stars(run: Any, own_ratings: Path) -> None:
    words = ("recommend", "The Film 1=4", "--data", str(own_ratings), "--order", "stars")
    result = run(*words, "--model", "content")
    assert result.exit_code == 0, result.output
    assert f"content cannot predict stars; {DEFAULT_MODEL} answers beside it" in result.stderr
    assert f"from {DEFAULT_MODEL}" in result.stdout


# -- a person of the store ------------------------------------------------------------------------


@pytest.fixture
def household(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ada loves Alien and Blade Runner and hates Notting Hill; Ben the other way round."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(path))
    films = {1214: ("Alien", 1979), 541: ("Blade Runner", 1982), 2671: ("Notting Hill", 1999)}
    with Store() as store:
        for name, stars in (("Ada", (5, 4.5, 1)), ("Ben", (1, 1.5, 5))):
            person = store.create_person(name).person_id
            for (movie_id, (title, year)), value in zip(films.items(), stars, strict=True):
                store.rate(person, movie_id, value, film=Film(str(movie_id), title, year))
    return path


@pytest.mark.usefixtures("household")
def test_a_named_person_asks(document: Any, run: Any, bias_model: str) -> None:
    words = ("recommend", "--person", "ada", "--model", bias_model, "-n", "5")
    typed = ("recommend", "Alien=5", "Blade Runner=4.5", "Notting Hill=1", "-n", "5")
    assert document(*words)["items"] == document(*typed, "--model", bias_model)["items"]
    assert "note: for Ada, 3 ratings" in run(*words).stderr


@pytest.mark.usefixtures("household")
def test_of_several_people_nobody_is_guessed(run: Any, bias_model: str) -> None:
    result = run("recommend", "--model", bias_model)
    assert result.exit_code == 0
    assert "several people are in the store: say who asks with --person NAME" in result.stderr
    assert "No ratings yet" in result.stderr


def test_the_only_person_asks_unless_films_are_named(
    document: Any, run: Any, bias_model: str, household: Path
) -> None:
    with Store() as store:
        store.remove_person(store.person("Ben").person_id)
    words = ("recommend", "--model", bias_model, "-n", "5")
    assert document(*words)["items"] == document(*words, "--person", "Ada")["items"]
    assert "note: for Ada, 3 ratings" in run(*words).stderr
    typed = run(*words, "Heat=2")
    assert "Ada" not in typed.stderr
    both = document(*words, "Heat=2", "--person", "Ada", "--seen", "Fargo")
    assert not {6, 608, 1214} & {item["movie_id"] for item in both["items"]}


def test_what_was_imported_counts(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bias_model: str
) -> None:
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(tmp_path / "people.db"))
    export = tmp_path / "ratings.csv"
    export.write_text(
        "Date,Name,Year,Letterboxd URI,Rating\n2024-05-01,Heat,1995,https://boxd.it/2a,4.5\n"
    )
    assert run("import", str(export)).exit_code == 0
    result = run("recommend", "--model", bias_model)
    assert "1 rating" in result.stderr
    assert "Heat" not in result.stdout


# -- together -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("household")
def test_together_is_the_library_s_answer(document: Any, content_model: str) -> None:
    words = ("together", "Ada", "Ben", "--model", content_model, "--strategy", "least-misery")
    found = document(*words, "-n", "4")
    ada, ben = {1214: 5.0, 541: 4.5, 2671: 1.0}, {1214: 1.0, 541: 1.5, 2671: 5.0}
    model = matinee.load_model(content_model)
    expected = model.together({"Ada": ada, "Ben": ben}, 4, strategy="least-misery")
    assert found["items"] == json.loads(json.dumps(expected.to_dicts()))
    assert (found["strategy"], found["members"]) == ("least-misery", ["Ada", "Ben"])


@pytest.mark.usefixtures("household")
def test_a_group_of_the_store_and_a_file(run: Any, content_model: str, tmp_path: Path) -> None:
    file = tmp_path / "carl.csv"
    file.write_text("title,year,rating\nToy Story,1995,5\nNo Such Film,1990,4\n")
    words = ("together", "Ada", "--ratings", str(file), "--user", "42", "--model", content_model)
    table = run(*words)
    assert table.exit_code == 0, table.output
    head = table.stdout.splitlines()[2]
    assert head.split() == ["#", "Film", "Year", "Fit", "Ada", "user", "42", "carl", "Gives", "way"]
    assert "carl.csv: 1 not in this catalogue: No Such Film (1990)" in table.stderr
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").stdout)))
    assert float(rows[0]["fit"]) == pytest.approx(
        sum(float(rows[0][name]) for name in ("Ada", "user 42", "carl")) / 3
    )


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("Ada",), 2, "a group has at least two members"),
        (("Ada", "Ada"), 1, "'Ada' is in the group twice"),
        (("Ada", "Zoe"), 1, "no person 'Zoe' in the store"),
    ],
)
def test_groups_that_are_none(
    run: Any, bias_model: str, names: tuple[str, ...], code: int, said: str
) -> None:
    result = run("together", *names, "--model", bias_model)
    assert result.exit_code == code
    assert said in result.stderr


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
    words = ("--model", "popular", "--data", str(own_ratings))
    found = document("recommend", "--user", "3", "The Film 1=1", *words)
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
    assert "left out: 1 film that this model does not have" in result.stderr


# -- similar --------------------------------------------------------------------------------------


def test_similar_films(document: Any, content_model: str) -> None:
    found = document("similar", "Spider-Man (2002)", "--model", content_model, "-n", "5")
    assert found["model"] == "content"
    assert found["query"] == [{"movie_id": 5349, "title": "Spider-Man"}]
    assert len(found["items"]) == 5
    assert found["items"][0]["title"].startswith("Spider-Man")
    assert all(item["stars"] is None and item["reasons"] == [] for item in found["items"])


def test_several_films_are_taken_together(document: Any, content_model: str) -> None:
    found = document("similar", "Toy Story", "id:2355", "id:1", "--model", content_model)
    expected = matinee.load_model(content_model).similar([1, 2355])
    assert [item["movie_id"] for item in found["items"]] == expected.movie_ids
    assert len(found["query"]) == 2


def test_similar_with_filters_as_a_table(run: Any, content_model: str) -> None:
    result = run("similar", "Alien", "--model", content_model, "--from-year", "2010", "-n", "3")
    assert result.exit_code == 0
    assert result.stdout.startswith("Films like Alien (1979), from content\n")
    assert result.stdout.splitlines()[2].split() == ["#", "Film", "Year", "Fit", "Genres"]


def test_a_model_that_finds_none_has_another_beside_it(run: Any, own_ratings: Path) -> None:
    data = ("--data", str(own_ratings))
    result = run("similar", "The Film 1", "--model", "popular", *data)
    assert result.exit_code == 0, result.output
    said = f"popular cannot find similar films; {DEFAULT_MODEL} answers beside it"
    assert said in result.stderr
    assert result.stdout.startswith(f"Films like The Film 1 (1991), from {DEFAULT_MODEL}\n")


# -- predict --------------------------------------------------------------------------------------


def test_predicted_stars(document: Any, bias_model: str) -> None:
    found = document("predict", "Alien=5", "--for", "Heat", "--for", "Fargo", "--model", bias_model)
    expected = matinee.load_model(bias_model).predict({1214: 5.0}, [6, 608])
    assert [item["movie_id"] for item in found["items"]] == [6, 608]
    np.testing.assert_allclose([item["stars"] for item in found["items"]], expected)
    assert list(found["items"][0]) == KEYS


def test_predicted_stars_of_a_user_as_csv_and_table(run: Any, bias_model: str) -> None:
    words = ("predict", "--user", "42", "--for", "Fargo", "--model", bias_model)
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").stdout)))
    assert rows[0]["title"] == "Fargo"
    table = run(*words).stdout
    assert table.startswith("Stars on the scale 0.5 to 5 in steps of 0.5, from bias\n")
    assert f"{float(rows[0]['stars']):.1f}" in table


def test_ratings_file_predicts_too(run: Any, bias_model: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("title,rating\nAlien,5\n")
    words = ("predict", "--for", "Fargo", "--model", bias_model, "--csv")
    assert run(*words, "--ratings", str(path)).stdout == run(*words, "Alien=5").stdout
