"""Which of TMDB's films is meant, where a catalogue has no TMDB ids."""

from __future__ import annotations

from typing import Any

from matinee.catalog import Movie
from matinee.titles.normal import keys_of

__all__ = ["film_of_find", "film_of_search", "query_of"]

_LOOKED_AT = 20


def query_of(film: Movie) -> dict[str, str]:
    """What to search for.

    Examples
    --------
    >>> query_of(Movie(1, "Heat", 1995))
    {'query': 'Heat', 'include_adult': 'false', 'year': '1995'}
    """
    query = {"query": film.title[:200], "include_adult": "false"}
    return query if film.year is None else {**query, "year": str(film.year)}


def film_of_find(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """The film of an answer about an IMDb id."""
    return next(iter(_films((answer or {}).get("movie_results"))), None)


def film_of_search(answer: dict[str, Any] | None, film: Movie) -> dict[str, Any] | None:
    """The first film of an answer with the very title, and the year give or take one.

    A wrong poster is worse than none: a film that is only similar does not count, nor any if the
    film's own year is not known.

    Examples
    --------
    >>> heat = {"title": "Heat", "release_date": "1995-12-15", "poster_path": "/a.jpg"}
    >>> film_of_search({"results": [heat]}, Movie(1, "Heat", 1995)) == heat
    True
    >>> film_of_search({"results": [heat]}, Movie(1, "Heat", 1986)) is None
    True
    """
    if film.year is None:
        return None
    wanted = set(keys_of([" ".join(film.title.split())]))
    for found in _films((answer or {}).get("results")):
        titles = [found.get("title"), found.get("original_title")]
        texts = [" ".join(title[:500].split()) for title in titles if isinstance(title, str)]
        year = str(found.get("release_date") or "")[:4]
        near = year.isdecimal() and abs(int(year) - film.year) <= 1
        if near and wanted & set(keys_of(texts)):
            return found
    return None


def _films(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [film for film in value[:_LOOKED_AT] if isinstance(film, dict)]
