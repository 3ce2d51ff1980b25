"""From ids to codes in order of user and movie, in as little memory as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import DataError
from matinee.ids import Codes, IdVocabulary

__all__ = ["distinct", "encode_all", "sort_rows"]

_CHUNK = 2**17


def distinct(column: NDArray[Any]) -> NDArray[Any]:
    """Distinct values of small non-negative integers, found by marking; else the column itself.

    Examples
    --------
    >>> distinct(np.array([7, 2, 7]))
    array([2, 7])
    """
    if column.dtype.kind in "iu" and column.size:
        low, high = int(column.min()), int(column.max())
        if low >= 0 and high <= max(4 * column.size, 2_000_000):
            present = np.zeros(high + 1, dtype=np.bool_)
            for start in range(0, column.size, _CHUNK):
                present[column[start : start + _CHUNK]] = True
            return np.flatnonzero(present)
    return column


def encode_all(
    vocabulary: IdVocabulary, column: NDArray[Any], kind: str, out: Codes | None = None
) -> Codes:
    """Codes of ids that must all be in the vocabulary.

    Parameters
    ----------
    vocabulary : IdVocabulary
    column : ndarray, shape (n,)
        Ids.
    kind : str
        What they are ids of, for the message.
    out : ndarray, shape (n,), dtype int32, optional
        Where to put the codes; may be `column` itself.

    Raises
    ------
    DataError
        Naming the first id that is not in the vocabulary.
    """
    codes = np.empty(column.size, dtype=np.int32) if out is None else out
    # In pieces, so that what encoding needs in between stays small.
    for start in range(0, column.size, _CHUNK):
        ids = column[start : start + _CHUNK]
        found = vocabulary.encode(ids)
        if int(found.min()) < 0:
            row = int(np.argmin(found))
            value = ids[row].item()
            raise DataError(
                f"row {start + row}: {kind} {value!r} is not among the {kind} ids given"
            )
        codes[start : start + _CHUNK] = found
    return codes


def sort_rows(
    users: Codes,
    movies: Codes,
    stars: NDArray[np.float32],
    timestamps: NDArray[np.int64],
    n_users: int,
    n_movies: int,
) -> int:
    """Sort rows by user and movie in place, and keep one of each pair.

    Where a pair stands several times, the row with the latest time is kept, and the last of those
    with equal times.

    Parameters
    ----------
    users, movies : ndarray, shape (n,), dtype int32
        Codes below `n_users` and `n_movies`; overwritten, as are the other columns.
    stars : ndarray, shape (n,), dtype float32
    timestamps : ndarray, shape (n,), dtype int64
    n_users, n_movies : int

    Returns
    -------
    int
        Number of rows that are kept; they stand first.

    Examples
    --------
    >>> users, movies = np.array([1, 0, 1], np.int32), np.array([3, 5, 3], np.int32)
    >>> stars, times = np.array([4, 2, 1], np.float32), np.array([20, 0, 10])
    >>> kept = sort_rows(users, movies, stars, times, 2, 6)
    >>> users[:kept], movies[:kept], stars[:kept]
    (array([0, 1], dtype=int32), array([5, 3], dtype=int32), array([2., 4.], dtype=float32))
    """
    if users.size < 2 or _is_sorted(users, movies):
        return users.size
    row_bits = int(users.size - 1).bit_length()
    movie_bits = int(n_movies - 1).bit_length()
    if row_bits + movie_bits + int(n_users - 1).bit_length() <= 63:
        rows = _pack(users, movies, movie_bits, row_bits)
        # Numbers are sorted several times faster than positions by numbers, and in place.
        rows.sort()
        _unpack(rows, users, movies, movie_bits, row_bits)
    else:
        rows = np.lexsort((movies, users))
        users[:], movies[:] = users[rows], movies[rows]
    again = (users[1:] == users[:-1]) & (movies[1:] == movies[:-1])
    if bool(again.any()):
        keep = _keep_latest(rows, timestamps, again)
        rows = rows[keep]
        users[: rows.size], movies[: rows.size] = users[keep], movies[keep]
    stars[: rows.size] = stars[rows]
    timestamps[: rows.size] = timestamps[rows]
    return rows.size


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


def _unpack(
    packed: NDArray[np.int64], users: Codes, movies: Codes, movie_bits: int, row_bits: int
) -> None:
    """Take the integers apart again: users and movies where they stood, row numbers in place."""
    for start in range(0, packed.size, _CHUNK):
        piece = packed[start : start + _CHUNK]
        pairs = piece >> row_bits
        users[start : start + _CHUNK] = pairs >> movie_bits
        pairs &= (1 << movie_bits) - 1
        movies[start : start + _CHUNK] = pairs
        piece &= (1 << row_bits) - 1


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
