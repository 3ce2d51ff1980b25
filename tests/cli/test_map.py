from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.models.conftest import make_world

import matinee
from matinee.explore.map import has_map, read_map
from matinee.models.directory import read_manifest
from matinee.models.publishing import current_path, published

Document = Callable[..., dict[str, Any]]


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


def test_a_model_without_vectors_is_refused(run: Run, ratings: Path, tmp_path: Path) -> None:
    done: Any = run(
        "map", "--model", "popular", "--data", str(ratings), "--out", str(tmp_path / "map")
    )
    assert done.exit_code == 1
    assert "popular cannot place films in a space; these can:" in done.stderr
    assert not (tmp_path / "map").exists()


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
    assert "popular cannot place films in a space, as a map needs" in done.stderr
    assert not (tmp_path / "model").exists()


def test_retraining_keeps_a_map(run: Run, ratings: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done: Any = run(
        *("retrain", "svd", "--set", "factors=8", "--data", str(ratings)),
        *("--root", str(root), "--store", str(tmp_path / "store.db"), "--map"),
    )
    assert done.exit_code == 0, done.output
    assert has_map(current_path(root))
