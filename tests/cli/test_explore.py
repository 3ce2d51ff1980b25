"""Tests of ``matinee explore``, ``learned``, ``map`` and ``bias``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.models.conftest import make_world

import matinee
from matinee.explore.map import has_map, read_map
from matinee.models import DEFAULT_MODEL
from matinee.models.directory import read_manifest
from matinee.models.publishing import current_path, published

Document = Callable[..., dict[str, Any]]


@pytest.fixture
def few_ratings(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = [f"{user},{film},{1 + (user * film) % 5}" for user in range(6) for film in range(5)]
    path.write_text("user,movie,rating\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_data_set_in_pictures(
    run: Run, few_ratings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    out = tmp_path / "report"
    done: Any = run(
        "explore",
        "--data",
        str(few_ratings),
        "--out",
        str(out),
        "--curate",
        "min-movie-ratings=2",
        "--open",
    )
    assert done.exit_code == 0
    assert done.stdout.strip() == str(out / "index.html")
    assert "no picture of month by month: the ratings have no times" in done.stderr
    assert opened == [(out / "index.html").resolve().as_uri()]


def test_wrong_step_is_explained(run: Run, few_ratings: Path, tmp_path: Path) -> None:
    done: Any = run(
        "explore", "--data", str(few_ratings), "--out", str(tmp_path / "r"), "--curate", "min-x=2"
    )
    assert done.exit_code == 1
    assert "min-x" in done.stderr
    assert not (tmp_path / "r").exists()


# -- learned ---------------------------------------------------------------------------------------


def test_what_a_model_learned_in_pictures(
    run: Run, bias_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    out = tmp_path / "report"
    done = run("learned", "--model", bias_model, "--out", str(out), "--held-out", "0.05", "--open")
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(out / "index.html")
    assert "no picture of what tells films apart: bias does not place films" in done.stderr
    assert (out / "pictures" / "calibration.png").is_file()
    assert opened == [(out / "index.html").resolve().as_uri()]


def test_says_where_there_is_no_browser(
    run: Run, bias_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    done = run(
        *("learned", "--model", bias_model, "--out", str(tmp_path), "--held-out", "0", "--open")
    )
    assert done.exit_code == 0
    assert "no browser was found" in done.stderr
    assert "no picture of calibration: no ratings were held out" in done.stderr


def test_without_its_ratings_a_model_still_tells(
    run: Run, own_ratings: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    data = matinee.load(str(own_ratings))
    matinee.create_model("bias").fit(data).save(model)
    (own_ratings / "ratings.csv").unlink()
    (own_ratings / "movies.csv").unlink()
    own_ratings.rmdir()
    done = run("learned", "--model", str(model), "--out", str(tmp_path / "r"))
    assert done.exit_code == 0, done.output
    assert "nothing is told of errors" in done.stderr
    assert (tmp_path / "r" / "pictures" / "biases.svg").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dimensions", "0"), "--dimensions"),
        (("--held-out", "0.95"), "--held-out"),
    ],
)
def test_numbers_are_checked(run: Run, tmp_path: Path, words: tuple[str, str], said: str) -> None:
    done = run("learned", "--out", str(tmp_path), *words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_is_no_folder(run: Run, bias_model: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run("learned", "--model", bias_model, "--out", str(file))
    assert done.exit_code == 1
    assert "is a file: name a folder for the report" in done.stderr


def test_a_model_with_nothing_to_show_has_mf_beside_it(
    run: Run, own_ratings: Path, tmp_path: Path
) -> None:
    words = ("--data", str(own_ratings), "--out", str(tmp_path / "r"), "--held-out", "0")
    done = run("learned", "--model", "popular", *words)
    assert done.exit_code == 0, done.output
    assert "popular cannot tell how much a film is liked beside others; mf answers" in done.stderr


# -- map -------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.explore.map.build._ITERATIONS", 250)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return matinee.create_model("svd", factors=8).fit(make_world()).save(tmp_path / "model")


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    world = make_world()
    table = world.ratings
    users, movies = table.user_ids.ids[table.users], table.movie_ids.ids[table.movies]
    rows = [f"{u},{m},{s}" for u, m, s in zip(users, movies, table.stars, strict=True)]
    path = tmp_path / "mine.csv"
    path.write_text("user,movie,rating\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_draws_a_map_and_says_how_far_to_trust_it(
    run: Run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    out = tmp_path / "map"
    done: Any = run("map", "--model", str(model), "--out", str(out), "--open")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "48 films of world-0, placed by svd."
    assert lines[1].startswith("Trustworthiness 0.")
    assert lines[-1] == str(out / "map.png")
    assert opened == [(out / "map.png").resolve().as_uri()]
    assert read_map(out).model_version == read_manifest(model).version
    assert not has_map(model)


def test_principal_components_say_how_much_they_hold(run: Run, model: Path, tmp_path: Path) -> None:
    done: Any = run("map", "-m", str(model), "-o", str(tmp_path / "map"), "--layout", "pca")
    assert done.exit_code == 0, done.output
    assert "% of the differences" in done.stdout


def test_puts_a_map_beside_the_model(document: Document, model: Path) -> None:
    told = document("map", "--model", str(model), "--beside-model", "--min-ratings", "20")
    assert told["beside"] == str(model)
    assert told["picture"] is None
    film_map = read_map(model)
    assert len(film_map) == told["count"]
    assert film_map.ratings.min() >= 20
    # The model is as it was.
    assert matinee.load_model(model).name == "svd"


def test_trains_a_model_by_name(run: Run, ratings: Path, tmp_path: Path) -> None:
    out = tmp_path / "map"
    done: Any = run("map", "--model", "als", "--data", str(ratings), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "placed by als" in done.stdout
    assert read_map(out).model_version is None


def test_says_where_the_map_may_go(run: Run, model: Path, tmp_path: Path) -> None:
    done: Any = run("map", "--model", str(model))
    assert done.exit_code == 2
    assert "--out DIR, or --beside-model" in done.stderr
    done = run("map", "--model", "svd", "--beside-model")
    assert done.exit_code == 2
    assert "no model's directory" in done.stderr
    taken = tmp_path / "file"
    taken.write_text("", encoding="utf-8")
    done = run("map", "--model", str(model), "--out", str(taken))
    assert done.exit_code == 1
    assert "is a file" in done.stderr


def test_a_model_without_vectors_has_another_beside_it(
    run: Run, ratings: Path, tmp_path: Path
) -> None:
    out = tmp_path / "map"
    done: Any = run("map", "--model", "popular", "--data", str(ratings), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "popular cannot place films in a space; " in done.stderr
    assert f"placed by {DEFAULT_MODEL}" in done.stdout


def test_training_puts_a_map_beside_the_model(run: Run, ratings: Path, tmp_path: Path) -> None:
    out = tmp_path / "svd"
    words = ("train", "svd", "--set", "factors=8", "--data", str(ratings), "--map")
    done: Any = run(*words, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert read_map(out).model_version == read_manifest(out).version
    root = tmp_path / "root"
    done = run(*words, "--out", str(root), "--publish")
    assert done.exit_code == 0, done.output
    assert has_map(current_path(root))


def test_a_map_that_fails_leaves_what_was_published(
    run: Run, ratings: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    train = ("train", "svd", "--publish", "--out", str(root), "--data")
    assert run(*train, str(ratings), "--set", "factors=8").exit_code == 0
    few = tmp_path / "few.csv"
    rows = [f"{user},{film},{1 + (user * film) % 5}" for user in range(12) for film in range(7)]
    few.write_text("user,movie,rating\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done: Any = run(*train, str(few), "--set", "factors=2", "--map")
    assert done.exit_code == 1
    assert "only 7 films have 5 ratings or more and a vector; a map needs 8" in done.stderr
    assert len(published(root)) == 1


def test_a_model_that_cannot_be_drawn_is_told_before_the_training(
    run: Run, ratings: Path, tmp_path: Path
) -> None:
    done: Any = run(
        "train", "popular", "--data", str(ratings), "--map", "--out", str(tmp_path / "model")
    )
    assert done.exit_code == 1
    assert "popular cannot place films in a space; these can:" in done.stderr
    assert not (tmp_path / "model").exists()


def test_retraining_keeps_a_map(run: Run, ratings: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done: Any = run(
        *("retrain", "svd", "--set", "factors=8", "--data", str(ratings)),
        *("--root", str(root), "--store", str(tmp_path / "store.db"), "--map"),
    )
    assert done.exit_code == 0, done.output
    assert has_map(current_path(root))


# -- bias ------------------------------------------------------------------------------------------


def test_biases_are_sorted_and_apart(document: Any, bias_model: str) -> None:
    found = document("bias", "--top", "10", "--bottom", "10", "--model", bias_model)
    assert found["unit"] == "stars"
    top = [film["bias"] for film in found["top"]]
    bottom = [film["bias"] for film in found["bottom"]]
    assert top == sorted(top, reverse=True)
    assert bottom == sorted(bottom)
    assert len(top) == len(bottom) == 10
    assert min(top) > 0 > max(bottom)
    values = matinee.load_model(bias_model).movie_biases()  # type: ignore[attr-defined]
    assert top[0] == pytest.approx(float(values.max()))
    assert bottom[0] == pytest.approx(float(values.min()))


def test_biases_of_few_films_stand_once(document: Any, own_ratings: Path) -> None:
    found = document("bias", "--data", str(own_ratings), "--top", "4", "--bottom", "4")
    ids = [film["movie_id"] for film in [*found["top"], *found["bottom"]]]
    assert sorted(ids) == [11, 12, 13, 14, 15, 16]
    assert len(found["top"]) == 4


def test_biases_as_tables_and_csv(run: Any, bias_model: str) -> None:
    words = ("bias", "--top", "2", "--bottom", "1", "--min-ratings", "50", "--model", bias_model)
    shown = run(*words).stdout
    assert shown.index("Appreciated most, from bias") < shown.index("Appreciated least, from bias")
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").stdout)))
    assert [(row["list"], row["rank"]) for row in rows] == [
        ("top", "1"),
        ("top", "2"),
        ("bottom", "1"),
    ]
    assert all(int(row["ratings"]) >= 50 for row in rows)


def test_a_model_without_biases_has_one_beside_it(run: Any, own_ratings: Path) -> None:
    result = run("bias", "--model", "popular", "--data", str(own_ratings))
    assert result.exit_code == 0, result.output
    assert "; bias answers beside it" in result.stderr
    assert "Appreciated most, from bias" in result.stdout


def test_no_film_passes(run: Any, bias_model: str) -> None:
    result = run("bias", "--model", bias_model, "--from-year", "2090")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "note: no film passes the filters\n"
