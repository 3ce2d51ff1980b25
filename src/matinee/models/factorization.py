"""Factorisation: the two sides while they are fitted, and what all such models answer alike.

See :mod:`matinee.kernels.als_explicit` for the model: stars = mean + biases + (user vector · movie
vector).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.ids import Codes
from matinee.models.fold_in import NearestUsers
from matinee.models.support import SupportRanked
from matinee.models.vectors import products
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind

__all__ = [
    "Factorization",
    "Side",
    "improve_implicit",
    "padded_width",
    "rebase",
    "solve",
    "two_sides",
]


Float32Array = NDArray[np.float32]


def padded_width(factors: int) -> int:
    """Columns of a vector of factors and a bias, rounded up to a multiple of eight.

    Examples
    --------
    >>> padded_width(31), padded_width(32)
    (32, 40)
    """
    return -(-(factors + 1) // 8) * 8


@dataclass
class Side:
    """Users or movies: their ratings by row, their vectors, and the implicit parts of these.

    Parameters
    ----------
    indptr : ndarray, shape (n + 1,), dtype int64
    indices : ndarray, shape (n_ratings,), dtype int32
        Rows of the other side.
    targets : ndarray, shape (n_ratings,), dtype float32
        Stars, less the global mean, in units.
    vectors : ndarray, shape (n, width), dtype float32
        Whole vectors: factors, then the bias, then zeros.
    base : ndarray, shape (n, width), dtype float32
        The part of `vectors` that comes from `implicit`.
    implicit : ndarray, shape (n of the other side, width), dtype float32, or None
        What having rated (or having been rated by) each of the other side adds to a vector,
        before the division by the square root of their number.
    factors : int
        How many columns of a vector are factors.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    targets: Float32Array
    vectors: Float32Array
    base: Float32Array
    implicit: Float32Array | None
    factors: int

    def __post_init__(self) -> None:
        # At least 1: a row without ratings keeps a positive penalty, and so a solution, zero.
        self.counts = np.maximum(np.diff(self.indptr), 1).astype(np.float32)
        self.weights = (1 / np.sqrt(self.counts)).astype(np.float32)

    def __len__(self) -> int:
        return int(self.indptr.size) - 1

    def as_features(self) -> tuple[Float32Array, Float32Array]:
        """The side as the other one sees it: vectors with 1 in place of the bias, and biases."""
        features = self.vectors.copy()
        biases = np.ascontiguousarray(features[:, self.factors])
        features[:, self.factors] = 1.0
        return features, biases


def two_sides(
    ratings: Ratings, factors: int, *, implicit: tuple[bool, bool], unit: float = 1.0
) -> tuple[Side, Side]:
    """Users and movies with vectors of zeros; the ratings of users are views, not copies.

    Parameters
    ----------
    ratings : Ratings
    factors : int
    implicit : (bool, bool)
        Whether users, and movies, have implicit parts.
    unit : float
        Targets are stars above the mean divided by this.
    """
    width = padded_width(factors)
    by_movie = ratings.csc()
    mean, one = np.float32(ratings.mean), np.float32(unit)
    shapes = ((ratings.n_users, ratings.n_movies), (ratings.n_movies, ratings.n_users))
    layout: tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any]], ...] = (
        (ratings.indptr, ratings.movies, (ratings.stars - mean) / one),
        (by_movie.indptr, by_movie.indices, (by_movie.data - mean) / one),
    )
    sides = [
        Side(
            _read_only(indptr, np.int64),
            _read_only(indices, np.int32),
            _read_only(targets, np.float32),
            vectors=np.zeros((n, width), np.float32),
            base=np.zeros((n, width), np.float32),
            implicit=np.zeros((others, width), np.float32) if has_implicit else None,
            factors=factors,
        )
        for (indptr, indices, targets), (n, others), has_implicit in zip(
            layout, shapes, implicit, strict=True
        )
    ]
    return sides[0], sides[1]


