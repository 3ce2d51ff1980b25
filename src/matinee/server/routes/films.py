"""Films: search while typing, browse, look at one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from numpy.typing import NDArray

from matinee.errors import UnknownMovieError
from matinee.filters import Filter
from matinee.ids import Codes
from matinee.server.direct import DirectRoute
from matinee.server.holder import Serving
from matinee.server.latest import Latest
from matinee.server.person import Anybody, Caller
from matinee.server.picks import unknown_movie
from matinee.server.problems import Problem
from matinee.server.rendering import etag_of, json_answer, to_json, unchanged
from matinee.server.schemas.films import FilmDetails, FilmPage, Genres
from matinee.server.schemas.lists import SimilarFilms
from matinee.server.scoring import most_similar
from matinee.server.services import Model, Services, Shared

__all__ = ["MovieIdInPath", "code_of", "router"]

router = APIRouter(tags=["films"], route_class=DirectRoute)

MovieIdInPath = Annotated[
    str, Path(max_length=100, description="A film's id in the catalogue.", examples=["318"])
]
_Sort = Literal["ratings", "stars", "title", "year"]
_SEARCHED = 300  # hits that are looked at where a search is narrowed as well
_LEAST_FOR_STARS = 20
_MOST_TAGS = 20
_MOST_SIMILAR = 512  # answers of some kilobytes each


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


@router.get(
    "/films", operation_id="listFilms", summary="Search or browse films", response_model=FilmPage
)
async def films(
    request: Request,
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
) -> Response:
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
        page = await shared.work.brief(_search, serving, q, limit, where)
        return json_answer(page, version=serving.version)
    start = _offset_of(cursor)
    etag = etag_of(serving.version, "films", limit, genre, decade, sort, start)
    known = unchanged(request, etag)
    if known is not None:
        return known
    page = await shared.work(_browse, serving, limit, where, sort, start)
    return json_answer(page, etag=etag, version=serving.version)


def _search(serving: Serving, q: str, limit: int, where: Filter) -> dict[str, Any]:
    catalog = serving.model.catalog
    mask = None if where.is_empty else where.mask(catalog, serving.model.stats)
    matches = catalog.search(q, limit if mask is None else _SEARCHED)
    found = [match for match in matches if mask is None or mask[match.code]][:limit]
    items = [
        {**serving.films.show(match.code), "confidence": match.confidence, "how": match.how}
        for match in found
    ]
    return {"items": items, "next": None, "total": None, "model": serving.about}


def _browse(serving: Serving, limit: int, where: Filter, sort: _Sort, start: int) -> dict[str, Any]:
    order = _order(serving, sort)
    if not where.is_empty:
        order = order[where.mask(serving.model.catalog, serving.model.stats)[order]]
    end = start + limit
    return {
        "items": [serving.films.show(code) for code in order[start:end].tolist()],
        "next": f"o{end}" if end < len(order) else None,
        "total": len(order),
        "model": serving.about,
    }


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


@router.get(
    "/films/{movie_id}", operation_id="getFilm", summary="One film", response_model=FilmDetails
)
async def film(
    request: Request, shared: Shared, serving: Model, caller: Anybody, movie_id: MovieIdInPath
) -> Response:
    """A film with its tags, its links, and what the caller said of it."""
    return await shared.work(_film, request, shared, serving, caller, movie_id)


def _film(
    request: Request, shared: Services, serving: Serving, caller: Caller | None, movie_id: str
) -> Response:
    code = code_of(serving, movie_id)
    mine = None if caller is None else _mine(shared, caller, serving, code)
    etag = etag_of(serving.version, "film", movie_id, mine)
    known = unchanged(request, etag)
    if known is not None:
        return known
    shown = serving.films.show(code)
    tags = [name for name, _ in serving.model.catalog.tags.of(code)[:_MOST_TAGS]]
    details = {
        **shown,
        "tags": tags,
        "mine": mine,
        "links": {
            "imdb": _link("https://www.imdb.com/title/{}/", shown["imdb_id"]),
            "tmdb": _link("https://www.themoviedb.org/movie/{}", shown["tmdb_id"]),
        },
        "model": serving.about,
    }
    return json_answer(details, etag=etag, version=serving.version)


def _mine(shared: Services, caller: Caller, serving: Serving, code: int) -> dict[str, Any]:
    movie_id = str(serving.model.catalog.movie_ids.id_of(code))
    state = shared.profiles.state(caller.person_id)
    return {
        "stars": state.stars.get(movie_id),
        "seen": any(mark.movie_id == movie_id for mark in state.seen),
        "watchlist": any(mark.movie_id == movie_id for mark in state.watchlist),
        "not_interested": any(mark.movie_id == movie_id for mark in state.not_interested),
    }


def _link(form: str, number: object) -> str | None:
    return None if number is None else form.format(number)


@router.get(
    "/films/{movie_id}/similar",
    operation_id="listSimilarFilms",
    summary="Films like a film",
    response_model=SimilarFilms,
)
async def similar(
    request: Request,
    shared: Shared,
    serving: Model,
    movie_id: MovieIdInPath,
    limit: Annotated[int, Query(ge=1, le=100, description="How many films.")] = 12,
) -> Response:
    """The most similar first; the score is the similarity, in the model's own unit."""
    etag = etag_of(serving.version, "similar", movie_id, limit)
    known = unchanged(request, etag)
    if known is not None:
        return known
    question = code_of(serving, movie_id), limit
    kept: Latest[tuple[int, int], bytes] | None = serving.kept.get("similar")
    if kept is None:  # what is similar depends on the model alone
        kept = serving.kept["similar"] = Latest(_MOST_SIMILAR)
    body = kept.get(question)
    if body is None:
        body = await shared.work.together(_similar, (serving, *question), of=serving.version)
        kept.put(question, body)
    return json_answer(orjson.Fragment(body), etag=etag, version=serving.version)


