"""Tests of which model answers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import matinee
from matinee.models import DEFAULT_MODEL
from matinee.store import Store


def test_one_default_is_trained_once_for_every_question(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_ratings: Path
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "fresh"))
    data = ("--data", str(own_ratings))
    first = run("recommend", "The Film 1=4", *data)
    assert first.exit_code == 0
    assert f"note: training {DEFAULT_MODEL} on mine, once" in first.stderr
    for words in (
        ("recommend", "The Film 1=4"),
        ("similar", "The Film 1"),
        ("predict", "The Film 1=4", "--for", "The Film 2"),
        ("taste", "The Film 1=4"),
    ):
        again = run(*words, *data)
        assert again.exit_code == 0, again.output
        assert "training" not in again.stderr
    assert run("recommend", "The Film 1=4", *data).stdout == first.stdout
    folder = tmp_path / "fresh" / "models" / matinee.__version__
    assert [path.name.rpartition("-")[0] for path in folder.iterdir()] == [DEFAULT_MODEL]


def test_beside_a_model_whose_data_are_gone_the_sample_answers(
    run: Any, tmp_path: Path, own_ratings: Path
) -> None:
    out = str(tmp_path / "model")
    assert run("train", "popular", "--data", str(own_ratings), "--out", out).exit_code == 0
    shutil.rmtree(own_ratings)
    result = run("bias", "--model", out)
    assert result.exit_code == 0, result.output
    assert "; bias answers beside it" in result.stderr
    assert "bias learns from the sample: this model was trained on" in result.stderr


def test_damaged_model_of_last_time_is_trained_again(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "fresh"))
    first = run("similar", "Alien", "--model", "content")
    (model,) = (tmp_path / "fresh" / "models" / matinee.__version__).iterdir()
    (model / "manifest.json").write_text("{")
    second = run("similar", "Alien", "--model", "content")
    assert second.exit_code == 0
    assert "note: training again" in second.stderr
    assert second.stdout == first.stdout


def test_cache_in_the_way_is_no_obstacle(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "file"))
    result = run("bias", "--top", "1")
    assert result.exit_code == 0
    assert "note: the model could not be kept" in result.stderr


def test_model_by_name_is_trained_on_the_data(run: Any, document: Any, own_ratings: Path) -> None:
    words = ("recommend", "--model", "popular", "--data", str(own_ratings))
    assert "training popular on mine" in run(*words).stderr
    again = run(*words)
    assert "training" not in again.stderr
    assert {item["title"][:8] for item in document(*words)["items"]} == {"The Film"}
    (own_ratings / "ratings.csv").write_text(
        (own_ratings / "ratings.csv").read_text() + "9,11,5,1\n"
    )
    assert "training popular on mine" in run(*words).stderr  # other ratings, another model
    films = own_ratings / "movies.csv"
    films.write_text(films.read_text().replace("Film 1", "Film One"))
    assert "The Film One" in run(*words).stdout  # other titles as well


def test_data_without_a_model_asks_for_one_of_that_data(run: Any, own_ratings: Path) -> None:
    assert run("train", "popular").exit_code == 0  # one's own, of the sample
    result = run("recommend", "The Film 2=3", "--data", str(own_ratings))
    assert result.exit_code == 0
    assert "on mine" in result.stderr
    assert "The Film" in result.stdout


def test_the_last_of_own_and_published_answers(run: Any, tmp_path: Path) -> None:
    def answering() -> str:
        result = run("recommend", "Heat=4")
        assert "training" not in result.stderr
        return str(result.stdout).partition("\n")[0].rpartition(" ")[2]

    assert run("train", "bias", "--publish").exit_code == 0
    assert answering() == "bias"
    assert run("train", "popular").exit_code == 0
    assert answering() == "popular"
    assert run("train", "content", "--publish").exit_code == 0
    assert answering() == "content"
    assert run("rollback").exit_code == 0
    assert answering() == "bias"
    told = run("doctor").stdout
    assert "own model" in told
    assert "published" in told


def test_people_who_were_learned_from_are_known(
    run: Any, document: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(tmp_path / "people.db"))
    with Store() as store:
        store.rate(1, 6, 5.0)
    made = document("retrain", "bias")
    assert made["trained_on"]["dataset"] == "sample+people"
    me = str(1 + 671)
    told = run("recommend", "--user", me, "-n", "1")
    assert told.exit_code == 0, told.stderr
    assert run("recommend", "--user", "42", "-n", "1").exit_code == 0
    assert "no user 673: there are 672 users" in run("recommend", "--user", "673").stderr


def test_environment_names_the_model(
    run: Any, bias_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_MODEL", bias_model)
    assert run("recommend", "Heat=4").stdout.startswith("Films for you, from bias")


def test_model_that_is_not_there(run: Any, tmp_path: Path) -> None:
    result = run("recommend", "Heat=4", "--model", "contant")
    assert result.exit_code == 1
    assert (
        "neither the directory of a trained model nor a model's name: did you mean" in result.stderr
    )
    assert "'content'" in result.stderr
    result = run("recommend", "Heat=4", "--model", str(tmp_path / "x"))
    assert result.exit_code == 1
    assert f"no such model; train one with `matinee train MODEL --out {tmp_path / 'x'}`" in (
        result.stderr
    )


def test_folder_that_is_no_model(run: Any, tmp_path: Path) -> None:
    result = run("recommend", "Heat=4", "--model", str(tmp_path))
    assert result.exit_code == 1
    assert "not a model directory" in result.stderr


def test_model_answers_where_its_data_are_gone(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    out = str(tmp_path / "model")
    assert run("train", "bias", "--data", str(own_ratings), "--out", out).exit_code == 0
    shutil.rmtree(own_ratings)
    assert run("recommend", "The Film 1=4", "--model", out).exit_code == 0


def test_model_of_a_table_in_memory_has_no_users_to_ask_for(run: Any, tmp_path: Path) -> None:
    ratings = matinee.Ratings.from_columns([1, 1, 2], [1, 2, 2], [4.0, 3.0, 5.0])
    matinee.create_model("bias").fit(matinee.Dataset.of(ratings)).save(tmp_path / "m")
    result = run("recommend", "--user", "1", "--model", str(tmp_path / "m"))
    assert result.exit_code == 1
    assert "from a table in memory: say where its ratings are with --data" in result.stderr


def test_serving_imports_neither_polars_nor_numba(bias_model: str) -> None:
    import json
    import subprocess
    import sys

    code = (
        "import sys, json\n"
        "from matinee.cli import app\n"
        f"words = ['recommend', 'Heat=4', '--model', {bias_model!r}, '--json']\n"
        "try:\n    app(words)\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.split(".")[0] for name in json.loads(ran.stdout.splitlines()[-1])}
    assert loaded.isdisjoint({"polars", "numba", "torch", "sklearn", "rich"})
