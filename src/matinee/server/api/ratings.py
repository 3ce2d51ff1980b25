"""The caller's own films: stars, marks, history, export. Nobody can name another person here."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from matinee.server.auth import Caller, Reader, Writer
from matinee.server.dependencies import SameModel, Services, Shared, revalidated
from matinee.server.errors import Problem
from matinee.server.model_holder import Serving
from matinee.server.schemas import Answer, Asked, Film, StarValue, TimeText, example, utc
from matinee.server.settings import API
from matinee.store import Event, Kind, PersonState, StoredMark, StoredRating, find_film
from matinee.store import Film as StoredFilm

__all__ = ["router"]

router = APIRouter(prefix=f"{API}/me", tags=["ratings"])

Row = TypeVar("Row", bound=StoredRating | StoredMark)
_MovieId = Annotated[
    str,
    Path(min_length=1, max_length=200, description="A film's id as text.", examples=["318"]),
]
_Limit = Annotated[int, Query(ge=1, le=200, description="Films on a page.")]
_Cursor = Annotated[str | None, Query(max_length=4000, description="`next` of the page before.")]
_Sort = Literal["recent", "stars", "title"]
_Mark = Literal["seen", "watchlist", "not-interested"]
_MarkKind = Annotated[_Mark, Path(description="`seen`, `watchlist` or `not-interested`.")]
_Revision = Annotated[
    int, Field(description="Counts the changes of the caller's films.", examples=[17])
]
_Next = Annotated[
    str | None, Field(description="The cursor of the next page, if there is one.", examples=[None])
]


class Me(Answer):
    """The caller, in figures."""

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    ratings: int = Field(examples=[41])
    seen: int = Field(examples=[2])
    watchlist: int = Field(examples=[6])
    not_interested: int = Field(examples=[3])
    revision: _Revision


class MarkedFilm(Film):
    """A film, as far as the catalogue knows it, and when something was said of it."""

    in_catalog: bool = Field(description="False: not among the films of this model.")
    at: TimeText
    source: str = Field(examples=["web", "import:letterboxd"])


class RatedFilm(MarkedFilm):
    """A film with the caller's stars."""

    stars: float = Field(examples=[4.5])


class RatingPage(Answer):
    """One page of the caller's ratings."""

    items: list[RatedFilm]
    next: _Next
    total: int = Field(examples=[41])


class MarkPage(Answer):
    """One page of the films that the caller marked, the latest first."""

    items: list[MarkedFilm]
    next: _Next
    total: int = Field(examples=[6])


class Stars(Asked):
    """Stars for a film."""

    model_config = example({"stars": 4.5})

    stars: StarValue


class RatingChange(Answer):
    """What stands now."""

    movie_id: str = Field(examples=["318"])
    stars: float | None = Field(description="Null: not rated.", examples=[4.5])
    changed: bool = Field(description="False: it stood so already.")
    revision: _Revision


class MarkChange(Answer):
    """What stands now."""

    movie_id: str = Field(examples=["318"])
    kind: _Mark
    marked: bool
    changed: bool = Field(description="False: it stood so already.")
    revision: _Revision


class UndoneEvent(Answer):
    """What was undone."""

    kind: Kind
    movie_id: str = Field(examples=["318"])
    title: str | None = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(examples=[1994])
    value: float | None = Field(
        description="What stands now: stars, 1 for a mark, null for neither.", examples=[4.0]
    )


class Undone(Answer):
    """The last change, taken back; null if there was none."""

    undone: UndoneEvent | None
    revision: _Revision


class HistoryEvent(Answer):
    """One line of the caller's history."""

    event_id: int = Field(examples=[18])
    kind: Kind
    movie_id: str = Field(examples=["318"])
    title: str | None = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(examples=[1994])
    value: float | None = Field(
        description="Stars of a rating, 1 for a mark, null: taken away. Of an undo: what stood "
        "after it.",
        examples=[4.5],
    )
    at: TimeText
    source: str = Field(examples=["web"])
    batch: str | None = Field(description="The import that it came with.", examples=[None])
    undoes: int | None = Field(description="The event that this one undoes.", examples=[None])
    undone: bool = Field(description="Whether a later event undoes this one.")


