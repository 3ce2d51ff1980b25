"""Tests of ``matinee similar``, ``predict``, ``bias``, ``models`` and ``doctor``."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.cli import doctor as doctor_module
from matinee.cli.models import docstring_sections
from matinee.errors import MissingExtraError
from matinee.models import MODELS

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
    assert "Score" in result.stdout


def test_model_without_similarity_says_which_have_it(run: Any, tmp_path: Path) -> None:
    result = run("similar", "Heat", "--model", "popular")
    assert result.exit_code == 1
    assert "popular cannot find similar films; these can: " in result.stderr
    assert "content" in result.stderr


# -- predict --------------------------------------------------------------------------------------


def test_predicted_stars(document: Any, bias_model: str) -> None:
    found = document("predict", "Alien=5", "--for", "Heat", "--for", "Fargo", "--model", bias_model)
    expected = matinee.load_model(bias_model).predict({1214: 5.0}, [6, 608])
    assert [item["movie_id"] for item in found["items"]] == [6, 608]
    np.testing.assert_allclose([item["stars"] for item in found["items"]], expected)
    assert list(found["items"][0]) == [
        "movie_id", "title", "year", "genres", "score", "stars", "reasons"
    ]  # fmt: skip


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


# -- bias -----------------------------------------------------------------------------------------


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


def test_model_without_biases_says_which_have_them(run: Any) -> None:
    result = run("bias", "--model", "popular")
    assert result.exit_code == 1
    assert "popular has no bias for each film; these have one: bias" in result.stderr


def test_no_film_passes(run: Any, bias_model: str) -> None:
    result = run("bias", "--model", bias_model, "--from-year", "2090")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "note: no film passes the filters\n"


# -- models ---------------------------------------------------------------------------------------


def test_models_lists_all_in_order(run: Any, document: Any) -> None:
    assert [model["name"] for model in document("models")["models"]] == list(MODELS)
    shown = run("models").stdout
    for name in MODELS:
        assert f"\n{name} " in shown


@pytest.mark.parametrize("name", list(MODELS))
def test_each_hyper_parameter_is_explained(document: Any, run: Any, name: str) -> None:
    try:
        described = document("models", name)
    except AssertionError as error:
        if "needs the extra" in str(error):
            pytest.skip(f"{name} needs an extra that is not installed")
        raise
    for parameter in described["hyper_parameters"]:
        assert parameter["meaning"], f"{name}: {parameter['name']} is not in the docstring"
        assert "`" not in parameter["meaning"]
    shown = run("models", name).stdout
    assert all(parameter["name"] in shown for parameter in described["hyper_parameters"])


def test_unknown_model(run: Any) -> None:
    result = run("models", "contant")
    assert result.exit_code == 1
    assert "Did you mean 'content'?" in result.stderr


def test_model_that_needs_an_extra_says_so(
    run: Any, document: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise MissingExtraError(f"the model {name!r}", "neural")

    monkeypatch.setattr("matinee.cli.models.model_class", missing)
    assert document("models")["models"][0]["needs_extra"] == "neural"
    assert "pip install 'matinee[neural]'" in " ".join(run("models").stdout.split())


def test_docstring_sections() -> None:
    text = "One line.\n\nParameters\n----------\na, b : int\n    Both.\n\nNotes\n-----\nMore."
    sections = docstring_sections(text)
    assert sections["Parameters"] == "a, b : int\n    Both."
    assert sections["Notes"] == "More."


# -- doctor ---------------------------------------------------------------------------------------


def test_doctor_knows_this_installation(document: Any, run: Any, kept: Path) -> None:
    report = document("doctor")
    assert report["matinee"] == matinee.__version__
    assert report["complete"] is True
    versions = {package["name"]: package["version"] for package in report["packages"]}
    assert versions["numpy"] == np.__version__
    assert {extra["name"] for extra in report["extras"]} >= {"neural", "tune"}
    assert report["cache"]["path"] == str(kept)
    assert report["memory"]["available_bytes"] > 0
    assert report["threads"]["processors"] >= 1
    shown = run("doctor").stdout
    assert "Everything that Matinee needs is here." in shown
    assert np.__version__ in shown


def test_doctor_says_what_is_missing(run: Any, document: Any, monkeypatch: Any) -> None:
    real = doctor_module._version
    gone = {"rapidfuzz", "torch"}
    monkeypatch.setattr(doctor_module, "_version", lambda n: None if n in gone else real(n))
    result = run("doctor")
    assert result.exit_code == 1
    assert "This installation is not complete: pip install rapidfuzz" in result.stdout
    assert "not installed: pip install 'matinee[neural]'" in result.stdout


def test_doctor_hides_what_may_be_secret(document: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("MATINEE_DATABASE_URL", "postgresql://ann:hunter2@db/x")
    monkeypatch.setenv("MATINEE_MEMORY_LIMIT", "3GB")
    report = document("doctor")
    assert report["environment"]["MATINEE_DATABASE_URL"] == "(set)"
    assert report["environment"]["MATINEE_MEMORY_LIMIT"] == "3GB"
    assert report["memory"]["available_bytes"] == 3 * 10**9


def test_doctor_tells_of_a_damaged_own_model(run: Any, document: Any) -> None:
    assert run("train", "popular").exit_code == 0
    own = Path(document("doctor")["own_model"]["path"])
    (own / "manifest.json").write_text("{")
    assert "is damaged" in document("doctor")["own_model"]["problem"]
    assert "is damaged" in run("doctor").stdout
