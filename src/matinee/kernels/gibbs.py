"""Gibbs sampling for Bayesian factorisation with implicit parts on both sides.

The model is that of :mod:`matinee.kernels.als_explicit`. Own parts of a row's vector are drawn
jointly, from one Cholesky decomposition a row, which mixes in far fewer sweeps than column by
column. Implicit parts are drawn one by one, a column at a time: with the sums of residual · feature
and feature² of each row at hand, a draw costs one pass over the rows that it touches.

Random numbers come in as arrays and each row is summed by one thread in one order: the results are
bit for bit the same at any number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from matinee.kernels.als_explicit import BATCH, add_outer, backward, cholesky, forward
from matinee.kernels.gram import stride

__all__ = ["draw_implicit", "draw_rows", "fold_in", "residuals", "square_sums"]

Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def draw_rows(
    indptr: Int64Array,
    indices: Int32Array,
    targets: Float32Array,
    offsets: Float32Array,
    features: Float32Array,
    base: Float32Array,
    precision: Float32Array,
    shift: Float32Array,
    noise_precision: float,
    normals: Float32Array,
    out: Float32Array,
) -> None:
    """Draw each row's own part from its conditional posterior.

    Row *r* is Gaussian with the precision matrix ``precision + α Σ f fᵀ`` and the mean that solves
    it for ``shift + α Σ f (target - offset - base[r] · f)``, over the row's entries, with their
    features *f* and α the `noise_precision`.

    Parameters
    ----------
    indptr, indices, targets, offsets, features, base
        As in :func:`matinee.kernels.als_explicit.ridge_rows`.
    precision : float32 array, shape (width, width)
        Of the prior; 1 on the diagonal of padded columns.
    shift : float32 array, shape (width,)
        The prior's precision times its mean.
    noise_precision : float
        One over the variance of a rating.
    normals : float32 array, shape (n_rows, width)
        Standard normal numbers; zeros give the posterior mean.
    out : float32 array, shape (n_rows, width)
        Receives the draws.
    """
    width = features.shape[1]
    root = np.float32(np.sqrt(noise_precision))
    n = indptr.shape[0] - 1
    step = stride(n)
    for turn in prange(n):
        row = (turn * step) % n
        gram = precision.copy()
        right = shift.copy()
        batch = np.zeros((BATCH, width), np.float32)
        start, end = indptr[row], indptr[row + 1]
        while start < end:
            count = min(BATCH, end - start)
            for b in range(count):
                m = indices[start + b]
                value = targets[start + b] - offsets[m]
                for c in range(width):
                    value -= base[row, c] * features[m, c]
                value *= root * root
                for c in range(width):
                    right[c] += value * features[m, c]
                    batch[b, c] = root * features[m, c]
            for b in range(count, BATCH):
                for c in range(width):
                    batch[b, c] = 0.0
            add_outer(gram, batch)
            start += BATCH
        cholesky(gram)
        forward(gram, right)
        for c in range(width):
            right[c] += normals[row, c]
        backward(gram, right)
        for c in range(width):
            out[row, c] = right[c]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def residuals(
    indptr: Int64Array,
    indices: Int32Array,
    targets: Float32Array,
    offsets: Float32Array,
    features: Float32Array,
    vectors: Float32Array,
    out: Float32Array,
) -> None:
    """What whole vectors leave of each entry's target."""
    width = features.shape[1]
    for row in prange(indptr.shape[0] - 1):
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            value = targets[p] - offsets[m]
            for c in range(width):
                value -= vectors[row, c] * features[m, c]
            out[p] = value


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def square_sums(
    indptr: Int64Array, indices: Int32Array, features: Float32Array, out: Float32Array
) -> None:
    """Sum feature² over each row's entries, for all columns; `out` has a column a row."""
    width = features.shape[1]
    for row in prange(indptr.shape[0] - 1):
        total = np.zeros(width, np.float32)
        for p in range(indptr[row], indptr[row + 1]):
            m = indices[p]
            for c in range(width):
                total[c] += features[m, c] * features[m, c]
        for c in range(width):
            out[c, row] = total[c]


