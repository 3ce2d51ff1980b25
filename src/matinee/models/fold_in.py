"""New people in factor models: from a profile to the user vector that the model lacks for it.

Two ways. :func:`solve_users` holds the movies' side fixed and looks for the vector that explains
the person's stars best, as the training would have; :class:`NearestUsers` takes the vectors of the
most similar people of the training. Both work on a :class:`~matinee.recommend.batch.ProfileBatch`,
one profile at a time, so that an answer does not depend on who else is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.arrays import Specs, csr
from matinee.ids import Codes
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

__all__ = [
    "FOLD_INS",
    "Link",
    "NearestUsers",
    "Response",
    "SigmoidRange",
    "best_penalty",
    "gauss_newton",
    "solve_users",
]

FOLD_INS = ("optimize", "nearest")
"""The choices of the hyper-parameter ``fold_in``."""

F = TypeVar("F", bound=np.floating[Any])
Floats: TypeAlias = NDArray[np.floating[Any]]
Link: TypeAlias = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""From linear scores to stars and to the derivative of the stars by the scores."""
Response: TypeAlias = Callable[
    [NDArray[np.float64]],
    tuple[NDArray[np.float64], Callable[[], NDArray[np.float64]]],
]
"""From a user vector, shape (d,), to the stars of n films, shape (n,), and to a function that gives
their derivatives, shape (n, d)."""


