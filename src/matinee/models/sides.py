"""The two sides of a factorisation while it is being fitted: solve one, hold the other.

See :mod:`matinee.kernels.als_explicit` for the model. Nothing here is needed to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.ratings import Ratings

__all__ = ["Side", "improve_implicit", "padded_width", "rebase", "solve", "two_sides"]

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