def solve(side: Side, other: Side, regularization: Float32Array, scale: Float32Array) -> None:
    """Set a side's vectors to the exact ridge solution, its implicit parts held.

    Parameters
    ----------
    side, other : Side
    regularization : ndarray, shape (width,), dtype float32
        Penalty of each column.
    scale : ndarray, shape (len(side),), dtype float32
        Factor on the penalty of each row.
    """
    from matinee.kernels.als_explicit import ridge_rows

    features, offsets = other.as_features()
    own = np.empty_like(side.vectors)
    ridge_rows(
        side.indptr,
        side.indices,
        side.targets,
        offsets,
        features,
        side.base,
        regularization,
        scale,
        own,
    )
    side.vectors = own + side.base


def improve_implicit(side: Side, other: Side, regularization: Float32Array, steps: int) -> None:
    """Improve a side's implicit parts by conjugate gradients, all else held.

    The least-squares problem in all of ``implicit`` at once is large but its matrix is never
    formed: a product with it is two sums over the ratings and one multiplication by each row's
    Gram matrix. A few steps from the last state, preconditioned by the diagonal, are enough.

    Parameters
    ----------
    side, other : Side
    regularization : ndarray, shape (width,), dtype float32
        Ridge penalty of each column.
    steps : int
        Steps of conjugate gradients.
    """
    from matinee.kernels.als_explicit import (
        gather_sums,
        implicit_products,
        residual_gradients,
    )

    if side.implicit is None:
        return
    features, offsets = other.as_features()
    gradients = np.empty_like(side.vectors)
    squares = np.empty_like(side.vectors)
    residual_gradients(
        side.indptr,
        side.indices,
        side.targets,
        offsets,
        features,
        side.vectors,
        gradients,
        squares,
    )
    residual = np.empty_like(side.implicit)
    gather_sums(other.indptr, other.indices, gradients, side.weights, residual)
    residual -= regularization * side.implicit
    diagonal = np.empty_like(side.implicit)
    gather_sums(other.indptr, other.indices, squares, side.weights**2, diagonal)
    diagonal += regularization

    moved, turned = gradients, squares  # their contents are spent; the memory is not
    product = np.empty_like(residual)
    preconditioned = residual / diagonal
    direction = preconditioned.copy()
    size = _inner(residual, preconditioned)
    for step in range(steps):
        if size <= 0.0:
            break
        implicit_products(
            side.indptr, side.indices, features, direction, side.weights, moved, turned
        )
        gather_sums(other.indptr, other.indices, turned, side.weights, product)
        product += regularization * direction
        length = np.float32(size / _inner(direction, product))
        side.implicit += length * direction
        side.base += length * moved
        side.vectors += length * moved
        if step + 1 < steps:
            residual -= length * product
            np.divide(residual, diagonal, out=preconditioned)
            before, size = size, _inner(residual, preconditioned)
            direction *= np.float32(size / before)
            direction += preconditioned


def rebase(side: Side, other: Side) -> None:
    """Recompute a side's base from its implicit parts, and its vectors with it."""
    from matinee.kernels.als_explicit import gather_sums

    if side.implicit is None:
        return
    before = side.base
    side.base = np.empty_like(before)
    ones = np.ones(len(other), np.float32)
    gather_sums(side.indptr, side.indices, side.implicit, ones, side.base)
    side.base *= side.weights[:, None]
    side.vectors += side.base - before


