"""Films: search while typing, browse, look at one, and its poster."""

from __future__ import annotations

from email.utils import formatdate
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Path, Query, Response
from numpy.typing import NDArray
from pydantic import Field

from matinee.errors import UnknownMovieError
from matinee.filters import Filter
from matinee.ids import Codes
from matinee.server.auth import Anybody, Caller
from matinee.server.dependencies import Model, Services, Shared, revalidated
from matinee.server.errors import Problem, unknown_movie
from matinee.server.model_holder import Serving
from matinee.server.schemas import Answer, Film, ModelRef
from matinee.server.settings import API

__all__ = ["Film", "code_of", "router"]

router = APIRouter(prefix=API, tags=["films"])

_MovieId = Annotated[
    str, Path(max_length=100, description="A film's id in the catalogue.", examples=["318"])
]
_Sort = Literal["ratings", "stars", "title", "year"]
_SEARCHED = 300  # hits that are looked at where a search is narrowed as well
_LEAST_FOR_STARS = 20
_MOST_TAGS = 20
_KEEP_POSTER = "public, max-age=86400"
_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


class FoundFilm(Film):
    """A film that was searched for."""

    confidence: float | None = Field(
        default=None, description="0 to 1; 1 is the whole title. Null in a list.", examples=[0.9]
    )
    how: str | None = Field(
        default=None, description="What agreed.", examples=["beginning of the title"]
    )


class FilmPage(Answer):
    """Films that were found, or one page of a list of films."""

    items: list[FoundFilm]
    next: str | None = Field(
        description="The cursor of the next page, if there is one.", examples=["o8"]
    )
    total: int | None = Field(
        description="Films in the whole list; null for a search.", examples=[9066]
    )
    model: ModelRef


class Mine(Answer):
    """What the caller said of a film."""

    stars: float | None = Field(examples=[4.5])
    seen: bool
    watchlist: bool
    not_interested: bool


class Links(Answer):
    """Where else a film is described."""

    imdb: str | None = Field(examples=["https://www.imdb.com/title/tt0111161/"])
    tmdb: str | None = Field(examples=["https://www.themoviedb.org/movie/278"])


class FilmDetails(Film):
    """A film with all that is known of it."""

    tags: list[str] = Field(
        description="What people called it, the most frequent first.", examples=[["prison"]]
    )
    mine: Mine | None = Field(description="What the caller said of it; null for a stranger.")
    links: Links
    model: ModelRef


class Genre(Answer):
    """A genre of the catalogue."""

    name: str = Field(examples=["Film-Noir"])
    films: int = Field(examples=[133])


class Decade(Answer):
    """A decade of the catalogue."""

    from_year: int = Field(examples=[1990])
    to_year: int = Field(examples=[1999])
    films: int = Field(examples=[2132])


class Genres(Answer):
    """What films can be narrowed by."""

    items: list[Genre]
    decades: list[Decade]
    model: ModelRef


def code_of(serving: Serving, movie_id: str) -> int:
    """The code of a film that an address names.

    Raises
    ------
    Problem
        404, if there is none.
    """
    try:
        return serving.model.catalog.code_of(movie_id)
    except UnknownMovieError:
        raise unknown_movie(movie_id) from None


