"""What a person said of films, as the API shows it, page by page."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from matinee.server.holder import Serving
from matinee.server.personal import utc
from matinee.server.problems import Problem
from matinee.store import Film, PersonState, StoredMark, StoredRating, finder_of

__all__ = ["Place", "RatingSort", "page_of_marks", "page_of_ratings", "place_of", "show"]

RatingSort = Literal["recent", "stars", "title"]
T = TypeVar("T", bound=StoredRating | StoredMark)


class Place(NamedTuple):
    """Where a film stands: its id in the store, and its code in the catalogue or -1."""

    stored_id: str
    code: int


def place_of(state: PersonState, serving: Serving | None, movie_id: str) -> Place:
    """Find a film that an address names, in what a person said or else in the catalogue.

    Films that were rated with another data set have that one's ids in the store.

    Raises
    ------
    Problem
        404 if neither has it.
    """
    rows: list[StoredRating | StoredMark] = [*state.ratings, *state.seen]
    rows += [*state.watchlist, *state.not_interested]
    code = -1 if serving is None else serving.model.catalog.movie_ids.code_of(movie_id)
    if code >= 0:
        assert serving is not None
        canonical = serving.model.catalog.movie_ids.id_of(code)
        if not any(row.movie_id == str(canonical) for row in rows):
            finder = finder_of(serving.model.catalog)
            for row in rows:
                if row.film is not None and finder.find(row.movie_id, row.film) == canonical:
                    return Place(row.movie_id, code)
        return Place(str(canonical), code)
    if any(row.movie_id == movie_id for row in rows):
        return Place(movie_id, -1)
    raise Problem(
        404,
        "unknown-movie",
        f"no film {movie_id!r} here, neither in the catalogue nor among yours; GET /api/v1/films "
        f"finds films by title",
    )


def show(serving: Serving | None, movie_id: str, film: Film | None) -> dict[str, Any]:
    """A stored film, from the catalogue or else from what was kept of it."""
    if serving is not None:
        found = finder_of(serving.model.catalog).find(movie_id, film)
        if found is not None:
            code = serving.model.catalog.movie_ids.code_of(found)
            return {**serving.films.show(code), "in_catalog": True}
    return {
        "movie_id": movie_id,
        "title": f"film {movie_id}" if film is None else film.title,
        "year": None if film is None else film.year,
        "genres": [],
        "imdb_id": None if film is None else film.imdb_id,
        "tmdb_id": None if film is None else film.tmdb_id,
        "mean_stars": None,
        "ratings": 0,
        "poster": None,
        "in_catalog": False,
    }


def page_of_ratings(
    state: PersonState, serving: Serving | None, sort: RatingSort, limit: int, cursor: str | None
) -> dict[str, Any]:
    """One page of a person's ratings."""

    def title(row: StoredRating) -> str:
        return row.movie_id if row.film is None else row.film.title.casefold()

    keys: dict[RatingSort, Callable[[StoredRating], list[Any]]] = {
        "recent": lambda row: [-row.at, row.movie_id],
        "stars": lambda row: [-row.stars, title(row), row.movie_id],
        "title": lambda row: [title(row), row.movie_id],
    }
    page, following = _page(state.ratings, keys[sort], sort, limit, cursor)
    return {
        "items": [{**_row(serving, row), "stars": row.stars} for row in page],
        "next": following,
        "total": len(state.ratings),
    }


def page_of_marks(
    rows: Sequence[StoredMark], serving: Serving | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """One page of the films that a person marked."""
    page, following = _page(rows, lambda row: [-row.at, row.movie_id], "marks", limit, cursor)
    return {
        "items": [_row(serving, row) for row in page],
        "next": following,
        "total": len(rows),
    }


def _row(serving: Serving | None, row: StoredRating | StoredMark) -> dict[str, Any]:
    film = show(serving, row.movie_id, row.film)
    return {**film, "at": utc(row.at), "source": row.source}


def _page(
    rows: Sequence[T], key: Callable[[T], list[Any]], order: str, limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """Rows that come after the last one of the page before, whatever changed in between."""
    keyed = sorted(((key(row), row) for row in rows), key=lambda pair: pair[0])
    if cursor is not None:
        last = _last_of(cursor, order)
        try:
            keyed = [pair for pair in keyed if pair[0] > last]
        except TypeError:
            raise _no_cursor() from None
    page = keyed[:limit]
    following = None
    if len(keyed) > limit:
        text = json.dumps([order, *page[-1][0]], ensure_ascii=False, separators=(",", ":"))
        following = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return [row for _, row in page], following


def _last_of(cursor: str, order: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, RecursionError):
        raise _no_cursor() from None
    if not isinstance(found, list) or not found or found[0] != order:
        raise _no_cursor()
    return found[1:]


def _no_cursor() -> Problem:
    detail = "is not one of this list; pass what `next` of the page before was"
    return Problem(422, "invalid-request", f"cursor {detail}", errors=[("cursor", detail)])