@njit(cache=True, fastmath=True, error_model="numpy")
def draw_implicit(
    indptr: Int64Array,
    indices: Int32Array,
    other_indptr: Int64Array,
    other_indices: Int32Array,
    weights: Float32Array,
    features: Float32Array,
    squares: Float32Array,
    precision: Float32Array,
    noise_precision: float,
    normals: Float32Array,
    implicit: Float32Array,
    base: Float32Array,
    residual: Float32Array,
) -> None:
    """Draw implicit parts one after another, column by column, each given all the rest.

    On one thread: each draw needs the one before, and a column takes less time than several
    threads take to meet.

    Parameters
    ----------
    indptr, indices : int64 and int32 arrays
        Entries of each row; each adds the implicit part of its feature row.
    other_indptr, other_indices : int64 and int32 arrays
        For each implicit part, the rows that it is added to.
    weights : float32 array, shape (n_rows,)
        By which a row multiplies the sum of its implicit parts.
    features : float32 array, shape (width, n_features)
        The other side's features, a column a row.
    squares : float32 array, shape (width, n_rows)
        Of :func:`square_sums`.
    precision : float32 array, shape (columns,)
        Of the priors, whose means are zero.
    noise_precision : float
        Of the ratings.
    normals : float32 array, shape (columns, n_features)
    implicit : float32 array, shape (width, n_features)
        Changed in place.
    base : float32 array, shape (width, n_rows)
        Each row's sum of implicit parts times its weight; changed in place.
    residual : float32 array, shape (n_entries,)
        What is left of each rating; changed in place.
    """
    n_rows = indptr.shape[0] - 1
    sums = np.empty(n_rows, np.float32)
    alpha = np.float32(noise_precision)
    for column in range(precision.shape[0]):
        feature, square = features[column], squares[column]
        for row in range(n_rows):
            total = np.float32(0.0)
            for p in range(indptr[row], indptr[row + 1]):
                total += residual[p] * feature[indices[p]]
            sums[row] = total
        for j in range(other_indptr.shape[0] - 1):
            curvature, gradient = np.float32(0.0), np.float32(0.0)
            for p in range(other_indptr[j], other_indptr[j + 1]):
                row = other_indices[p]
                w = weights[row]
                curvature += w * w * square[row]
                gradient += w * sums[row]
            before = implicit[column, j]
            posterior = precision[column] + alpha * curvature
            value = alpha * (gradient + curvature * before) / posterior
            value += normals[column, j] / np.sqrt(posterior)
            implicit[column, j] = value
            moved = value - before
            for p in range(other_indptr[j], other_indptr[j + 1]):
                row = other_indices[p]
                sums[row] -= weights[row] * moved * square[row]
        for row in range(n_rows):
            total = np.float32(0.0)
            for p in range(indptr[row], indptr[row + 1]):
                total += implicit[column, indices[p]]
            total *= weights[row]
            moved = total - base[column, row]
            base[column, row] = total
            for p in range(indptr[row], indptr[row + 1]):
                residual[p] -= moved * feature[indices[p]]


@njit(cache=True, fastmath=True, error_model="numpy", parallel=True)
def fold_in(
    indptr: Int64Array,
    movies: Int32Array,
    targets: Float32Array,
    features: Float32Array,
    offsets: Float32Array,
    implicit: Float32Array,
    typical: Float32Array,
    least: int,
    precision: Float32Array,
    shift: Float32Array,
    noise_precision: Float32Array,
    pairs: Int64Array,
    pair_movies: Int32Array,
    vectors: Float32Array,
    variances: Float32Array,
) -> None:
    """The posterior of people given kept samples of the films, and its variance for some films.

    Parameters
    ----------
    indptr, movies, targets : arrays
        People's ratings, by row.
    features, implicit : float32 arrays, shape (n_movies, samples, width)
        Films' vectors, with 1 in place of the bias, and what having rated each adds to a person.
    offsets : float32 array, shape (n_movies, samples)
        Films' biases.
    typical : float32 array, shape (samples, width)
        What a film adds on average.
    least : int
        Somebody with fewer ratings is taken to have rated as many, the others being typical.
    precision, shift : float32 arrays, shape (samples, width, width) and (samples, width)
        The prior of people's own parts in each sample.
    noise_precision : float32 array, shape (samples,)
    pairs : int64 array, shape (n_people + 1,)
        Where each person's films of `pair_movies` begin.
    pair_movies : int32 array, shape (n_pairs,)
    vectors : float32 array, shape (n_people, samples, width)
        Receives the posterior means, implicit parts included.
    variances : float32 array, shape (n_pairs,)
        Receives the mean over samples of fᵀ (posterior covariance) f.
    """
    samples, width = features.shape[1], features.shape[2]
    n = indptr.shape[0] - 1
    step = stride(n)
    for turn in prange(n):
        row = (turn * step) % n
        begin, end = indptr[row], indptr[row + 1]
        number = max(end - begin, least, 1)
        weight = np.float32(1.0 / np.sqrt(number))
        missing = np.float32(number - (end - begin))
        for pair in range(pairs[row], pairs[row + 1]):
            variances[pair] = 0.0
        for s in range(samples):
            root = np.sqrt(noise_precision[s])
            gram = precision[s].copy()
            right = shift[s].copy()
            batch = np.zeros((BATCH, width), np.float32)
            base = missing * typical[s]
            for p in range(begin, end):
                for c in range(width):
                    base[c] += implicit[movies[p], s, c]
            for c in range(width):
                base[c] *= weight
            start = begin
            while start < end:
                count = min(BATCH, end - start)
                for b in range(count):
                    m = movies[start + b]
                    value = targets[start + b] - offsets[m, s]
                    for c in range(width):
                        value -= base[c] * features[m, s, c]
                    value *= root * root
                    for c in range(width):
                        right[c] += value * features[m, s, c]
                        batch[b, c] = root * features[m, s, c]
                for b in range(count, BATCH):
                    for c in range(width):
                        batch[b, c] = 0.0
                add_outer(gram, batch)
                start += BATCH
            cholesky(gram)
            forward(gram, right)
            backward(gram, right)
            for c in range(width):
                vectors[row, s, c] = right[c] + base[c]
            for pair in range(pairs[row], pairs[row + 1]):
                solved = features[pair_movies[pair], s].copy()
                forward(gram, solved)
                total = np.float32(0.0)
                for c in range(width):
                    total += solved[c] * solved[c]
                variances[pair] += total / np.float32(samples)