@dataclass(frozen=True)
class SigmoidRange:
    """The logistic curve stretched to ``low … high`` stars: a :data:`Link`.

    Examples
    --------
    >>> stars, slope = SigmoidRange(0.0, 5.5)(np.zeros(1))
    >>> stars.tolist(), slope.tolist()
    ([2.75], [1.375])
    """

    low: float
    high: float

    def __call__(
        self, scores: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The stars of scores, and how fast they grow with them."""
        share = self.share(scores)
        width = self.high - self.low
        return self.low + width * share, width * share * (1 - share)

    def stars(self, scores: NDArray[F]) -> NDArray[F]:
        """Only the stars, in the precision of the scores."""
        found = self.share(scores)
        found *= self.high - self.low
        found += self.low
        return found

    @staticmethod
    def share(scores: NDArray[F]) -> NDArray[F]:
        """The logistic function, without overflow in the tails."""
        # tanh saturates where exp overflows: logistic(z) = (1 + tanh(z / 2)) / 2.
        half: NDArray[F] = np.tanh(scores * scores.dtype.type(0.5))
        half += 1
        half *= 0.5
        return half


def gauss_newton(
    response: Response,
    stars: Floats,
    prior: Floats,
    penalty: Floats,
    *,
    iterations: int = 20,
    tolerance: float = 1e-6,
) -> NDArray[np.float64]:
    """The vector that minimises squared errors of stars plus a penalty on leaving the prior.

    Minimises ``sum((stars - f(w))**2) + sum(penalty * (w - prior)**2)`` from ``w = prior``. Steps
    that do not lower the sum are halved, so it never ends above its start. For a linear ``f`` the
    first step is the exact solution.

    Parameters
    ----------
    response : callable
        ``f``; see :data:`Response`.
    stars : ndarray, shape (n,)
    prior, penalty : ndarray, shape (d,)
        Penalties must be positive wherever the films do not determine the vector.
    iterations : int
        Steps at most.
    tolerance : float
        It ends when a step lowers the sum by less than this share of it.

    Returns
    -------
    ndarray, shape (d,), dtype float64

    References
    ----------
    Nocedal and Wright, "Numerical Optimization" (2006), section 10.3.

    Examples
    --------
    >>> films = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> line = lambda w: (films @ w, lambda: films)
    >>> gauss_newton(line, np.array([4.0, 2.0]), np.zeros(2), np.ones(2))
    array([2., 1.])
    """
    start = np.asarray(prior, dtype=np.float64)
    vector = start.copy()
    if len(stars) == 0:
        return vector

    def total(error: NDArray[np.float64], moved: NDArray[np.float64]) -> float:
        return float(error @ error + penalty @ (moved * moved))

    predicted, derivative = response(vector)
    error = np.asarray(stars - predicted, dtype=np.float64)
    moved = np.zeros_like(vector)
    best = total(error, moved)
    for _ in range(iterations):
        slopes = derivative()
        curvature = slopes.T @ slopes
        curvature[np.diag_indices_from(curvature)] += penalty
        step = np.linalg.solve(curvature, slopes.T @ error - penalty * moved)
        size = 1.0
        while True:
            candidate = vector + size * step
            predicted, derivative = response(candidate)
            candidate_error, candidate_moved = stars - predicted, candidate - start
            now = total(candidate_error, candidate_moved)
            if now < best or size < 0.01:
                break
            size /= 2
        if now >= best:
            break
        gain, best = best - now, now
        vector, error, moved = candidate, candidate_error, candidate_moved
        if gain <= tolerance * best:
            break
    return vector


def solve_users(
    batch: ProfileBatch,
    features: Floats,
    offsets: Floats,
    *,
    prior: Floats,
    penalty: Floats,
    penalty_per_rating: float = 0.0,
    link: Link | None = None,
    stars: Floats | None = None,
) -> NDArray[np.float32]:
    """User vectors of profiles for a model that is linear in the user, up to a link.

    For each profile, with films ``i``, minimises over ``w``::

        sum((stars[i] - link(offsets[i] + features[i] @ w))**2)
            + sum((penalty + n_rated * penalty_per_rating) * (w - prior)**2)

    A user bias is one of the coordinates: give the films a column of ones.

    Parameters
    ----------
    batch : ProfileBatch
    features : ndarray, shape (n_movies, d)
        What the vector is multiplied with.
    offsets : ndarray, shape (n_movies,)
        The part of the score without the person, such as mean and movie bias.
    prior : ndarray, shape (d,)
        The vector of an empty profile.
    penalty : ndarray, shape (d,)
        Squared stars per squared unit of the vector; positive.
    penalty_per_rating : float
        What each rating adds to it, for models whose regularisation is scaled by frequency.
    link : callable, optional
        From scores to stars; by default they are the same, and the solution is exact.
    stars : ndarray, shape (n_entries,), optional
        In place of the profiles' stars.

    Returns
    -------
    ndarray, shape (n_profiles, d), dtype float32

    Examples
    --------
    One film of factor 1, rated 4, and a penalty of 1: half of the way from 0 to 4.

    >>> batch = ProfileBatch(
    ...     np.array([0, 1]),
    ...     np.array([0], np.int32),
    ...     np.array([4], np.float32),
    ...     np.zeros(1, np.int64),
    ...     1,
    ...     np.array([-1], np.int32),
    ... )
    >>> solve_users(batch, np.ones((1, 1)), np.zeros(1), prior=np.zeros(1), penalty=np.ones(1))
    array([[2.]], dtype=float32)
    """
    given = batch.stars if stars is None else stars
    vectors = np.empty((len(batch), len(prior)), dtype=np.float32)
    for row in range(len(batch)):
        entries = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        codes = batch.movies[entries]
        films = features[codes].astype(np.float64)
        base = offsets[codes].astype(np.float64)
        vectors[row] = gauss_newton(
            _linear(films, base, link),
            given[entries].astype(np.float64),
            prior,
            penalty + penalty_per_rating * codes.size,
            iterations=20 if link is not None else 1,
        )
    return vectors


def _linear(films: NDArray[np.float64], base: NDArray[np.float64], link: Link | None) -> Response:
    if link is None:
        return lambda vector: (base + films @ vector, lambda: films)
    curve = link

    def response(
        vector: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], Callable[[], NDArray[np.float64]]]:
        predicted, slope = curve(base + films @ vector)
        return predicted, lambda: films * slope[:, None]

    return response


def best_penalty(
    fold_in: Callable[[float], Floats],
    learned: Floats,
    candidates: Sequence[float] = (0.03, 0.06, 0.12, 0.25, 0.5, 1.0),
) -> float:
    """The penalty with which people of the training, folded in, are answered as they were learned.

    What a penalty amounts to in a training by stochastic gradients depends on its schedule, its
    batches and when it stopped; this asks the result instead.

    Parameters
    ----------
    fold_in : callable
        From a candidate to the predicted stars of some training users, folded in with it.
    learned : ndarray
        The same stars, predicted from the learned vectors.
    candidates : sequence of float
        Among equals the earlier one is taken.

    Examples
    --------
    >>> best_penalty(lambda scale: np.array([3.0 + scale]), np.array([3.2]))
    0.25
    """
    distances = [float(np.mean((fold_in(scale) - learned) ** 2)) for scale in candidates]
    return candidates[int(np.argmin(distances))]


@dataclass(frozen=True)
class NearestUsers:
    """The people of the training, to find those whose ratings resemble a profile's.

    Similarity is the cosine of the rating vectors, with 0 where a film was not rated. Keeps the
    training ratings: 8 bytes each.

    Parameters
    ----------
    indptr : ndarray, shape (n_users + 1,), dtype int64
    movies : ndarray, shape (n_ratings,), dtype int32
    stars : ndarray, shape (n_ratings,), dtype float32
    n_movies : int
    neighbors : int
        How many people are taken, weighted by similarity; 1 is the plain "most similar person".

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2], [10, 20, 20], [5.0, 1.0, 5.0])
    >>> people = NearestUsers.of(ratings, neighbors=1)
    >>> batch = ProfileBatch(
    ...     np.array([0, 1]),
    ...     np.array([1], np.int32),
    ...     np.array([4], np.float32),
    ...     np.zeros(1, np.int64),
    ...     2,
    ...     np.array([-1], np.int32),
    ... )
    >>> people.vectors(batch, np.array([[1.0], [2.0]]), prior=np.zeros(1))
    array([[2.]], dtype=float32)
    """

    indptr: NDArray[np.int64]
    movies: Codes
    stars: NDArray[np.float32]
    n_movies: int
    neighbors: int = 10

    @classmethod
    def of(cls, ratings: Ratings, neighbors: int) -> NearestUsers:
        """The people of a ratings table, without a copy."""
        return cls(ratings.indptr, ratings.movies, ratings.stars, ratings.n_movies, neighbors)

    @cached_property
    def _by_movie(self) -> csr_array:
        """Movies × users, each user's ratings scaled to length 1."""
        squares = np.add.reduceat(
            np.append(self.stars.astype(np.float64) ** 2, 0.0), self.indptr[:-1]
        )
        squares[np.diff(self.indptr) == 0] = 0.0
        lengths = np.sqrt(squares)
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        unit = self.stars * np.repeat(scale, np.diff(self.indptr)).astype(np.float32)
        index_type = np.int32 if unit.size < 2**31 else np.int64
        users = csr_array(
            (unit, np.asarray(self.movies), np.asarray(self.indptr, dtype=index_type)),
            shape=(self.indptr.size - 1, self.n_movies),
        )
        return users.T.tocsr()

    def similarities(self, batch: ProfileBatch, row: int) -> NDArray[np.float32]:
        """Cosine of one profile with all people, shape (n_users,)."""
        entries = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        stars = batch.stars[entries].astype(np.float64)
        length = float(np.sqrt(stars @ stars))
        people = np.zeros(self.indptr.size - 1, dtype=np.float32)
        if length > 0:
            table = self._by_movie
            for movie, weight in zip(batch.movies[entries], stars / length, strict=True):
                column = slice(table.indptr[movie], table.indptr[movie + 1])
                people[table.indices[column]] += table.data[column] * np.float32(weight)
        return people

    def vectors(
        self, batch: ProfileBatch, user_vectors: Floats, prior: Floats
    ) -> NDArray[np.float32]:
        """The weighted mean of the vectors of the people most similar to each profile.

        A profile that shares no film with anybody gets the ``prior``.

        Parameters
        ----------
        batch : ProfileBatch
        user_vectors : ndarray, shape (n_users, d)
        prior : ndarray, shape (d,)

        Returns
        -------
        ndarray, shape (n_profiles, d), dtype float32
        """
        found = np.empty((len(batch), len(prior)), dtype=np.float32)
        for row in range(len(batch)):
            similarity = self.similarities(batch, row)
            # Among equally similar people those with the smaller code, so that answers repeat.
            few = min(self.neighbors, similarity.size)
            bound = np.partition(similarity, similarity.size - few)[similarity.size - few]
            near = np.flatnonzero((similarity >= bound) & (similarity > 0))
            near = near[np.argsort(-similarity[near], kind="stable")][:few]
            if near.size == 0:
                found[row] = prior
                continue
            weights = similarity[near] / similarity[near].sum()
            found[row] = weights @ user_vectors[near]
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to store with a model; see :meth:`from_arrays`."""
        return {
            "nearest_indptr": self.indptr,
            "nearest_movies": self.movies,
            "nearest_stars": self.stars,
        }

    @staticmethod
    def specs() -> Specs:
        """What the arrays of :meth:`arrays` have to be."""
        return csr("nearest_indptr", "nearest_movies", "nearest_stars", "users", "movies")

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], n_movies: int, neighbors: int
    ) -> NearestUsers:
        """The people of :meth:`arrays`."""
        return cls(
            arrays["nearest_indptr"],
            arrays["nearest_movies"],
            arrays["nearest_stars"],
            n_movies,
            neighbors,
        )
