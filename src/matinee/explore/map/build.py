"""From a model's vectors to a map of its films."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.errors import MissingExtraError, ParameterError
from matinee.explore.map.film_map import NO_GENRE, FilmMap
from matinee.models.parameters import check_choice, check_int, check_seed
from matinee.progress import Progress, report

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.models.base import Recommender

__all__ = ["LAYOUTS", "build_map", "main_genres", "nearest", "place_films", "trustworthiness"]

LAYOUTS = ("tsne", "pca", "umap")

_MIN_RATINGS, _LEAST_FILMS = 5, 8
_NEIGHBORS = 15
_SAMPLE = 2_000  # films that trustworthiness asks
_PERPLEXITY, _ITERATIONS = 15.0, 750
_FILMS_FOR_THREADS = 8_000
# Words in a column of genres that say how a film was shown, or that nothing is known.
_NOT_GENRES = {"imax", "(no genres listed)"}

_Floats: TypeAlias = NDArray[np.floating[Any]]


def build_map(
    model: Recommender,
    *,
    layout: str = "tsne",
    min_ratings: int = _MIN_RATINGS,
    random_state: int = 0,
    version: str | None = None,
    progress: Progress | None = None,
) -> FilmMap:
    """Place a model's films in the plane, alike ones near each other.

    Films are compared by the angle between their vectors (cosine). ``layout="pca"`` needs NumPy
    only and takes a second or so.

    Parameters
    ----------
    model : Recommender
        Fitted, and one that has film vectors.
    layout : {"tsne", "pca", "umap"}
        ``"tsne"`` keeps together what belongs together, by scikit-learn; ``"pca"`` shows the two
        directions in which films differ most; ``"umap"`` needs the extra ``map`` and is the faster
        one where there are tens of thousands of films.
    min_ratings : int
        Films with fewer ratings are left out: their vectors say little but who happened to rate
        them.
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
    Van der Maaten, Hinton, "Visualizing Data using t-SNE" (2008); Kobak, Berens, "The art of using
    t-SNE for single-cell transcriptomics" (2019) for the beginning with principal components;
    McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection" (2018).

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
    shown = np.flatnonzero((counts >= least) & vectors.any(axis=1))
    if shown.size < _LEAST_FILMS:
        raise ParameterError(
            f"only {shown.size} films have {least} ratings or more and a vector; a map needs "
            f"{_LEAST_FILMS}: lower min_ratings (--min-ratings), or take more data"
        )
    shown = shown[np.argsort(-counts[shown].astype(np.int64), kind="stable")]
    report(progress, "layout", 0, 1)
    places, variance = place_films(vectors[shown], layout, seed)
    report(progress, "trustworthiness", 0, 1)
    neighbors = min(_NEIGHBORS, (len(shown) - 1) // 2)
    trust = trustworthiness(vectors[shown], places, k=neighbors)
    report(progress, "trustworthiness", 1, 1)
    genres, names = main_genres(catalog)
    return FilmMap(
        x=places[:, 0],
        y=places[:, 1],
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


def place_films(
    vectors: _Floats, layout: str = "tsne", seed: int = 0
) -> tuple[NDArray[np.float32], list[float]]:
    """Places of films between -1 and 1, and the variance's share along the first two components."""
    units = _unit_rows(vectors).astype(np.float64)
    centered = units - units.mean(axis=0)
    values, axes = np.linalg.eigh(centered.T @ centered)
    places = centered @ axes[:, :-3:-1]
    places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    # An axis has no sign of its own; so it has one, and a map does not flip.
    places *= np.where(places[np.abs(places).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    values = np.append(np.maximum(values[::-1], 0), 0.0)
    shares = (values[:2] / max(values.sum(), 1e-300)).round(6).tolist()
    if layout == "tsne":
        places = _tsne(units, places, seed)
    elif layout == "umap":
        places = _umap(units, places, seed)
    low, high = places.min(axis=0), places.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-300)
    return np.clip((places - (low + high) / 2) / half, -1, 1).astype(np.float32), shares


def _tsne(units: _Floats, start: _Floats, seed: int) -> _Floats:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    # Thousands of films may have the very same vector (one genre, no tags). Set apart by a hair,
    # each has some of the others as neighbors, rather than all the same few.
    units = units + 1e-4 * np.random.default_rng(seed).standard_normal(units.shape)
    layout = TSNE(
        perplexity=min(_PERPLEXITY, (len(units) - 1) / 3),
        metric="cosine",
        init=(start * 1e-4 / max(float(start[:, 0].std()), 1e-300)).astype(np.float32),
        max_iter=_ITERATIONS,
        random_state=seed,
    )
    # A loop over few films is shorter than the wait for other threads.
    with threadpool_limits(1 if len(units) < _FILMS_FOR_THREADS else None):
        return np.asarray(layout.fit_transform(units))


def _umap(units: _Floats, start: _Floats, seed: int) -> _Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from umap import UMAP
        except ModuleNotFoundError as error:
            if error.name != "umap":
                raise
            raise MissingExtraError("the layout 'umap'", "map") from None
        layout = UMAP(
            n_neighbors=min(_NEIGHBORS, len(units) - 1),
            metric="cosine",
            init=(10 * start / max(float(np.abs(start).max()), 1e-300)).astype(np.float32),
            random_state=seed,
            n_jobs=1,
        )
        return np.asarray(layout.fit_transform(units))


def _unit_rows(vectors: _Floats) -> _Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def trustworthiness(
    vectors: _Floats, places: _Floats, *, k: int = _NEIGHBORS, sample: int | None = _SAMPLE
) -> float:
    """How far films that stand near each other on a map belong together, from 0 to 1.

    For each film, its `k` nearest on the map that are not among its `k` nearest by the cosine of
    the vectors are looked up: how far down the film's own list do they stand? 1 where there are
    none of them, 0.5 or so where the map is thrown together at random. A sample of 2,000 films is
    asked, which makes the result sure to about ±0.003; scikit-learn's function asks all, in memory
    that grows with their square.

    Raises
    ------
    ParameterError
        If there are no more than ``2 * k`` films.

    References
    ----------
    Venna, Kaski, "Neighborhood Preservation in Nonlinear Projection Methods" (2001).

    Examples
    --------
    >>> angles = np.cumsum(np.linspace(0.03, 0.09, 50))
    >>> arc = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> trustworthiness(arc, arc, k=5)
    1.0
    """
    n = len(vectors)
    if not 1 <= k < n / 2:
        raise ParameterError(
            f"trustworthiness among {k} neighbors needs more than {2 * k} films, got {n}"
        )
    units = _unit_rows(vectors)
    asked = np.arange(n)
    if sample is not None and sample < n:
        asked = np.sort(np.random.default_rng(0).permutation(n)[:sample])
    excess = 0
    for film, near in zip(asked.tolist(), nearest(places, asked, k), strict=True):
        cosines = units @ units[film]
        cosines[film] = -np.inf
        ranks = 1 + (cosines[:, None] > cosines[near]).sum(axis=0)
        excess += int(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * excess / (len(asked) * k * (2 * n - 3 * k - 1))


def nearest(places: _Floats, asked: NDArray[np.intp], k: int) -> NDArray[np.intp]:
    """The others that stand nearest on the map, shape (n_asked, k)."""
    from scipy.spatial import cKDTree

    near = np.asarray(cKDTree(places).query(places[asked], k + 1)[1])
    # Films in one place may come in any order: the film itself need not be among the first.
    own = near == asked[:, None]
    own[~own.any(axis=1), k] = True
    return np.asarray(near[~own].reshape(len(asked), k))


def main_genres(catalog: Catalog) -> tuple[NDArray[np.uint8], list[str]]:
    """One genre for each film: the rarest of its genres, which says more than Drama does.

    Gives positions in the names (255 for films without a genre), and the names, by how many films
    they are the main genre of.

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
    counts = genres.sum(axis=0)
    names = [name.casefold() for name in catalog.genre_names]
    known = [column for column, name in enumerate(names) if name not in _NOT_GENRES]
    main = np.full(len(genres), NO_GENRE, dtype=np.uint8)
    # From the most frequent to the rarest: the last that a film has stays; of equals, by name.
    kept = sorted(known, key=lambda column: (-int(counts[column]), column))[: NO_GENRE - 1]
    for place, column in enumerate(kept):
        main[genres[:, column]] = place
    films = np.bincount(main[main != NO_GENRE], minlength=len(kept))
    order = [int(place) for place in np.argsort(-films, kind="stable") if films[place]]
    renamed = np.full(NO_GENRE + 1, NO_GENRE, dtype=np.uint8)
    renamed[order] = np.arange(len(order), dtype=np.uint8)
    return renamed[main], [catalog.genre_names[kept[place]] for place in order]
