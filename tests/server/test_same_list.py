"""The same person gets the same list from Python, from the command line, and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import serving, settings_for, small_model
from typer.testing import CliRunner

from matinee.cli import app
from matinee.models.directory import load_model

RATINGS = {3: 5.0, 8: 4.5, 21: 1.0, 17: 3.0}
SHOWN = ("movie_id", "fit", "stars", "low", "high", "like")


def shown(films: list[dict[str, Any]]) -> list[Any]:
    """What is told of films: ids as text, figures to two digits, reasons in words."""
    return [
        [
            str(film["movie_id"]),
            *(None if film[name] is None else round(film[name], 2) for name in SHOWN[1:]),
            [reason["text"] for reason in film["reasons"]],
        ]
        for film in films
    ]


@pytest.mark.parametrize(
    ("where", "dials", "words"),
    [
        ({}, {}, ()),
        ({"genres": ["Drama"], "from_year": 1990}, {}, ("--genre", "Drama", "--from-year", "1990")),
        ({}, {"hidden": 0.6, "different": 0.4}, ("--hidden", "0.6", "--different", "0.4")),
        ({}, {"like": [30], "series": 0}, ("--like", "30", "--series", "0")),
    ],
    ids=["plain", "filtered", "dialed", "in a mood"],
)
def test_three_doors_give_one_list(
    where: dict[str, Any],
    dials: dict[str, Any],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(tmp_path / "people.db"))
    path = small_model().save(tmp_path / "model")
    model = load_model(path)
    python = model.recommend(RATINGS, 8, where, dials, explain=True)

    films = [f"{movie}={stars:g}" for movie, stars in RATINGS.items()]
    options = ("--model", str(path), "-n", "8", "--why", "--json", *words)
    told = CliRunner().invoke(app, ["recommend", *films, *options])
    assert told.exit_code == 0, told.output

    body = {
        "ratings": [{"movie_id": str(movie), "stars": stars} for movie, stars in RATINGS.items()],
        "n": 8,
        **where,
        **dials,
        "like": [str(movie) for movie in dials.get("like", ())],
    }
    with serving(tmp_path / "people.db", settings=settings_for(), model=model) as world:
        answer = world.ask("POST", "/api/v1/recommendations", json=body).json()
        for movie, stars in RATINGS.items():
            world.store.rate(1, str(movie), stars)
        stored = world.ask("POST", "/api/v1/recommendations", json={**body, "ratings": None})

    expected = shown(python.to_dicts())
    assert len(expected) > 2
    assert shown(answer["items"]) == expected
    assert shown(stored.json()["items"]) == expected
    assert shown(json.loads(told.stdout)["items"]) == expected