class History(Answer):
    """One page of the caller's history, the latest first."""

    items: list[HistoryEvent]
    next: int | None = Field(
        description="`before` of the next page, if there is one.", examples=[17]
    )


class DeleteEverything(Asked):
    """Delete all that the caller said of films."""

    model_config = example({"confirm": "delete everything"})

    confirm: Literal["delete everything"]


class DeletedCounts(Answer):
    """How much there was."""

    ratings: int = Field(examples=[41])
    seen: int = Field(examples=[2])
    watchlist: int = Field(examples=[6])
    not_interested: int = Field(examples=[3])
    events: int = Field(description="Lines of the history.", examples=[52])


class Deleted(Answer):
    """What was deleted, for good."""

    deleted: DeletedCounts
    revision: _Revision


def _counts(state: PersonState) -> dict[str, int]:
    return {
        "ratings": len(state.ratings),
        "seen": len(state.seen),
        "watchlist": len(state.watchlist),
        "not_interested": len(state.not_interested),
    }


@router.get("", dependencies=[Depends(revalidated)])
async def get_me(shared: Shared, caller: Reader) -> Me:
    """How many films the caller rated and marked; the ETag changes with every change."""

    def read() -> Me:
        state, person = (
            shared.profiles.state(caller.person_id),
            shared.store.person(caller.person_id),
        )
        return Me(
            person_id=person.person_id,
            name=person.name,
            revision=state.revision,
            **_counts(state),
        )

    return await shared.executor.store(read)


# -- pages of films -----------------------------------------------------------------------------


def _model(shared: Services) -> Serving | None:
    """The model, as far as there is one: one's own films can be seen while it is trained."""
    return shared.models.serving() if shared.models.is_ready else None


def _shown(serving: Serving | None, row: StoredRating | StoredMark) -> dict[str, Any]:
    """A stored film, from the catalogue or else from what was kept of it."""
    more = {"at": utc(row.at), "source": row.source}
    if serving is not None:
        found = find_film(serving.model.catalog, row.movie_id, row.film)
        if found is not None:
            code = serving.model.catalog.movie_ids.code_of(found)
            return {**dict(serving.film(code)), "in_catalog": True, **more}
    film = row.film
    return {
        "movie_id": row.movie_id,
        "title": f"film {row.movie_id}" if film is None else film.title,
        "year": None if film is None else film.year,
        "genres": [],
        "imdb_id": None if film is None else film.imdb_id,
        "tmdb_id": None if film is None else film.tmdb_id,
        "mean_stars": None,
        "ratings": 0,
        "poster": None,
        "in_catalog": False,
        **more,
    }


def _title(row: StoredRating) -> str:
    return row.movie_id if row.film is None else row.film.title.casefold()


_KEYS: dict[_Sort, Callable[[StoredRating], list[Any]]] = {
    "recent": lambda row: [-row.at, row.movie_id],
    "stars": lambda row: [-row.stars, _title(row), row.movie_id],
    "title": lambda row: [_title(row), row.movie_id],
}


