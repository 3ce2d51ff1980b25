"""From a model's vectors to a map of its films."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import MissingExtraError, ParameterError
from matinee.explore.map.format import NO_GENRE, FilmMap
from matinee.explore.map.neighbors import NEIGHBORS, trustworthiness, unit_rows
from matinee.models.parameters import check_choice, check_int, check_seed
from matinee.progress import Progress, report

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.models.base import Recommender

__all__ = ["LAYOUTS", "MIN_RATINGS", "build_map", "main_genres", "principal_components"]

LAYOUTS = ("neighbors", "pca", "umap")
MIN_RATINGS = 5
"""Films with fewer ratings are left out: their vectors say little but who happened to rate them."""

_LEAST_FILMS = 8
# Words in a column of genres that say how a film was shown, or that nothing is known.
_NOT_GENRES = {"imax", "(no genres listed)"}

Float64Array = NDArray[np.float64]


def build_map(
    model: Recommender,
    *,
    layout: str = "neighbors",
    min_ratings: int = MIN_RATINGS,
    random_state: int = 0,
    version: str | None = None,
    progress: Progress | None = None,
) -> FilmMap:
    """Place a model's films in the plane, alike ones near each other.

    Films are compared by the angle between their vectors (cosine). ``layout="pca"`` needs NumPy and
    SciPy only and takes a second or so; ``"neighbors"`` also needs Numba.

    Parameters
    ----------
    model : Recommender
        Fitted, and one that has film vectors.
    layout : {"neighbors", "pca", "umap"}
        ``"neighbors"`` keeps together what belongs together (t-SNE); ``"pca"`` shows the two
        directions in which films differ most; ``"umap"`` needs the extra ``map``.
    min_ratings : int
        Films with fewer ratings are left out.
    random_state : int
        The same seed gives the same map.
    version : str, optional
        The model's version, from its manifest.
    progress : callable, optional

    Returns
    -------
    FilmMap
        With its trustworthiness among the 15 nearest films, or fewer where the map is small.

    Raises
    ------
    NotSupportedError
        If the model has no film vectors.
    MissingExtraError
        If UMAP is asked for and not installed.
    ParameterError
        If fewer than 8 films are left.

    References
    ----------
    Pearson, "On lines and planes of closest fit to systems of points in space" (1901); McInnes,
    Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection" (2018); for the default,
    see :mod:`matinee.explore.map.layout`.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> film_map = build_map(matinee.create_model("svd").fit(data), layout="pca")
    >>> film_map.titles[:2]
    ['Forrest Gump', 'Pulp Fiction']
    >>> 0.5 < film_map.trustworthiness < 1
    True
    """
    check_choice("layout", layout, LAYOUTS)
    least, seed = check_int("min_ratings", min_ratings, 0), check_seed(random_state)
    report(progress, "vectors", 0, 1)
    vectors, catalog, counts = model.movie_vectors(), model.catalog, model.stats.counts
    report(progress, "vectors", 1, 1)
    shown = np.flatnonzero((counts >= least) & vectors.any(axis=1))
    if shown.size < _LEAST_FILMS:
        raise ParameterError(
            f"only {shown.size} films have {least} ratings or more and a vector; a map needs "
            f"{_LEAST_FILMS}: lower min_ratings (--min-ratings), or take more data"
        )
    shown = shown[np.argsort(-counts[shown].astype(np.int64), kind="stable")]
    vectors = unit_rows(vectors[shown])
    places, variance = principal_components(vectors)
    if layout == "neighbors":
        from matinee.explore.map.layout import neighbor_layout

        places = neighbor_layout(vectors, places, random_state=seed, progress=progress)
    elif layout == "umap":
        places = _umap(vectors, places, seed)
    neighbors = min(NEIGHBORS, (len(shown) - 1) // 2)
    report(progress, "trustworthiness", 0, 1)
    trust = trustworthiness(vectors, places, k=neighbors)
    report(progress, "trustworthiness", 1, 1)
    within = _within_one(places)
    genres, names = main_genres(catalog)
    return FilmMap(
        x=within[:, 0],
        y=within[:, 1],
        ratings=counts[shown].astype(np.uint32),
        mean_stars=np.where(counts > 0, model.stats.means, 0)[shown].astype(np.float32),
        years=np.asarray(catalog.years[shown], dtype=np.int16),
        genres=genres[shown],
        genre_names=names,
        movie_ids=[catalog.movie_ids.id_of(code) for code in shown.tolist()],
        titles=[catalog.display_title(code) for code in shown.tolist()],
        layout=layout,
        model=model.name,
        model_version=version,
        dataset=str(model.trained_on["dataset"]),
        trustworthiness=round(trust, 4),
        neighbors=neighbors,
        explained_variance=variance if layout == "pca" else None,
    )


def principal_components(vectors: NDArray[Any]) -> tuple[Float64Array, tuple[float, float]]:
    """The two directions in which vectors differ most.

    Parameters
    ----------
    vectors : ndarray, shape (n, d)

    Returns
    -------
    places : ndarray, shape (n, 2), dtype float64
        The largest coordinate of each axis is positive.
    variance : (float, float)
        Share of the whole variance that lies along each axis.

    Examples
    --------
    >>> places, variance = principal_components(np.array([[0, 3, 1], [0, -3, 1], [0, 0, 1]]))
    >>> abs(places[:, 0]).tolist(), variance
    ([3.0, 3.0, 0.0], (1.0, 0.0))
    """
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    values, axes = np.maximum(values[::-1], 0), axes[:, ::-1]
    places = centred @ axes[:, :2]
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 1)))
    # An axis has no sign of its own; so it has one, and a map does not flip.
    peaks = places[np.abs(places).argmax(axis=0), [0, 1]]
    total = max(float(values.sum()), 1e-300)
    shares = [round(float(value) / total, 6) for value in (*values[:2], 0.0)]
    return places * np.where(peaks < 0, -1.0, 1.0), (shares[0], shares[1])


def main_genres(catalog: Catalog) -> tuple[NDArray[np.uint8], list[str]]:
    """One genre for each film: the rarest of its genres, which says more than Drama does.

    Returns
    -------
    genres : ndarray, shape (n_movies,), dtype uint8
        Positions in the names; 255 for films without a genre.
    names : list of str
        The genres by how many films they are the main genre of, the most first.

    Examples
    --------
    >>> from matinee import Catalog
    >>> films = Catalog.from_columns(
    ...     [1, 2, 3], ["A", "B", "C"], genres=["Drama|Western", "Drama", "Western|Drama"]
    ... )
    >>> main_genres(films)
    (array([0, 1, 0], dtype=uint8), ['Western', 'Drama'])
    """
    genres = np.asarray(catalog.genres)
    known = [
        column
        for column, name in enumerate(catalog.genre_names)
        if name.casefold() not in _NOT_GENRES
    ]
    counts = genres.sum(axis=0)
    # The first that a film has, from the rarest on; of equals, the first by name.
    main = np.full(len(genres), NO_GENRE, dtype=np.uint8)
    kept = sorted(known, key=lambda column: (-int(counts[column]), column))[: NO_GENRE - 1]
    for place in range(len(kept)):
        main[genres[:, kept[place]]] = place
    films = np.bincount(main[main != NO_GENRE], minlength=len(kept))
    order = [int(place) for place in np.argsort(-films, kind="stable") if films[place]]
    renamed = np.full(NO_GENRE + 1, NO_GENRE, dtype=np.uint8)
    renamed[order] = np.arange(len(order), dtype=np.uint8)
    return renamed[main], [catalog.genre_names[kept[place]] for place in order]


def _within_one(places: Float64Array) -> NDArray[np.float32]:
    """Places moved and scaled into -1 to 1, both axes alike."""
    low, high = places.min(axis=0), places.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-300)
    scaled: NDArray[np.float32] = ((places - (low + high) / 2) / half).astype(np.float32)
    return np.clip(scaled, np.float32(-1), np.float32(1), out=scaled)


def _umap(vectors: NDArray[np.float32], start: Float64Array, seed: int) -> Float64Array:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from umap import UMAP
    except ModuleNotFoundError as error:
        if error.name != "umap":
            raise
        raise MissingExtraError("the layout 'umap'", "map") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        places = UMAP(
            n_neighbors=min(NEIGHBORS, len(vectors) - 1),
            metric="cosine",
            init=(10 * start / max(float(np.abs(start).max()), 1e-300)).astype(np.float32),
            random_state=seed,
            n_jobs=1,
        ).fit_transform(vectors)
    return np.asarray(places, dtype=np.float64)
