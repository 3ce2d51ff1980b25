"""The map of films of a model: the one beside it, or two principal components of its vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.explore.map import FilmMap, has_map, read_map
from matinee.explore.map.format import NO_GENRE

if TYPE_CHECKING:
    from matinee.server.holder import Serving

__all__ = ["film_map", "principal_map"]

_KEY = "map"


def film_map(serving: Serving) -> FilmMap | None:
    """The map to show; None for a model that does not place films in a space.

    `matinee map` puts a better one beside the model. Without it, the broad arrangement is made
    here once, in a second.

    Raises
    ------
    MapFormatError
        If the one beside the model is damaged.
    """
    if _KEY not in serving.kept:
        serving.kept[_KEY] = _find(serving)
    found: FilmMap | None = serving.kept[_KEY]
    return found


def _find(serving: Serving) -> FilmMap | None:
    if serving.path is not None and has_map(serving.path):
        return read_map(serving.path)
    if not serving.model.has_movie_vectors:
        return None
    return principal_map(serving)


def principal_map(serving: Serving) -> FilmMap:
    """Films by the two directions in which their vectors differ most.

    References
    ----------
    Pearson, "On lines and planes of closest fit to systems of points in space" (1901).
    """
    model = serving.model
    catalog, stats = model.catalog, model.stats
    vectors = model.movie_vectors()
    counts = np.asarray(stats.counts, dtype=np.int64)
    codes = np.flatnonzero((np.abs(vectors).sum(axis=1) > 0) & (counts > 0))
    codes = codes[np.argsort(-counts[codes], kind="stable")]
    places, shares = _plane(vectors[codes].astype(np.float64))
    rated = np.asarray(stats.means, dtype=np.float64)[codes] * serving.stars.factor
    return FilmMap(
        x=places[:, 0],
        y=places[:, 1],
        ratings=counts[codes].astype(np.uint32),
        mean_stars=rated.astype(np.float32),
        years=np.asarray(catalog.years[codes], dtype=np.int16),
        genres=_main_genres(np.asarray(catalog.genres[codes])),
        genre_names=list(catalog.genre_names[: NO_GENRE - 1]),
        movie_ids=[str(movie) for movie in catalog.movie_ids.decode(codes.astype(np.int32))],
        titles=[catalog.display_title(code) for code in codes.tolist()],
        layout="pca",
        model=model.name,
        model_version=serving.version,
        dataset=str(model.trained_on["dataset"]),
        explained_variance=shares,
    )


def _plane(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float32], tuple[float, float]]:
    if not len(vectors):
        return np.empty((0, 2), dtype=np.float32), (0.0, 0.0)
    centred = vectors - vectors.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    axes = directions[:, ::-1][:, :2]
    # The sign of an axis is free; fixed here, a map does not flip from one start to the next.
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)
    places = centred @ axes
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 1)))
    largest = float(np.abs(places).max())
    total = max(float(values.sum()), 1e-12)
    shares = [float(max(value, 0.0)) / total for value in (*values[::-1][:2], 0.0)]
    return (places / (largest or 1.0)).astype(np.float32), (shares[0], shares[1])


def _main_genres(table: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The rarest genre of each film: it says more than Drama does."""
    table = table[:, : NO_GENRE - 1]
    if not table.shape[1]:
        return np.full(len(table), NO_GENRE, dtype=np.uint8)
    frequency = table.sum(axis=0)
    rarity = np.where(table, frequency[None, :], np.iinfo(np.int64).max)
    main = rarity.argmin(axis=1).astype(np.uint8)
    return np.where(table.any(axis=1), main, np.uint8(NO_GENRE))


def about(found: FilmMap) -> dict[str, Any]:
    """What the API says of a map before its points are fetched."""
    variance = found.explained_variance
    return {
        "layout": found.layout,
        "trustworthiness": found.trustworthiness,
        "explained_variance": None if variance is None else list(variance),
        "count": len(found),
        "genres": list(found.genre_names),
    }
