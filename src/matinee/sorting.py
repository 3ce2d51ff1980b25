"""Bringing ratings into order by user and movie, in as little memory as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes

__all__ = ["sort_pairs"]

_CHUNK = 2**17


def sort_pairs(
    users: Codes, movies: Codes, timestamps: NDArray[np.int64], n_users: int, n_movies: int
) -> tuple[Codes, Codes, NDArray[np.int64] | None]:
    """Sort rows by user and movie, and keep one of each pair.

    Where a pair stands several times, the row with the latest time is kept, and the last of those
    with equal times.

    Parameters
    ----------
    users, movies : ndarray, shape (n,), dtype int32
        Codes below `n_users` and `n_movies`.
    timestamps : ndarray, shape (n,), dtype int64

    Returns
    -------
    users, movies : ndarray, shape (m,), dtype int32
    rows : ndarray, shape (m,), dtype int64, or None
        Which row of the input each one is; None where the input is in order already.

    Examples
    --------
    >>> users, movies = np.array([1, 0, 1], np.int32), np.array([3, 5, 3], np.int32)
    >>> sort_pairs(users, movies, np.array([20, 0, 10]), 2, 6)
    (array([0, 1], dtype=int32), array([5, 3], dtype=int32), array([1, 0]))
    """
    if users.size < 2 or _is_sorted(users, movies):
        return users, movies, None
    row_bits = int(users.size - 1).bit_length()
    movie_bits = max(int(n_movies - 1).bit_length(), 1)
    if row_bits + movie_bits + int(n_users - 1).bit_length() <= 63:
        rows = _pack(users, movies, movie_bits, row_bits)
        # Numbers are sorted several times faster than positions by numbers, and in place.
        rows.sort()
        users = _unpack(rows, movie_bits + row_bits, n_users)
        movies = _unpack(rows, row_bits, (1 << movie_bits))
        rows &= (1 << row_bits) - 1
    else:
        rows = np.lexsort((movies, users))
        users, movies = users[rows], movies[rows]
    again = (users[1:] == users[:-1]) & (movies[1:] == movies[:-1])
    if bool(again.any()):
        keep = _keep_latest(rows, timestamps, again)
        users, movies, rows = users[keep], movies[keep], rows[keep]
    return users, movies, rows


def _is_sorted(users: Codes, movies: Codes) -> bool:
    """Whether rows are in order and no pair stands twice; mostly answered by the first rows."""
    for start in range(0, users.size - 1, _CHUNK):
        user = users[start : start + _CHUNK + 1]
        movie = movies[start : start + _CHUNK + 1]
        later = user[1:] > user[:-1]
        if not bool(np.all(later | ((user[1:] == user[:-1]) & (movie[1:] > movie[:-1])))):
            return False
    return True


def _pack(users: Codes, movies: Codes, movie_bits: int, row_bits: int) -> NDArray[np.int64]:
    """User, movie and row number in one integer each, the user in the highest bits."""
    packed = np.empty(users.size, dtype=np.int64)
    # In pieces that fit the processor's cache, without arrays in between.
    for start in range(0, users.size, _CHUNK):
        piece = packed[start : start + _CHUNK]
        piece[:] = users[start : start + _CHUNK]
        piece <<= movie_bits
        piece |= movies[start : start + _CHUNK]
        piece <<= row_bits
        piece |= np.arange(start, start + piece.size)
    return packed


def _unpack(packed: NDArray[np.int64], shift: int, limit: int) -> Codes:
    mask = (1 << int(limit - 1).bit_length()) - 1
    codes = np.empty(packed.size, dtype=np.int32)
    for start in range(0, packed.size, _CHUNK):
        codes[start : start + _CHUNK] = (packed[start : start + _CHUNK] >> shift) & mask
    return codes


def _keep_latest(
    rows: NDArray[np.int64], timestamps: NDArray[np.int64], again: NDArray[np.bool_]
) -> NDArray[Any]:
    """A mask of the first row of each run of equal pairs; the row to keep is moved there."""
    first = np.append(True, ~again)
    in_run = ~first | np.append(again, False)
    positions = np.flatnonzero(in_run)
    run = np.cumsum(first[positions])
    found = rows[positions]
    order = np.lexsort((found, timestamps[found], run))
    last = np.append(run[order][1:] != run[order][:-1], True)
    rows[positions[first[positions]]] = found[order][last]
    return first
