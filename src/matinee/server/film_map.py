"""The map of films of a model: the one beside it, or a plainer one that is made here."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

from matinee.errors import ParameterError
from matinee.explore.map import FilmMap, build_map, has_map, read_map

if TYPE_CHECKING:
    from matinee.server.holder import Serving

__all__ = ["KeptMap", "film_map", "kept_map"]

_KEY = "map"


@dataclasses.dataclass(frozen=True, eq=False)
class KeptMap:
    """A map, as long as its model answers.

    Attributes
    ----------
    film_map : FilmMap
    points : bytes
        As a browser draws them.
    version : str
        Changes with the map.
    beside : bool
        Whether it lay beside the model.
    """

    film_map: FilmMap
    points: bytes
    version: str
    beside: bool

    def about(self) -> dict[str, Any]:
        """What the API says of a map before its points are fetched."""
        found = self.film_map
        variance = found.explained_variance
        return {
            "layout": found.layout,
            "trustworthiness": found.trustworthiness,
            "explained_variance": None if variance is None else list(variance),
            "count": len(found),
            "genres": list(found.genre_names),
            "version": self.version,
        }


def film_map(serving: Serving) -> FilmMap | None:
    """The map to show; see :func:`kept_map`."""
    found = kept_map(serving)
    return None if found is None else found.film_map


def kept_map(serving: Serving) -> KeptMap | None:
    """The map to show; None for a model that does not place films in a space.

    `matinee map` and `matinee train --publish` put one beside the model that keeps neighbours
    together. Until there is one, the two directions in which films differ most have to do; they
    are worked out here once, in a second.

    Raises
    ------
    MapFormatError
        If the one beside the model is damaged.
    """
    with serving.making:
        kept: KeptMap | None = serving.kept.get(_KEY)
        if kept is not None and kept.beside:
            return kept
        path = serving.path
        if path is not None and has_map(path):
            kept = _keep(read_map(path), serving, beside=True)
        elif _KEY not in serving.kept:
            kept = _make(serving)
        serving.kept[_KEY] = kept
        return kept


def _make(serving: Serving) -> KeptMap | None:
    if not serving.model.has_movie_vectors:
        return None
    try:
        found = build_map(serving.model, layout="pca", version=serving.version)
    except ParameterError:  # too few films for a picture
        return None
    return _keep(found, serving, beside=False)


def _keep(found: FilmMap, serving: Serving, *, beside: bool) -> KeptMap:
    if serving.stars.factor != 1:
        found = dataclasses.replace(found, mean_stars=found.mean_stars * serving.stars.factor)
    points = found.to_bytes()
    return KeptMap(found, points, hashlib.sha256(points).hexdigest()[:12], beside)
