"""Where things are on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import matinee
from matinee.artifacts import MANIFEST
from matinee.places import (
    CACHE_VARIABLE,
    cache_path,
    cached_models_path,
    own_model_path,
    standing_path,
)
from matinee.publishing import CURRENT, default_root


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    return tmp_path


VERSION = "20261121T120000000000Z-0123456789ab"


def put(path: Path, second: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VERSION, encoding="utf-8")
    os.utime(path, (second, second))
    return path


def test_cache_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "~/elsewhere")
    assert cache_path() == Path.home() / "elsewhere"
    assert cached_models_path() == cache_path() / "models" / matinee.__version__
    monkeypatch.setenv(CACHE_VARIABLE, "")
    assert cache_path().name == "matinee"


def test_no_model_is_there_at_first() -> None:
    assert standing_path() is None


def test_ones_own_model_answers() -> None:
    put(own_model_path() / MANIFEST, 1)
    assert standing_path() == own_model_path()


@pytest.mark.parametrize("own_is_newer", [False, True])
def test_of_own_and_published_the_last_answers(own_is_newer: bool) -> None:
    put(own_model_path() / MANIFEST, 20 if own_is_newer else 5)
    published = put(default_root() / "versions" / VERSION / MANIFEST, 10).parent
    put(default_root() / CURRENT, 10)
    assert standing_path() == (own_model_path() if own_is_newer else published)
