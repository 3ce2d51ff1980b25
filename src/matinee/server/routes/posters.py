"""Real posters, where the server has a key of TMDB."""

from __future__ import annotations

from email.utils import formatdate
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from matinee.server.posters import Posters
from matinee.server.problems import Problem
from matinee.server.rendering import etag_of, unchanged
from matinee.server.routes.films import MovieIdInPath, code_of
from matinee.server.services import Model

__all__ = ["router"]

router = APIRouter(tags=["films"])

_KEEP = "public, max-age=86400"
_PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


async def _posters_of(request: Request) -> Posters | None:
    posters: Posters | None = request.app.state.posters
    return posters


@router.get(
    "/films/{movie_id}/poster",
    operation_id="getPoster",
    summary="The poster of a film",
    response_class=Response,
    responses={
        200: {
            "description": "A picture.",
            "content": {"image/jpeg": _PICTURE, "image/png": _PICTURE, "image/webp": _PICTURE},
        },
        503: {"description": "TMDB cannot be asked now."},
    },
)
async def poster(
    request: Request,
    serving: Model,
    posters: Annotated[Posters | None, Depends(_posters_of)],
    movie_id: MovieIdInPath,
) -> Response:
    """From TMDB, for display only; show it with TMDB's logo and `attribution` of `GET /session`.

    404 where a film has none, and on servers that were started without `TMDB_API_KEY`.
    """
    film = serving.model.catalog.movie(code_of(serving, movie_id), tags=0)
    if posters is None:
        raise Problem(
            404, "no-posters", "this server has no posters: it was started without TMDB_API_KEY"
        )
    picture = await posters.find(film)
    if picture is None:
        raise Problem(
            404,
            "no-poster",
            f"TMDB has no poster of {film}",
            headers={"Cache-Control": "public, max-age=3600"},
        )
    etag = etag_of("poster", posters.key_of(film), int(picture.fetched))
    known = unchanged(request, etag)
    if known is not None:
        return known
    return Response(
        picture.content,
        media_type=picture.media_type,
        headers={
            "Cache-Control": _KEEP,
            "ETag": etag,
            "Last-Modified": formatdate(picture.fetched, usegmt=True),
        },
    )
