"""Tests of ``matinee taste``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

import matinee
from matinee.store import Film, Store

TASTE = ("Heat (1995)=5", "Fargo=4.5", "Titanic (1997)=1", "Alien=5", "Notting Hill=1")


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Ann has an account, Bob is there twice; Ann rated two films, one of them unknown."""
    url = str(tmp_path / "people.db")
    with Store(url) as opened:
        account = opened.accounts.create("ann", "a long enough password", name="Ann Other")
        opened.rate(account.person_id, 6, 5.0, film=Film("6", "Heat", 1995))
        opened.rate(account.person_id, 5, 5.0, film=Film("5", "Never Made", 2199))
        opened.create_person("Bob")
        opened.create_person("bob")
        opened.create_person("Nobody")
    return url


def test_tells_what_stands_out(run: Run, bias_model: str) -> None:
    done = run("taste", *TASTE, "--model", bias_model)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "5 films, beside everybody in sample"
    assert "- Your most surprising dislike is" in done.stdout
    assert any(line.startswith("Thriller") for line in lines)
    assert any(line.startswith("1990s") for line in lines)
    for title in ("Genres, the liked ones first", "Likes that surprise", "people most like you"):
        assert title in done.stdout


def test_json_is_the_report(
    document: Callable[..., dict[str, Any]], bias_model: str, sample: matinee.Dataset
) -> None:
    from matinee.explore.taste import describe

    found = document("taste", *TASTE, "--model", bias_model, "-n", "2")
    films = {6: 5.0, 608: 4.5, 1721: 1.0, 1214: 5.0, 2671: 1.0}
    model = matinee.load_model(bias_model)
    expected = describe(matinee.Profile(films), sample, model=model, most=2).to_dict()
    assert found == expected


def test_draws_it(run: Run, bias_model: str, tmp_path: Path) -> None:
    out = tmp_path / "taste"
    done = run("taste", *TASTE, "--model", bias_model, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(out / "index.html")
    assert (out / "pictures" / "taste-genres.svg").is_file()
    json = run("taste", *TASTE, "--model", bias_model, "--out", str(out), "--json")
    assert json.stdout.startswith("{")
    assert str(out / "index.html") in json.stderr


def test_a_person_of_the_training_data(run: Run, bias_model: str) -> None:
    done = run("taste", "--user", "42", "--model", bias_model)
    assert done.exit_code == 0
    assert done.stdout.startswith("70 films")


def test_a_file_of_ratings(run: Run, bias_model: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("title,rating\nHeat (1995),5\n", encoding="utf-8")
    done = run("taste", "Alien=1", "--ratings", str(file), "--model", bias_model)
    assert done.stdout.startswith("2 films")


@pytest.mark.parametrize("name", ["ann", "Ann Other", "ANN OTHER", "2"])
def test_a_person_of_the_store(run: Run, bias_model: str, store: str, name: str) -> None:
    done = run("taste", "--person", name, "--store", store, "--model", bias_model)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("1 film")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("zoe", "no person 'zoe' in the store; `matinee people list` shows who is there"),
        ("BOB", "several people are called 'BOB': say one of 3, 4"),
        ("99", "no person '99' in the store"),
        ("Nobody", "nothing is rated here yet: name films with your stars"),
    ],
)
def test_a_person_who_cannot_be_told_of(
    run: Run, bias_model: str, store: str, name: str, said: str
) -> None:
    done = run("taste", "--person", name, "--store", store, "--model", bias_model)
    assert done.exit_code == 1
    assert said in done.stderr


def test_other_data_have_no_people_unless_they_are_named(
    run: Run, own_ratings: Path, tmp_path: Path
) -> None:
    model = str(tmp_path / "model")
    matinee.create_model("bias").fit(matinee.load(str(own_ratings))).save(model)
    alone = run("taste", "Film 1=5", "--model", model)
    assert "name the ratings of other people with --data" in alone.stderr
    assert "of people are less generous" not in alone.stdout
    beside = run("taste", "Film 1=5", "--model", model, "--data", str(own_ratings))
    assert "of people are less generous" in beside.stdout


def test_films_of_the_store_that_the_model_lacks_are_counted(
    run: Run, bias_model: str, store: str
) -> None:
    done = run("taste", "--person", "ann", "--store", store, "--model", bias_model)
    assert "left out: 1 film that this model does not have" in done.stderr
    assert "Never Made" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Heat",), "has no stars"),
        (("Heat=5", "--open"), "there is no page without --out DIR"),
    ],
)
def test_what_is_missing_is_said_first(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run("taste", *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_who_has_said_nothing_is_told_how(run: Run, bias_model: str) -> None:
    done = run("taste", "--model", bias_model)
    assert done.exit_code == 1
    assert 'matinee taste "Heat=4.5"' in done.stderr


def test_the_track_record_of_ratings_with_dates(
    run: Run, document: Callable[..., dict[str, Any]], bias_model: str
) -> None:
    words = ("taste", "--user", "42", "--track-record", "--model", bias_model)
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert "each predicted from those before it" in done.stdout
    assert "bias may have learned from these very ratings" in done.stderr
    found = document(*words)
    assert found["ratings"] == 69
    assert found["kept"]["hits"] <= found["kept"]["of"]
    undated = run("taste", *TASTE, "--track-record", "--model", bias_model)
    assert undated.exit_code == 1
    assert "a track record needs at least two ratings of different times" in undated.stderr
