"""Codes, and rows in order, each pair once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from matinee.coding import _CHUNK, distinct, encode_all, sort_rows
from matinee.errors import DataError
from matinee.ids import IdVocabulary

Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]


def columns(rows: list[tuple[int, int, int]]) -> Columns:
    """The stars say which row it was."""
    users, movies, times = (np.array([row[i] for row in rows]) for i in range(3))
    stars = np.arange(len(rows), dtype=np.float32)
    return users.astype(np.int32), movies.astype(np.int32), stars, times.astype(np.int64)


def expected(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, float, int]]:
    latest: dict[tuple[int, int], tuple[int, float]] = {}
    for number, (user, movie, time) in enumerate(rows):
        if (user, movie) not in latest or time >= latest[user, movie][0]:
            latest[user, movie] = (time, float(number))
    return [(*pair, number, time) for pair, (time, number) in sorted(latest.items())]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(-3, 3)), max_size=40),
    st.sampled_from([(6, 5), (2**31 - 1, 2**31 - 1)]),  # packed in one integer, and not
)
def test_sorts_and_keeps_the_latest(
    rows: list[tuple[int, int, int]], sizes: tuple[int, int]
) -> None:
    table = columns(rows)
    kept = sort_rows(*table, *sizes)
    assert list(zip(*(column[:kept].tolist() for column in table), strict=True)) == expected(rows)


def test_more_rows_than_one_piece() -> None:
    rng = np.random.default_rng(1)
    n = 2 * _CHUNK + 17
    users, movies = rng.permutation(n).astype(np.int32), np.zeros(n, dtype=np.int32)
    stars, times = users.astype(np.float32), users.astype(np.int64)
    assert sort_rows(users, movies, stars, times, n, 1) == n
    for column in (users, stars, times):
        assert np.array_equal(column, np.arange(n))


def test_disorder_between_two_pieces_is_seen() -> None:
    users = np.arange(_CHUNK + 1, dtype=np.int32)
    users[-1] = 0
    zeros = np.zeros(users.size, dtype=np.int32)
    stars, times = users.astype(np.float32), np.zeros(users.size, dtype=np.int64)
    assert sort_rows(users, zeros, stars, times, users.size, 1) == users.size - 1


def test_encodes_in_place() -> None:
    column = np.array([30, 10, 30], dtype=np.int32)
    assert encode_all(IdVocabulary([10, 20, 30]), column, "user", out=column) is column
    assert column.tolist() == [2, 0, 2]


def test_first_unknown_id_is_named() -> None:
    column = np.full(_CHUNK + 5, 10, dtype=np.int32)
    column[_CHUNK + 3] = 77
    with pytest.raises(DataError, match=f"row {_CHUNK + 3}: movie 77 is not among the movie ids"):
        encode_all(IdVocabulary([10]), column, "movie", out=column)


@given(st.lists(st.integers(-5, 3_000_000)))
def test_distinct(values: list[int]) -> None:
    assert set(distinct(np.asarray(values, dtype=np.int64)).tolist()) == set(values)