@router.get("/films", dependencies=[Depends(revalidated)])
async def list_films(
    shared: Shared,
    serving: Model,
    q: Annotated[
        str, Query(max_length=200, description="What was typed so far; empty: browse.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="Films on a page.")] = 8,
    genre: Annotated[
        str | None, Query(max_length=60, description="Only films of this genre.")
    ] = None,
    decade: Annotated[
        int | None, Query(ge=1800, le=2200, description="Its first year, such as 1990.")
    ] = None,
    sort: Annotated[
        _Sort,
        Query(
            description="Order of a list: most rated, best rated (of films with at least "
            f"{_LEAST_FOR_STARS} ratings first), by title, newest."
        ),
    ] = "ratings",
    cursor: Annotated[
        str | None, Query(max_length=20, description="`next` of the page before.")
    ] = None,
) -> FilmPage:
    """Films for a text that is still being typed, best first; without a text, a list in pages.

    Every word of `q` begins a word of the title; slips of the keyboard are forgiven where nothing
    else fits.
    """
    where = Filter(
        genres=() if genre is None else (genre,),
        from_year=decade,
        to_year=None if decade is None else decade + 9,
    )
    if q.strip():
        return await shared.executor.compute(_search, serving, q, limit, where)
    start = _offset_of(cursor)
    return await shared.executor.compute(_browse, serving, limit, where, sort, start)


def _search(serving: Serving, q: str, limit: int, where: Filter) -> FilmPage:
    catalog = serving.model.catalog
    mask = None if where.is_empty else where.mask(catalog, serving.model.stats)
    matches = catalog.search(q, limit if mask is None else _SEARCHED)
    found = [match for match in matches if mask is None or mask[match.code]][:limit]
    items = [
        FoundFilm(**dict(serving.film(match.code)), confidence=match.confidence, how=match.how)
        for match in found
    ]
    return FilmPage(items=items, next=None, total=None, model=serving.about)


def _browse(serving: Serving, limit: int, where: Filter, sort: _Sort, start: int) -> FilmPage:
    order = _order(serving, sort)
    if not where.is_empty:
        order = order[where.mask(serving.model.catalog, serving.model.stats)[order]]
    end = start + limit
    return FilmPage(
        items=[FoundFilm(**dict(serving.film(code))) for code in order[start:end].tolist()],
        next=f"o{end}" if end < len(order) else None,
        total=len(order),
        model=serving.about,
    )


def _order(serving: Serving, sort: _Sort) -> Codes:
    """All films in an order; worked out once for each model."""
    key = f"order:{sort}"
    kept: Codes | None = serving.kept.get(key)
    if kept is None:
        kept = serving.kept[key] = _sorted(serving, sort)
    return kept


def _sorted(serving: Serving, sort: _Sort) -> Codes:
    catalog, stats = serving.model.catalog, serving.model.stats
    counts: NDArray[np.int64] = -np.asarray(stats.counts, dtype=np.int64)
    if sort == "title":
        names = [catalog.display_title(code).casefold() for code in range(len(catalog))]
        order = sorted(range(len(catalog)), key=lambda code: (names[code], catalog.years[code]))
        return np.asarray(order, dtype=np.int32)
    keys: list[NDArray[Any]]
    if sort == "stars":
        keys = [counts, -np.asarray(stats.means), stats.counts < _LEAST_FOR_STARS]
    elif sort == "year":
        keys = [counts, -np.asarray(catalog.years, dtype=np.int64)]
    else:
        keys = [counts]
    return np.lexsort(keys).astype(np.int32)


def _offset_of(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor[:1] == "o" and cursor[1:].isascii() and cursor[1:].isdigit()):
        raise Problem(
            422,
            "invalid-request",
            "cursor is not one of this list: pass what `next` of the page before was",
            errors=[("cursor", "is not one of this list")],
        )
    return int(cursor[1:])


@router.get("/films/{movie_id}", dependencies=[Depends(revalidated)])
async def get_film(
    shared: Shared, serving: Model, caller: Anybody, movie_id: _MovieId
) -> FilmDetails:
    """A film with its tags, its links, and what the caller said of it."""
    code = code_of(serving, movie_id)
    mine = None
    if caller is not None:
        mine = await shared.executor.store(_mine, shared, caller, serving, code)
    film = serving.film(code)
    return FilmDetails(
        **dict(film),
        tags=[name for name, _ in serving.model.catalog.tags.of(code)[:_MOST_TAGS]],
        mine=mine,
        links=Links(
            imdb=f"https://www.imdb.com/title/{film.imdb_id}/" if film.imdb_id else None,
            tmdb=f"https://www.themoviedb.org/movie/{film.tmdb_id}" if film.tmdb_id else None,
        ),
        model=serving.about,
    )


def _mine(shared: Services, caller: Caller, serving: Serving, code: int) -> Mine:
    movie_id = str(serving.model.catalog.movie_ids.id_of(code))
    state = shared.profiles.state(caller.person_id)
    return Mine(
        stars=state.stars.get(movie_id),
        seen=any(mark.movie_id == movie_id for mark in state.seen),
        watchlist=any(mark.movie_id == movie_id for mark in state.watchlist),
        not_interested=any(mark.movie_id == movie_id for mark in state.not_interested),
    )


@router.get("/genres", dependencies=[Depends(revalidated)])
async def list_genres(serving: Model) -> Genres:
    """What films can be narrowed by, with the number of films of each."""
    catalog = serving.model.catalog
    totals = np.asarray(catalog.genres).sum(axis=0).tolist()
    years = np.asarray(catalog.years, dtype=np.int64)
    decades, films = np.unique(years[years > 0] // 10 * 10, return_counts=True)
    return Genres(
        items=[
            Genre(name=name, films=int(count))
            for name, count in zip(catalog.genre_names, totals, strict=True)
        ],
        decades=[
            Decade(from_year=first, to_year=first + 9, films=count)
            for first, count in zip(decades.tolist(), films.tolist(), strict=True)
        ],
        model=serving.about,
    )


@router.get(
    "/films/{movie_id}/poster",
    response_class=Response,
    responses={
        200: {
            "description": "A picture.",
            "content": {"image/jpeg": _PICTURE, "image/png": _PICTURE, "image/webp": _PICTURE},
        },
    },
)
async def get_poster(shared: Shared, serving: Model, movie_id: _MovieId) -> Response:
    """From TMDB, for display only; show it with TMDB's logo and `attribution` of `GET /session`.

    404 where a film has none, and on servers that were started without `TMDB_API_KEY`.
    """
    film = serving.model.catalog.movie(code_of(serving, movie_id), tags=0)
    if shared.posters is None:
        raise Problem(
            404, "no-posters", "this server has no posters: it was started without TMDB_API_KEY"
        )
    picture = await shared.posters.find(film)
    if picture is None:
        raise Problem(
            404,
            "no-poster",
            f"TMDB has no poster of {film}",
            headers={"Cache-Control": "public, max-age=3600"},
        )
    return Response(
        picture.content,
        media_type=picture.media_type,
        headers={
            "Cache-Control": _KEEP_POSTER,
            "Last-Modified": formatdate(picture.fetched, usegmt=True),
        },
    )
