"""The map of films: what there is, its points as one compact binary, and their names."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from matinee.server.film_map import KeptMap, kept_map
from matinee.server.holder import Serving
from matinee.server.problems import Problem
from matinee.server.rendering import KEEP_BUT_ASK, etag_of, json_answer, unchanged
from matinee.server.schemas.model import MapAbout
from matinee.server.services import Model, Shared

__all__ = ["router"]

router = APIRouter(prefix="/map", tags=["map"])

_BINARY = "application/octet-stream"
_NOTHING: dict[str, Any] = {
    "layout": None,
    "trustworthiness": None,
    "explained_variance": None,
    "count": 0,
    "genres": [],
    "version": "",
}


def _need(serving: Serving) -> KeptMap:
    found = kept_map(serving)
    if found is None:
        raise Problem(
            404,
            "no-map",
            f"{serving.model.name} does not place films in a space, so there is no map; train "
            "another model, such as blend",
        )
    return found


@router.get("", operation_id="getMap", summary="Whether there is a map", response_model=MapAbout)
async def read_map(request: Request, shared: Shared, serving: Model) -> Response:
    """How the map was made, and how far it can be trusted."""
    found = await shared.work(kept_map, serving)
    told = _NOTHING if found is None else found.about()
    etag = etag_of(serving.version, "map", told["version"])
    known = unchanged(request, etag)
    if known is not None:
        return known
    value = {"available": found is not None, **told, "model": serving.about}
    return json_answer(value, etag=etag, version=serving.version)


@router.get(
    "/points",
    operation_id="getMapPoints",
    summary="The points, as one binary",
    response_class=Response,
    responses={
        200: {
            "description": "Little-endian columns; see the documentation of the map.",
            "content": {_BINARY: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def read_points(request: Request, shared: Shared, serving: Model) -> Response:
    """Places, ratings, mean stars, years and genres of all films, the most rated first.

    A header of 16 bytes, then a column after the other, so that a browser's typed arrays can be
    laid over the bytes as they came.
    """
    found = await shared.work(_need, serving)
    etag = etag_of(serving.version, "map-points", found.version)
    known = unchanged(request, etag)
    if known is not None:
        return known
    headers = {"ETag": etag, "Cache-Control": KEEP_BUT_ASK, "Matinee-Model": serving.version}
    return Response(found.points, headers=headers, media_type=_BINARY)


@router.get(
    "/names",
    operation_id="getMapNames",
    summary="Ids and titles of the points",
    responses={
        200: {
            "description": "`movie_ids`, `titles` and `genres`, in the order of the points.",
            "content": {
                "application/json": {
                    "schema": {"type": "object"},
                    "example": {
                        "format": "matinee-map",
                        "version": 1,
                        "count": 1,
                        "movie_ids": ["318"],
                        "titles": ["The Shawshank Redemption"],
                        "genres": ["Crime", "Drama"],
                    },
                }
            },
        }
    },
)
async def read_names(request: Request, shared: Shared, serving: Model) -> Response:
    """The films of the points, in their order."""
    found = await shared.work(_need, serving)
    etag = etag_of(serving.version, "map-names", found.version)
    known = unchanged(request, etag)
    if known is not None:
        return known

    def names() -> Response:
        told = found.film_map.names()
        told["movie_ids"] = [str(movie) for movie in told["movie_ids"]]
        return json_answer(told, etag=etag, version=serving.version)

    return await shared.work(names)
