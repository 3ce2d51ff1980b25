"""Tests of what a server is told when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from matinee.errors import ParameterError
from matinee.server.settings import SETTINGS_VARIABLE, TMDB_VARIABLE, ServerSettings


def test_settings_travel_to_workers_without_the_key_of_tmdb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TMDB_VARIABLE, "secret")
    settings = ServerSettings(port=0, allowed_hosts=("films.example",), accounts=True)
    text = settings.to_json()
    assert "secret" not in text
    assert "secret" not in repr(settings)
    found = ServerSettings.from_environment({SETTINGS_VARIABLE: text})
    assert found == settings
    assert found.tmdb_key == "secret"


def test_without_a_word_the_defaults_hold() -> None:
    settings = ServerSettings.from_environment({})
    assert settings == ServerSettings()
    assert settings.host == "127.0.0.1"
    assert not settings.accounts


def test_paths_may_be_given_as_such() -> None:
    assert ServerSettings(model=Path("here")).model == "here"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"port": 70_000}, "port must lie between 0 and 65535, got 70000"),
        ({"workers": 0}, "workers must lie between 1 and 64, got 0"),
        ({"rate": -1.0}, "rate must lie between 0"),
        ({"patience": float("nan")}, "patience must lie between"),
        ({"sign_up": "all"}, "sign_up must be open, invitation or closed, got 'all'"),
    ],
)
def test_numbers_outside_their_range_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ServerSettings(**wrong)  # type: ignore[arg-type]
