"""The map of films: what there is, its points as one compact binary, and their names."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from matinee.explore.map import FilmMap
from matinee.server.dependencies import Model, Shared, revalidated
from matinee.server.errors import Problem
from matinee.server.middleware import REVALIDATE
from matinee.server.model_holder import Serving
from matinee.server.schemas import Answer, ModelRef
from matinee.server.settings import API

__all__ = ["router"]

router = APIRouter(prefix=f"{API}/map", tags=["map"], dependencies=[Depends(revalidated)])

_BINARY = "application/octet-stream"


class MapAbout(Answer):
    """Whether there is a map of films, and how it was made."""

    available: bool
    layout: str | None = Field(description="`tsne`, `pca` or `umap`.", examples=["pca"])
    trustworthiness: float | None = Field(
        description="How far films that stand near each other belong together, 0 to 1.",
        examples=[0.83],
    )
    explained_variance: list[float] | None = Field(
        description="Share of the variance along x and y; for `pca`.", examples=[[0.21, 0.08]]
    )
    count: int = Field(description="Films on it.", examples=[9066])
    genres: list[str] = Field(
        description="Names of the genres by number.", examples=[["Drama", "Comedy"]]
    )
    version: str = Field(description="Changes with the map.", examples=["9c1d4e5f6a7b"])
    model: ModelRef


class MapNames(Answer):
    """The films of the points, in their order."""

    movie_ids: list[str] = Field(examples=[["318"]])
    titles: list[str] = Field(examples=[["The Shawshank Redemption"]])
    genres: list[str] = Field(examples=[["Crime", "Drama"]])


def _need(serving: Serving) -> FilmMap:
    found = serving.film_map()
    if found is None:
        raise Problem(
            404,
            "no-map",
            f"{serving.model.name} does not place films in a space, so there is no map; train "
            "another model, such as blend",
        )
    return found


@router.get("")
async def get_map(shared: Shared, serving: Model) -> MapAbout:
    """How the map was made, and how far it can be trusted."""
    return await shared.executor.compute(_about, serving)


def _about(serving: Serving) -> MapAbout:
    found = serving.film_map()
    variance = None if found is None else found.explained_variance
    return MapAbout(
        available=found is not None,
        layout=None if found is None else found.layout,
        trustworthiness=None if found is None else found.trustworthiness,
        explained_variance=None if variance is None else list(variance),
        count=0 if found is None else len(found),
        genres=[] if found is None else list(found.genre_names),
        version="" if found is None else hashlib.sha256(found.to_bytes()).hexdigest()[:12],
        model=serving.about,
    )


@router.get(
    "/points",
    response_class=Response,
    responses={
        200: {
            "description": "Little-endian columns; see the documentation of the map.",
            "content": {_BINARY: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def get_map_points(shared: Shared, serving: Model) -> Response:
    """Places, ratings, mean stars, years and genres of all films, the most rated first.

    A header of 16 bytes, then a column after the other, so that a browser's typed arrays can be
    laid over the bytes as they came.
    """
    points = await shared.executor.compute(lambda: _need(serving).to_bytes())
    headers = {"Cache-Control": REVALIDATE, "Matinee-Model": serving.version}
    return Response(points, headers=headers, media_type=_BINARY)


@router.get("/names")
async def get_map_names(shared: Shared, serving: Model) -> MapNames:
    """The films of the points, in their order."""

    def names() -> MapNames:
        found = _need(serving)
        return MapNames(
            movie_ids=[str(movie) for movie in found.movie_ids],
            titles=list(found.titles),
            genres=list(found.genre_names),
        )

    return await shared.executor.compute(names)