def _similar(questions: Sequence[tuple[Serving, int, int]]) -> list[bytes]:
    """The films like each of some films, so many for each, as JSON."""
    serving = questions[0][0]
    codes = np.asarray([code for _, code, _ in questions], dtype=np.int32)
    text = serving.films.text
    answers = []
    for films, scores in most_similar(serving.model, codes, [limit for *_, limit in questions]):
        items = ",".join(
            f'{text(film)},"rank":{rank},"score":{score:.5f},"stars":null,"interval":null,'
            f'"reasons":[]}}'
            for rank, (film, score) in enumerate(zip(films.tolist(), scores, strict=True), start=1)
        )
        answers.append(to_json({"items": orjson.Fragment(f"[{items}]"), "model": serving.about}))
    return answers


@router.get(
    "/genres",
    operation_id="listGenres",
    summary="Genres and decades of the catalogue",
    response_model=Genres,
)
async def genres(request: Request, shared: Shared, serving: Model) -> Response:
    """What films can be narrowed by, with the number of films of each."""
    etag = etag_of(serving.version, "genres")
    known = unchanged(request, etag)
    if known is not None:
        return known
    value = await shared.work(_genres, serving)
    return json_answer(value, etag=etag, version=serving.version)


def _genres(serving: Serving) -> dict[str, Any]:
    catalog = serving.model.catalog
    totals = np.asarray(catalog.genres).sum(axis=0).tolist()
    years = np.asarray(catalog.years, dtype=np.int64)
    decades, films = np.unique(years[years > 0] // 10 * 10, return_counts=True)
    return {
        "items": [
            {"name": name, "films": int(count)}
            for name, count in zip(catalog.genre_names, totals, strict=True)
        ],
        "decades": [
            {"from_year": int(first), "to_year": int(first) + 9, "films": int(count)}
            for first, count in zip(decades, films, strict=True)
        ],
        "model": serving.about,
    }
