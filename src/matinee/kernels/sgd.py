"""Stochastic gradient descent for biased matrix factorisation, parallel and repeatable.

Ratings are dealt into ``n_blocks × n_blocks`` cells by a fixed random part of each user and each
movie. A *stratum* is a set of cells of which no two share a user or a movie: its cells may run at
the same time and give the same result as one after another (Gemulla et al. 2011). The number of
blocks is fixed and not the number of threads, so a seed gives bit for bit the same model at any
number of threads, and an epoch equals a serial one in the order of its cells.

References
----------
Gemulla, Nijkamp, Haas, Sismanis, "Large-Scale Matrix Factorization with Distributed Stochastic
Gradient Descent" (KDD 2011).
Koren, Bell, Volinsky, "Matrix Factorization Techniques for Recommender Systems" (2009).
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

__all__ = ["sgd_epoch"]

Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Float64Array = NDArray[np.float64]


@njit(cache=True, fastmath=True, error_model="numpy")
def _run_cell(
    begin: int,
    end: int,
    users: Int32Array,
    movies: Int32Array,
    targets: Float32Array,
    user_vectors: Float32Array,
    movie_vectors: Float32Array,
    user_anchor: Float32Array,
    movie_anchor: Float32Array,
    factors: int,
    rates: Float32Array,
) -> float:
    rate = rates[0]
    bias_rate = rates[1]
    pull = rates[2]
    bias_pull = rates[3]
    loss = 0.0
    for p in range(begin, end):
        u = users[p]
        i = movies[p]
        dot = np.float32(0.0)
        for f in range(factors):
            dot += user_vectors[u, f] * movie_vectors[i, f]
        bias_u = user_vectors[u, factors]
        bias_i = movie_vectors[i, factors]
        error = targets[p] - bias_u - bias_i - dot
        loss += error * error
        user_vectors[u, factors] = bias_u + bias_rate * (
            error - bias_pull * (bias_u - user_anchor[u, factors])
        )
        movie_vectors[i, factors] = bias_i + bias_rate * (
            error - bias_pull * (bias_i - movie_anchor[i, factors])
        )
        for f in range(factors):
            a = user_vectors[u, f]
            b = movie_vectors[i, f]
            user_vectors[u, f] = a + rate * (error * b - pull * (a - user_anchor[u, f]))
            movie_vectors[i, f] = b + rate * (error * a - pull * (b - movie_anchor[i, f]))
    return loss


@njit(cache=True, error_model="numpy", parallel=True)
def sgd_epoch(
    cells: Int64Array,
    strata: Int64Array,
    users: Int32Array,
    movies: Int32Array,
    targets: Float32Array,
    user_vectors: Float32Array,
    movie_vectors: Float32Array,
    user_anchor: Float32Array,
    movie_anchor: Float32Array,
    factors: int,
    rates: Float32Array,
    losses: Float64Array,
) -> None:
    """Pass once over all ratings, stratum after stratum, and update vectors in place.

    A rating moves its user's factors *a* and its movie's factors *b* by

        a += rate · (error · b - penalty · (a - user_anchor[u]))
        b += rate · (error · a - penalty · (b - movie_anchor[i]))

    and the two biases likewise, with a rate and a penalty of their own.

    Parameters
    ----------
    cells : int64 array, shape (n_blocks² + 1,)
        Where each cell's ratings begin; cell ``r · n_blocks + c`` holds users of part *r* and
        movies of part *c*.
    strata : int64 array, shape (n_blocks,)
        A permutation of ``0 … n_blocks - 1``: the diagonals in the order of the pass.
    users, movies : int32 array, shape (n_ratings,)
        Codes, sorted by cell.
    targets : float32 array, shape (n_ratings,)
        Stars, less the global mean.
    user_vectors : float32 array, shape (n_users, width)
    movie_vectors : float32 array, shape (n_movies, width)
        Whole vectors, implicit parts included: factors, the bias, and padding that stays as it is.
    user_anchor : float32 array, shape (n_users, width)
    movie_anchor : float32 array, shape (n_movies, width)
        What the penalty pulls to: zeros, or the implicit parts.
    factors : int
        Number of factors, and the column of the bias.
    rates : float32 array, shape (4,)
        Learning rate of factors, learning rate of biases, penalty on factors, penalty on biases.
    losses : float64 array, shape (n_blocks²,)
        Receives each cell's sum of squared errors, each before its own update.
    """
    n_blocks = strata.shape[0]
    for s in range(n_blocks):
        for block in prange(n_blocks):
            cell = block * n_blocks + (block + strata[s]) % n_blocks
            losses[cell] = _run_cell(
                cells[cell],
                cells[cell + 1],
                users,
                movies,
                targets,
                user_vectors,
                movie_vectors,
                user_anchor,
                movie_anchor,
                factors,
                rates,
            )
