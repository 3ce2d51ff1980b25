"""Where things are on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from matinee.paths import CACHE_VARIABLE, cache_path


def test_cache_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, "~/elsewhere")
    assert cache_path() == Path.home() / "elsewhere"
    monkeypatch.setenv(CACHE_VARIABLE, "")
    assert cache_path().name == "matinee"
