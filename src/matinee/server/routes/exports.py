"""Everything of a person, to take away."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from matinee.server.person import Somebody
from matinee.server.services import Shared

__all__ = ["router"]

router = APIRouter(prefix="/me", tags=["ratings"])

_FILM = {
    "movie_id": "318",
    "title": "The Shawshank Redemption",
    "year": 1994,
    "imdb_id": "tt0111161",
    "tmdb_id": 278,
}
_EXAMPLE = {
    "format": "matinee-export",
    "version": 1,
    "exported": "2026-11-21T12:00:00Z",
    "person": "Ann",
    "ratings": [{**_FILM, "stars": 4.5, "at": "2026-11-20T20:15:00Z"}],
    "seen": [],
    "watchlist": [],
    "not_interested": [],
    "decisions": {},
    "history": [],
}
_CSV = (
    "kind,movie_id,title,year,imdb_id,tmdb_id,stars,at\n"
    "rating,318,The Shawshank Redemption,1994,tt0111161,278,4.5,2026-11-20T20:15:00Z\n"
)
_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


@router.get(
    "/export",
    operation_id="exportMyFilms",
    summary="Everything that the caller said, as a file",
    response_class=Response,
    responses={
        200: {
            "description": "A file, which `POST /me/imports` reads again.",
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": _EXAMPLE},
                "text/csv": {"schema": {"type": "string"}, "example": _CSV},
            },
        }
    },
)
async def export(
    shared: Shared,
    caller: Somebody,
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
    text = await shared.work(write, caller.person_id)
    name = f"matinee-{dt.datetime.now(dt.UTC):%Y-%m-%d}.{form}"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    content = text.encode("utf-8", "replace")
    return Response(content, headers=headers, media_type=_TYPES[form])