def _page(
    rows: Sequence[Row], key: Callable[[Row], list[Any]], order: str, limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
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


@router.get("/ratings")
async def list_ratings(
    shared: Shared,
    caller: Reader,
    limit: _Limit = 50,
    cursor: _Cursor = None,
    sort: Annotated[
        _Sort, Query(description="The latest first, the best first, or by title.")
    ] = "recent",
) -> RatingPage:
    """In pages; a change in between neither repeats nor hides a film of the later pages."""

    def read() -> RatingPage:
        state, serving = shared.profiles.state(caller.person_id), _model(shared)
        page, following = _page(state.ratings, _KEYS[sort], sort, limit, cursor)
        items = [RatedFilm(**_shown(serving, row), stars=row.stars) for row in page]
        return RatingPage(items=items, next=following, total=len(state.ratings))

    return await shared.executor.store(read)


def _marks(state: PersonState, kind: _Mark) -> tuple[StoredMark, ...]:
    marks: dict[_Mark, tuple[StoredMark, ...]] = {
        "seen": state.seen,
        "watchlist": state.watchlist,
        "not-interested": state.not_interested,
    }
    return marks[kind]


@router.get("/marks/{kind}")
async def list_marks(
    shared: Shared, caller: Reader, kind: _MarkKind, limit: _Limit = 50, cursor: _Cursor = None
) -> MarkPage:
    """In pages, the latest first."""

    def read() -> MarkPage:
        rows, serving = _marks(shared.profiles.state(caller.person_id), kind), _model(shared)
        page, following = _page(rows, lambda row: [-row.at, row.movie_id], "marks", limit, cursor)
        items = [MarkedFilm(**_shown(serving, row)) for row in page]
        return MarkPage(items=items, next=following, total=len(rows))

    return await shared.executor.store(read)


# -- stars and marks ----------------------------------------------------------------------------


def _stored(
    state: PersonState, serving: Serving | None, movie_id: str
) -> tuple[str, StoredFilm | None]:
    """The id in the store of the film that an address names, and what is to be kept of the film.

    Films that were rated with another data set have that one's ids there.

    Raises
    ------
    Problem
        404 if neither the catalogue nor the person has it.
    """
    rows: list[StoredRating | StoredMark] = [*state.ratings, *state.seen]
    rows += [*state.watchlist, *state.not_interested]
    code = -1 if serving is None else serving.model.catalog.movie_ids.code_of(movie_id)
    if serving is not None and code >= 0:
        movie = serving.model.catalog.movie(code, tags=0)
        stored_id = str(movie.movie_id)
        if not any(row.movie_id == stored_id for row in rows):
            here = StoredFilm.of(movie)
            known = (
                row.movie_id for row in rows if row.film is not None and row.film.is_same(here)
            )
            stored_id = next(known, stored_id)
        film = StoredFilm(stored_id, movie.title, movie.year, movie.imdb_id, movie.tmdb_id)
        return stored_id, film
    if any(row.movie_id == movie_id for row in rows):
        return movie_id, None
    raise Problem(
        404,
        "unknown-movie",
        f"no film {movie_id!r} here, neither in the catalogue nor among yours; GET /api/v1/films "
        f"finds films by title",
    )


def _rate(shared: Services, caller: Caller, movie_id: str, stars: float | None) -> RatingChange:
    state = shared.profiles.state(caller.person_id)
    stored_id, film = _stored(state, _model(shared), movie_id)
    event = shared.store.rate(caller.person_id, stored_id, stars, source="web", film=film)
    return RatingChange(
        movie_id=stored_id,
        stars=stars,
        changed=event is not None,
        revision=shared.store.revision(caller.person_id),
    )


@router.put("/ratings/{movie_id}", dependencies=[SameModel])
async def rate_film(
    shared: Shared, caller: Writer, movie_id: _MovieId, body: Stars
) -> RatingChange:
    """What was said before stays in the history. Saying the same again changes nothing."""
    shared.models.serving()
    return await shared.executor.store(_rate, shared, caller, movie_id, body.stars)


@router.delete("/ratings/{movie_id}", dependencies=[SameModel])
async def unrate_film(shared: Shared, caller: Writer, movie_id: _MovieId) -> RatingChange:
    """The history keeps them; `undo` brings them back."""
    return await shared.executor.store(_rate, shared, caller, movie_id, None)


def _mark(shared: Services, caller: Caller, kind: _Mark, movie_id: str, on: bool) -> MarkChange:
    state = shared.profiles.state(caller.person_id)
    stored_id, film = _stored(state, _model(shared), movie_id)
    event = shared.store.mark(caller.person_id, stored_id, kind, on, source="web", film=film)
    return MarkChange(
        movie_id=stored_id,
        kind=kind,
        marked=on,
        changed=event is not None,
        revision=shared.store.revision(caller.person_id),
    )


@router.put("/marks/{kind}/{movie_id}", dependencies=[SameModel])
async def mark_film(
    shared: Shared, caller: Writer, kind: _MarkKind, movie_id: _MovieId
) -> MarkChange:
    """As seen, for the watchlist, or as one that the caller is not interested in."""
    shared.models.serving()
    return await shared.executor.store(_mark, shared, caller, kind, movie_id, True)


@router.delete("/marks/{kind}/{movie_id}", dependencies=[SameModel])
async def unmark_film(
    shared: Shared, caller: Writer, kind: _MarkKind, movie_id: _MovieId
) -> MarkChange:
    """The history keeps it; `undo` brings it back."""
    return await shared.executor.store(_mark, shared, caller, kind, movie_id, False)


# -- history ------------------------------------------------------------------------------------


@router.post("/undo")
async def undo_change(shared: Shared, caller: Writer) -> Undone:
    """Again: the change before it. `undone` is null when there is nothing left."""

    def take_back() -> Undone:
        event = shared.store.undo(caller.person_id)
        undone = None
        if event is not None:
            undone = UndoneEvent(
                kind=event.kind,
                movie_id=event.movie_id,
                title=None if event.film is None else event.film.title,
                year=None if event.film is None else event.film.year,
                value=event.value,
            )
        return Undone(undone=undone, revision=shared.store.revision(caller.person_id))

    return await shared.executor.store(take_back)


@router.get("/history")
async def list_history(
    shared: Shared,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200, description="Lines on a page.")] = 50,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="`next` of the page before.")
    ] = None,
) -> History:
    """Every change with its time and source, the latest first."""
    events = await shared.executor.store(
        shared.store.history, caller.person_id, limit=limit + 1, before=before
    )
    following = events[limit - 1].event_id if len(events) > limit else None
    return History(items=[_event(one) for one in events[:limit]], next=following)


