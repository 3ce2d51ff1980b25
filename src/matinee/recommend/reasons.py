"""Why: the parts of a score, and the words for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes, Id
from matinee.recommend.batch import ProfileBatch
from matinee.results import Reason, ReasonKind

__all__ = ["Contributions", "Part", "Parts", "strongest_parts", "strongest_reasons"]

_NO_MOVIES = np.empty(0, dtype=np.int32)
_NO_FEATURES = np.empty(0, dtype=np.intp)
_BY_SIZE = itemgetter(0, 1)

Part: TypeAlias = tuple[float, str, ReasonKind, float, Id | None]
"""Minus the size, text, kind, weight and movie id of a part of a score."""


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
    parts: Parts, one: ProfileBatch, catalog: Catalog, most: int
) -> list[tuple[Reason, ...]]:
    """The largest parts of scores in words, for a batch of one profile.

    Returns
    -------
    list of tuple of Reason
        For each film at most ``most``, strongest first, whether they speak for it or against it.
    """
    return [
        tuple(Reason(kind, text, weight, movie_id) for _, text, kind, weight, movie_id in strongest)
        for strongest in strongest_parts(parts, one, catalog, most)
    ]


def strongest_parts(
    parts: Parts, one: ProfileBatch, catalog: Catalog, most: int
) -> list[list[Part]]:
    """What :func:`strongest_reasons` is made of."""
    number, n_own = parts.weights.shape
    weights = np.concatenate((parts.weights.ravel(), parts.values), dtype=np.float64)
    owners = np.concatenate((np.arange(number).repeat(n_own), parts.owners))
    places = np.flatnonzero(weights)
    owners, sizes = owners.take(places), np.abs(weights.take(places))
    order = np.lexsort((-sizes, owners))
    owners, sizes, places = owners.take(order), sizes.take(order), places.take(order)
    ends = np.searchsorted(owners, np.arange(1, number + 1))
    starts = np.concatenate(([0], ends[:-1]))
    # Those as large as the last one that fits compete with it by their texts.
    last = np.minimum(starts + most, ends) - 1
    chosen = np.flatnonzero(sizes >= sizes.take(last).take(owners)) if sizes.size else places
    places = places.take(chosen)
    found: list[list[Part]] = [[] for _ in range(number)]
    for owner, place, weight in zip(
        owners.take(chosen).tolist(), places.tolist(), weights.take(places).tolist(), strict=True
    ):
        feature = place - number * n_own
        if feature < 0:
            text, movie_id = _said(one, catalog, int(parts.movies[place % n_own]))
            found[owner].append((-abs(weight), text, "movie", weight, movie_id))
        else:
            kind, text = parts.words(feature)
            found[owner].append((-abs(weight), text, kind, weight, None))
    for own in found:
        own.sort(key=_BY_SIZE)
        del own[most:]
    return found


def _said(one: ProfileBatch, catalog: Catalog, code: int) -> tuple[str, Id]:
    """What a person said of a film, in words."""
    said = one.words.get(code)
    if said is None:
        film = catalog.movie(code, tags=0)
        said = f"you gave {film.title} {one.stars_by_movie[code]:g}", film.movie_id
        one.words[code] = said
    return said
