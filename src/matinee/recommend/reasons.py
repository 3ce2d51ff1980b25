"""Why: the parts of a score, and the strongest of them as reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes
from matinee.recommend.batch import ProfileBatch
from matinee.results import Reason, ReasonKind

if TYPE_CHECKING:
    from matinee.recommend.scorer import Scorer

__all__ = ["Contributions", "Parts", "strongest_reasons"]

_NO_MOVIES = np.empty(0, dtype=np.int32)
_NO_FEATURES = np.empty(0, dtype=np.intp)
_LEAST_SHARE = 0.05
_ENOUGH = 5  # ratings that say what somebody likes less than others do


@dataclass(frozen=True)
class Contributions:
    """What a score is made of: ``base + sum(weights) + sum of features' weights == score``.

    Parameters
    ----------
    base : float
        The part that does not depend on the person's films.
    movies : ndarray, shape (n,), dtype int32
        The person's own films.
    weights : ndarray, shape (n,), dtype float
        What each of them adds to the score.
    features : sequence of (kind, name, weight)
        Other parts: shared genres and tags, similar people.
    """

    base: float = 0.0
    movies: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    weights: NDArray[np.floating[Any]] = field(default_factory=lambda: np.empty(0))
    features: Sequence[tuple[ReasonKind, str, float]] = ()

    @property
    def total(self) -> float:
        """The score that the parts add up to."""
        return self.base + float(np.sum(self.weights)) + sum(part[2] for part in self.features)


def _no_words(feature: int) -> tuple[ReasonKind, str]:
    raise IndexError(f"there is no feature {feature}")


@dataclass(frozen=True)
class Parts:
    """The :class:`Contributions` to several films' scores for one person.

    Features are put into words only when somebody asks: few are among the strongest.

    Parameters
    ----------
    bases : ndarray, shape (n_movies,), dtype float
    movies : ndarray, shape (n_own,), dtype int32
        The person's own films.
    weights : ndarray, shape (n_movies, n_own), dtype float
        What each of them adds to the scores.
    owners : ndarray, shape (n_features,), dtype intp
        The place of the film that a feature belongs to, ascending.
    values : ndarray, shape (n_features,), dtype float
        What each feature adds to the score of its film.
    words : callable
        Kind and name of a feature, by its place in ``values``.

    Examples
    --------
    >>> parts = Parts.listed([0.5, 1.0], [[("genre", "Drama", 0.25)], []])
    >>> [parts[i].total for i in range(len(parts))]
    [0.75, 1.0]
    """

    bases: NDArray[np.floating[Any]]
    movies: Codes
    weights: NDArray[np.floating[Any]]
    owners: NDArray[np.intp] = field(default_factory=lambda: _NO_FEATURES)
    values: NDArray[np.floating[Any]] = field(default_factory=lambda: np.empty(0))
    words: Callable[[int], tuple[ReasonKind, str]] = _no_words

    @classmethod
    def listed(
        cls,
        bases: Sequence[float] | NDArray[np.floating[Any]],
        features: Sequence[Sequence[tuple[ReasonKind, str, float]]],
        movies: Codes | None = None,
        weights: NDArray[np.floating[Any]] | None = None,
    ) -> Parts:
        """From features with their words, film by film."""
        flat = [feature for own in features for feature in own]
        return cls(
            np.asarray(bases, dtype=np.float64),
            _NO_MOVIES if movies is None else movies,
            np.zeros((len(features), 0)) if weights is None else weights,
            np.repeat(np.arange(len(features)), [len(own) for own in features]),
            np.asarray([feature[2] for feature in flat], dtype=np.float64),
            lambda feature: flat[feature][:2],
        )

    def __len__(self) -> int:
        return len(self.bases)

    def __getitem__(self, movie: int) -> Contributions:
        """What the score of one film is made of."""
        first, last = np.searchsorted(self.owners, (movie, movie + 1)).tolist()
        features = [
            (*self.words(feature), float(self.values[feature])) for feature in range(first, last)
        ]
        return Contributions(float(self.bases[movie]), self.movies, self.weights[movie], features)


def strongest_reasons(
    parts: Parts,
    one: ProfileBatch,
    model: Scorer,
    films: Codes,
    points: float,
    most: int,
) -> list[tuple[Reason, ...]]:
    """The largest parts of the fit of some films, for a batch of one profile.

    Parameters
    ----------
    parts : Parts
        Of the films' scores.
    one : ProfileBatch
    model : Scorer
        Its catalogue names the films, its scale says which stars mean liking.
    films : ndarray, shape (n_movies,), dtype int32
        What the parts belong to; a film is no reason for itself.
    points : float
        Points of fit for one unit of score.
    most : int
        How many for each film.

    Returns
    -------
    list of tuple of Reason
        For each film, strongest first, whether they speak for it or against it. Parts under a
        twentieth of all parts together are left out.
    """
    number, n_own = parts.weights.shape
    weights = np.asarray(parts.weights, dtype=np.float64).copy()
    weights[films[:, None] == parts.movies[None, :]] = 0.0
    values = np.concatenate((weights.ravel(), parts.values), dtype=np.float64)
    owners = np.concatenate((np.arange(number).repeat(n_own), parts.owners))
    sizes = np.abs(values)
    least = _LEAST_SHARE * np.bincount(owners, sizes, minlength=number)
    places = np.flatnonzero((sizes > 0) & (sizes >= least[owners]))
    places = places[np.lexsort((places, -sizes[places], owners[places]))]
    found: list[list[Reason]] = [[] for _ in range(number)]
    for owner, place in zip(owners[places].tolist(), places.tolist(), strict=True):
        if len(found[owner]) >= most:
            continue
        share = float(values[place]) * points
        feature = place - number * n_own
        if feature < 0:
            found[owner].append(_of_film(int(parts.movies[place % n_own]), share, one, model))
        else:
            kind, name = parts.words(feature)
            if share < 0 and kind in ("genre", "decade") and one.movies.size < _ENOUGH:
                continue  # nobody dislikes what they had no occasion to rate
            found[owner].append(Reason(kind, name, share))
    return [tuple(own) for own in found]


def _of_film(code: int, share: float, one: ProfileBatch, model: Scorer) -> Reason:
    film, stars = model.catalog.movie(code, tags=0), one.stars_by_movie[code]
    liked = stars >= model.scale.middle
    return Reason("movie", film.title, share, film.movie_id, stars, liked)
