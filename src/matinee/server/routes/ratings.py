"""The caller's own films: stars, marks, history. Nobody can name another person here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from matinee.server.belongings import (
    RatingSort,
    page_of_marks,
    page_of_ratings,
    place_of,
)
from matinee.server.holder import Serving
from matinee.server.person import Caller, Somebody, Writer
from matinee.server.personal import Personal, PersonalServices, utc
from matinee.server.rendering import etag_of, json_answer, unchanged
from matinee.server.schemas.ratings import (
    Deleted,
    DeleteEverything,
    History,
    MarkChange,
    MarkPage,
    Me,
    RatingChange,
    RatingPage,
    Stars,
    Undone,
)
from matinee.server.services import Services, Shared
from matinee.store import Event, Film, PersonState, StoredMark

__all__ = ["router"]

router = APIRouter(prefix="/me", tags=["ratings"])

_MovieId = Annotated[
    str,
    Path(min_length=1, max_length=200, description="A film's id as text.", examples=["318"]),
]
_Limit = Annotated[int, Query(ge=1, le=200, description="Films on a page.")]
_Cursor = Annotated[str | None, Query(max_length=4000, description="`next` of the page before.")]
_Mark = Literal["seen", "watchlist", "not-interested"]
_MarkKind = Annotated[_Mark, Path(description="`seen`, `watchlist` or `not-interested`.")]


def _model(shared: Services) -> Serving | None:
    """The model, as far as there is one: one's own films can be seen while it is trained."""
    return shared.models.serving() if shared.models.is_ready else None


def _marks(state: PersonState, kind: _Mark) -> tuple[StoredMark, ...]:
    marks = {
        "seen": state.seen,
        "watchlist": state.watchlist,
        "not-interested": state.not_interested,
    }
    return marks[kind]


@router.get("", operation_id="getMe", summary="The caller, in figures", response_model=Me)
async def me(request: Request, shared: Shared, caller: Somebody) -> Response:
    """How many films the caller rated and marked; the ETag changes with every change."""
    return await shared.work(_me, request, shared, caller)


def _me(request: Request, shared: Services, caller: Caller) -> Response:
    person = shared.store.person(caller.person_id)
    etag = etag_of("me", person.person_id, person.name, person.revision)
    known = unchanged(request, etag)
    if known is not None:
        return known
    state = shared.profiles.state(caller.person_id)
    value = {
        "person_id": person.person_id,
        "name": person.name,
        "ratings": len(state.ratings),
        "seen": len(state.seen),
        "watchlist": len(state.watchlist),
        "not_interested": len(state.not_interested),
        "revision": person.revision,
    }
    return json_answer(value, etag=etag)


# -- stars --------------------------------------------------------------------------------------


@router.get(
    "/ratings",
    operation_id="listMyRatings",
    summary="The caller's ratings",
    response_model=RatingPage,
)
async def ratings(
    shared: Shared,
    caller: Somebody,
    limit: _Limit = 50,
    cursor: _Cursor = None,
    sort: Annotated[
        RatingSort, Query(description="The latest first, the best first, or by title.")
    ] = "recent",
) -> Response:
    """In pages; a change in between neither repeats nor hides a film of the later pages."""

    def answer() -> Response:
        state = shared.profiles.state(caller.person_id)
        return json_answer(page_of_ratings(state, _model(shared), sort, limit, cursor))

    return await shared.work(answer)


@router.put(
    "/ratings/{movie_id}",
    operation_id="rateFilm",
    summary="Give a film stars",
    response_model=RatingChange,
)
async def rate(shared: Shared, caller: Writer, movie_id: _MovieId, body: Stars) -> Response:
    """What was said before stays in the history. Saying the same again changes nothing."""
    shared.models.serving()
    return await shared.work(_rate, shared, caller, movie_id, body.stars)


@router.delete(
    "/ratings/{movie_id}",
    operation_id="unrateFilm",
    summary="Take the stars of a film away",
    response_model=RatingChange,
)
async def unrate(shared: Shared, caller: Writer, movie_id: _MovieId) -> Response:
    """The history keeps them; `undo` brings them back."""
    return await shared.work(_rate, shared, caller, movie_id, None)


def _rate(shared: Services, caller: Caller, movie_id: str, stars: float | None) -> Response:
    def say(stored_id: str, film: Film | None) -> Event | None:
        return shared.store.rate(caller.person_id, stored_id, stars, source="web", film=film)

    stored_id, changed, revision = _say(shared, caller, movie_id, say)
    return json_answer(
        {"movie_id": stored_id, "stars": stars, "changed": changed, "revision": revision}
    )