def _read_only(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """A view that cannot be written to: one kind of array, one compilation, for both sides."""
    view = array.astype(dtype, copy=False).view()
    view.flags.writeable = False
    return view


def _inner(a: Float32Array, b: Float32Array) -> float:
    """The inner product of two arrays, in one order at any number of threads (unlike BLAS)."""
    return float(np.einsum("ij,ij->", a, b, dtype=np.float64, optimize=False))


_SUPPORT = 25.0
"""Ratings at which a film's similarities count half."""


class Factorization(SupportRanked):
    """The answering half of a factorisation; a family writes the fit and :meth:`_penalties`.

    A person is folded in by the exact minimum over their own vector and bias of the objective
    that the fit minimised, with all films held: one small ridge regression (`fold_in="optimize"`).
    The fit ends with the same step for all its users, so that somebody with a training user's
    ratings gets that user's answers. `fold_in="nearest"` instead mixes the vectors of the most
    similar training users and fits only the bias.
    """

    predicts_stars = True
    explains = True
    has_movie_vectors = True
    uses_user_vectors = True

    fold_in: str
    neighbors: int
    random_state: int
    _in_stars = False  # whether vectors are in stars, and not in quarters of the scale
    _nearest: NearestUsers | None

    def _penalties(self, counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Ridge penalties on factors and on the bias of people with so many ratings."""
        raise NotImplementedError

    @property
    def _unit(self) -> np.float32:
        """Stars in one unit of the products: penalties mean the same on every scale."""
        width = self.scale.maximum - self.scale.minimum
        return np.float32(1.0 if self._in_stars or width <= 0 else width / 4)

    # -- after a fit -----------------------------------------------------------------------

    def _keep(self, ratings: Ratings, users: Side, movies: Side) -> None:
        """Take what answering needs from the two sides of a finished fit."""
        width = users.factors + 1
        self._mean = float(np.float32(ratings.mean))
        self._users = np.ascontiguousarray(users.vectors[:, :width])
        self._movies = np.ascontiguousarray(movies.vectors[:, :width])
        self._implicit = np.zeros((0, width), np.float32)
        if users.implicit is not None:
            self._implicit = np.ascontiguousarray(users.implicit[:, :width])
        self._nearest = None
        if self.fold_in == "nearest":
            self._nearest = NearestUsers.of(ratings, self.neighbors)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {
            "mean": np.asarray(self._mean),
            "users": self._users,
            "movies": self._movies,
            "implicit": self._implicit,
        }
        return arrays if self._nearest is None else arrays | self._nearest.arrays()

    def _array_specs(self, stored: Collection[str]) -> Specs:
        has_implicit = self.params.get("implicit", "none") != "none"
        specs = {
            "mean": floats(bits=64),
            "users": floats("users", "factors"),
            "movies": floats("movies", "factors"),
            "implicit": floats("movies" if has_implicit else 0, "factors"),
        }
        return specs | NearestUsers.specs() if self.fold_in == "nearest" else specs

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._mean = float(arrays["mean"])
        self._users = arrays["users"]
        self._movies = arrays["movies"]
        self._implicit = arrays["implicit"]
        self._nearest = None
        if self.fold_in == "nearest":
            self._nearest = NearestUsers.from_arrays(arrays, len(self._movies), self.neighbors)

    # -- vectors ---------------------------------------------------------------------------

    def movie_biases(self) -> Float32Array:
        """What each film adds to the stars, all else accounted for, by movie code.

        Returns
        -------
        ndarray, shape (n_movies,), dtype float32
            Stars; 0 for films without ratings.
        """
        self._need_fit()
        biases: Float32Array = self._movies[:, -1] * self._unit
        return biases

    def _movie_vectors(self) -> Float32Array:
        factors: Float32Array = self._movies[:, :-1]
        return factors

    def _people(self, batch: ProfileBatch) -> Float32Array:
        """Vectors of profiles, shape (n_profiles, factors + 1); the last column is the bias."""
        vectors = np.zeros((len(batch), self._movies.shape[1]), np.float32)
        known = batch.users >= 0
        vectors[known] = self._users[batch.users[known]]
        for row in np.flatnonzero(~known & (batch.lengths > 0)).tolist():
            vectors[row] = (self._solve if self._nearest is None else self._mix)(batch, row)
        return vectors

    def _targets(self, batch: ProfileBatch) -> Float32Array:
        targets: Float32Array = (batch.stars - np.float32(self._mean)) / self._unit
        return targets

    def _problem(
        self, batch: ProfileBatch, row: int
    ) -> tuple[Codes, Float32Array, Float32Array, Float32Array]:
        """A person's ridge regression: films, features, what is left to explain, fixed part."""
        own = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        films = batch.movies[own]
        features = self._movies[films]
        rest = self._targets(batch)[own] - features[:, -1]
        features[:, -1] = 1.0
        fixed = np.zeros(features.shape[1], np.float32)
        if len(self._implicit):
            fixed = self._implicit[films].sum(axis=0) / np.float32(np.sqrt(max(films.size, 1)))
        return films, features, rest - features @ fixed, fixed

    def _ridge_matrix(self, features: Float32Array) -> NDArray[np.float64]:
        factor_penalty, bias_penalty = self._penalties(np.asarray(features.shape[0]))
        wide = features.astype(np.float64)
        matrix: NDArray[np.float64] = wide.T @ wide
        diagonal = np.full(matrix.shape[0], float(factor_penalty))
        diagonal[-1] = float(bias_penalty)
        matrix[np.diag_indices_from(matrix)] += diagonal
        return matrix

    def _solve(self, batch: ProfileBatch, row: int) -> Float32Array:
        _, features, rest, fixed = self._problem(batch, row)
        right = features.T.astype(np.float64) @ rest.astype(np.float64)
        solution = np.linalg.solve(self._ridge_matrix(features), right)
        vector: Float32Array = solution.astype(np.float32) + fixed
        return vector

    def _mix(self, batch: ProfileBatch, row: int) -> Float32Array:
        assert self._nearest is not None
        prior = np.zeros(self._users.shape[1], np.float32)
        vector: Float32Array = self._nearest.vectors(batch.rows(row, row + 1), self._users, prior)[
            0
        ]
        own = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        features = self._movies[batch.movies[own]]
        rest = self._targets(batch)[own] - features[:, -1]
        rest -= features[:, :-1] @ vector[:-1]
        penalty = float(self._penalties(np.asarray(rest.size))[1])
        vector[-1] = rest.sum() / (rest.size + penalty)
        return vector

    # -- answers ---------------------------------------------------------------------------

    def _all_stars(self, batch: ProfileBatch) -> Float32Array:
        people = self._people(batch)
        scores: Float32Array = products(people[:, :-1], self._movies[:, :-1])
        scores += self._movies[:, -1]
        scores += people[:, -1:]
        scores *= self._unit
        scores += np.float32(self._mean)
        return scores

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        people = self._people(batch)
        stars = np.empty(len(rows), np.float32)
        step = max(1, 2**22 // people.shape[1])
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            left, right = people[rows[part]], self._movies[movies[part]]
            stars[part] = np.einsum("ij,ij->i", left[:, :-1], right[:, :-1])
            stars[part] += left[:, -1] + right[:, -1]
        stars *= self._unit
        stars += np.float32(self._mean)
        return stars

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        factors = self._movies[:, :-1]
        lengths = np.maximum(np.linalg.norm(factors, axis=1), np.float32(1e-12))
        query = (factors[movies] / lengths[movies, None]).mean(axis=0)
        similarity: Float32Array = factors @ query
        # A vector learned from three ratings points somewhere by chance; do not trust it as much.
        counts = self.stats.counts.astype(np.float32)
        similarity *= counts / (counts + np.float32(_SUPPORT)) / lengths
        return np.where(counts > 0, similarity, np.float32(-np.inf))

    def _star_parts(self, batch: ProfileBatch, movies: Codes) -> Parts:
        wanted, unit = self._movies[movies].astype(np.float64), float(self._unit)
        popularity: list[tuple[ReasonKind, str, float]] = [
            ("popularity", "how people like it, whoever they are", bias)
            for bias in (unit * wanted[:, -1]).tolist()
        ]
        if self._nearest is not None and batch.lengths[0]:
            person = self._people(batch)[0].astype(np.float64)
            generous: tuple[ReasonKind, str, float] = (
                "person",
                "how generous you are",
                unit * float(person[-1]),
            )
            tastes: list[tuple[ReasonKind, str, float]] = [
                ("person", "what people with your taste think of it", taste)
                for taste in (unit * (wanted[:, :-1] @ person[:-1])).tolist()
            ]
            features = [
                [bias, generous, taste] for bias, taste in zip(popularity, tastes, strict=True)
            ]
            return Parts.listed([self._mean] * len(movies), features)
        films, own, rest, _ = self._problem(batch, 0)
        wanted[:, -1] = 1.0
        weights = np.zeros((films.size, len(movies)))
        if films.size:
            # The ridge solution is linear in what is left to explain, so each film has its share.
            pull = own.astype(np.float64) @ np.linalg.solve(self._ridge_matrix(own), wanted.T)
            weights = pull * rest[:, None]
            if len(self._implicit):
                weights += self._implicit[films] @ wanted.T / np.sqrt(films.size)
        features = [[bias] for bias in popularity]
        return Parts.listed([self._mean] * len(movies), features, films, unit * weights.T)
