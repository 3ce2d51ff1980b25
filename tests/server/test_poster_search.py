"""Which of TMDB's films is meant."""

from __future__ import annotations

from typing import Any

import pytest

from matinee.catalog import Movie
from matinee.server.posters import film_of_find, film_of_search, query_of

AMELIE = Movie(1, "Amélie", 2001)


def answer(*films: Any) -> dict[str, Any]:
    return {"results": list(films)}


def film(title: Any, date: Any = "2001-04-25", **more: Any) -> dict[str, Any]:
    return {"title": title, "release_date": date, "poster_path": "/x.jpg", **more}


def test_what_is_searched_for() -> None:
    assert query_of(AMELIE) == {"query": "Amélie", "include_adult": "false", "year": "2001"}
    assert "year" not in query_of(Movie(1, "Amélie", None))
    assert len(query_of(Movie(1, "A" * 900, 2001))["query"]) == 200


@pytest.mark.parametrize(
    "found",
    [
        film("Amelie"),
        film("AMÉLIE", "2002-01-01"),
        film("Die fabelhafte Welt", original_title="Amélie"),
        film("The Amélie\n"),
    ],
)
def test_the_very_title_and_about_the_year(found: dict[str, Any]) -> None:
    assert film_of_search(answer(film("Amelie and Others"), found), AMELIE) == found


@pytest.mark.parametrize(
    "found",
    [
        film("Amelie", "1999-04-25"),
        film("Amelie", ""),
        film("Amelie", None),
        film("Amelia"),
        film(None),
        film(["Amelie"]),
        "Amelie",
        None,
    ],
)
def test_a_wrong_poster_is_worse_than_none(found: Any) -> None:
    assert film_of_search(answer(found), AMELIE) is None


def test_without_a_year_no_film_is_sure() -> None:
    assert film_of_search(answer(film("Amélie")), Movie(1, "Amélie", None)) is None


@pytest.mark.parametrize("value", [None, {}, {"results": None}, {"results": "x"}, {"results": {}}])
def test_answers_of_another_form(value: Any) -> None:
    assert film_of_search(value, AMELIE) is None
    assert film_of_find(value) is None


def test_by_imdb_id() -> None:
    assert film_of_find({"movie_results": [film("Heat")], "tv_results": []}) == film("Heat")
    assert film_of_find({"movie_results": [], "tv_results": [film("Heat")]}) is None