def _say(
    shared: Services,
    caller: Caller,
    movie_id: str,
    say: Callable[[str, Film | None], Event | None],
) -> tuple[str, bool, int]:
    """Write what is said of a film; its id, whether that changed anything, and the revision."""
    serving = _model(shared)
    state = shared.profiles.state(caller.person_id)
    place = place_of(state, serving, movie_id)
    film = None
    if place.code >= 0 and serving is not None:
        movie = serving.model.catalog.movie(place.code, tags=0)
        film = Film(place.stored_id, movie.title, movie.year, movie.imdb_id, movie.tmdb_id)
    event = say(place.stored_id, film)
    return place.stored_id, event is not None, shared.store.revision(caller.person_id)


# -- marks --------------------------------------------------------------------------------------


@router.get(
    "/marks/{kind}",
    operation_id="listMyMarks",
    summary="Films that the caller marked",
    response_model=MarkPage,
)
async def marks(
    shared: Shared, caller: Somebody, kind: _MarkKind, limit: _Limit = 50, cursor: _Cursor = None
) -> Response:
    """In pages, the latest first."""

    def answer() -> Response:
        rows = _marks(shared.profiles.state(caller.person_id), kind)
        return json_answer(page_of_marks(rows, _model(shared), limit, cursor))

    return await shared.work(answer)


@router.put(
    "/marks/{kind}/{movie_id}",
    operation_id="markFilm",
    summary="Mark a film",
    response_model=MarkChange,
)
async def mark(shared: Shared, caller: Writer, kind: _MarkKind, movie_id: _MovieId) -> Response:
    """As seen, for the watchlist, or as one that the caller is not interested in."""
    shared.models.serving()
    return await shared.work(_mark, shared, caller, kind, movie_id, True)


@router.delete(
    "/marks/{kind}/{movie_id}",
    operation_id="unmarkFilm",
    summary="Take a mark away",
    response_model=MarkChange,
)
async def unmark(shared: Shared, caller: Writer, kind: _MarkKind, movie_id: _MovieId) -> Response:
    """The history keeps it; `undo` brings it back."""
    return await shared.work(_mark, shared, caller, kind, movie_id, False)


def _mark(shared: Services, caller: Caller, kind: _Mark, movie_id: str, on: bool) -> Response:
    def say(stored_id: str, film: Film | None) -> Event | None:
        return shared.store.mark(caller.person_id, stored_id, kind, on, source="web", film=film)

    stored_id, changed, revision = _say(shared, caller, movie_id, say)
    return json_answer(
        {
            "movie_id": stored_id,
            "kind": kind,
            "marked": on,
            "changed": changed,
            "revision": revision,
        }
    )


# -- history ------------------------------------------------------------------------------------


@router.post("/undo", operation_id="undo", summary="Undo the last change", response_model=Undone)
async def undo(shared: Shared, caller: Writer) -> Response:
    """Again: the change before it. `undone` is null when there is nothing left."""
    return await shared.work(_undo, shared, caller)


def _undo(shared: Services, caller: Caller) -> Response:
    event = shared.store.undo(caller.person_id)
    undone = None
    if event is not None:
        undone = {name: _event(event)[name] for name in ("kind", "movie_id", "title", "year")}
        undone["value"] = event.value
    return json_answer({"undone": undone, "revision": shared.store.revision(caller.person_id)})


@router.get(
    "/history", operation_id="listMyHistory", summary="The caller's history", response_model=History
)
async def history(
    shared: Shared,
    caller: Somebody,
    limit: Annotated[int, Query(ge=1, le=200, description="Lines on a page.")] = 50,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="`next` of the page before.")
    ] = None,
) -> Response:
    """Every change with its time and source, the latest first."""

    def answer() -> Response:
        events = shared.store.history(caller.person_id, limit=limit + 1, before=before)
        following = events[limit - 1].event_id if len(events) > limit else None
        return json_answer({"items": [_event(one) for one in events[:limit]], "next": following})

    return await shared.work(answer)


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "kind": event.kind,
        "movie_id": event.movie_id,
        "title": None if event.film is None else event.film.title,
        "year": None if event.film is None else event.film.year,
        "value": event.value,
        "at": utc(event.at),
        "source": event.source,
        "batch": event.batch,
        "undoes": event.undoes,
        "undone": event.undone,
    }


@router.delete(
    "/data",
    operation_id="deleteMyData",
    summary="Delete everything that the caller said",
    response_model=Deleted,
)
async def delete_everything(
    shared: Shared,
    personal: Personal,
    caller: Writer,
    body: DeleteEverything,  # noqa: ARG001 - that it is there is the point
) -> Response:
    """Ratings, marks, history and decisions about imports, for good; the account stays."""
    return await shared.work(_delete_everything, shared, personal, caller)


def _delete_everything(shared: Services, personal: PersonalServices, caller: Caller) -> Response:
    state = shared.store.state(caller.person_id)
    events = shared.store.delete_everything(caller.person_id)
    personal.uploads.drop_all(caller.person_id)
    deleted = {
        "ratings": len(state.ratings),
        "seen": len(state.seen),
        "watchlist": len(state.watchlist),
        "not_interested": len(state.not_interested),
        "events": events,
    }
    return json_answer({"deleted": deleted, "revision": shared.store.revision(caller.person_id)})
