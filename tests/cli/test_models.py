"""Tests of ``matinee models`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.cli import doctor as doctor_module
from matinee.cli.models import docstring_sections
from matinee.errors import MissingExtraError
from matinee.models import MODELS

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