def _event(event: Event) -> HistoryEvent:
    return HistoryEvent(
        event_id=event.event_id,
        kind=event.kind,
        movie_id=event.movie_id,
        title=None if event.film is None else event.film.title,
        year=None if event.film is None else event.film.year,
        value=event.value,
        at=utc(event.at),
        source=event.source,
        batch=event.batch,
        undoes=event.undoes,
        undone=event.undone,
    )


@router.delete("/data")
async def delete_everything(
    shared: Shared,
    caller: Writer,
    body: DeleteEverything,  # noqa: ARG001 - that it is there is the point
) -> Deleted:
    """Ratings, marks, history and decisions about imports, for good; the account stays."""

    def delete() -> Deleted:
        state = shared.store.state(caller.person_id)
        events = shared.store.delete_everything(caller.person_id)
        shared.uploads.drop_all(caller.person_id)
        return Deleted(
            deleted=DeletedCounts(**_counts(state), events=events),
            revision=shared.store.revision(caller.person_id),
        )

    return await shared.executor.store(delete)


# -- export -------------------------------------------------------------------------------------

_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {
            "description": "A file, which `POST /me/imports` reads again.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
)
async def export_films(
    shared: Shared,
    caller: Reader,
    form: Annotated[
        Literal["json", "csv"],
        Query(
            alias="format",
            description="`json` has everything, history included; `csv` has what stands, for a "
            "spreadsheet.",
        ),
    ] = "json",
) -> Response:
    """The same files as those of `matinee export`."""
    write = shared.store.export_csv if form == "csv" else shared.store.export_json
    text = await shared.executor.store(write, caller.person_id)
    name = f"matinee-{dt.datetime.now(dt.UTC):%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8", "replace"), headers=headers, media_type=_TYPES[form])
