"""The table of ratings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import DataError, ParameterError, UnknownUserError
from matinee.ids import IdVocabulary
from matinee.ratings import Ratings

rows = st.lists(
    st.tuples(
        st.integers(1, 6), st.integers(10, 16), st.sampled_from([0.5, 2.0, 5.0]), st.integers(0, 3)
    ),
    max_size=40,
)


def of(table: list[tuple[int, int, float, int]], **options: Any) -> Ratings:
    columns = [np.asarray(column) for column in zip(*table, strict=True)] if table else [[]] * 4
    return Ratings.from_columns(*columns, **options)


@given(rows)
def test_the_latest_rating_of_a_pair_stands(table: list[tuple[int, int, float, int]]) -> None:
    """Among equal times, the last row of the table."""
    expected: dict[tuple[int, int], tuple[int, float]] = {}
    for user, movie, stars, time in table:
        if (user, movie) not in expected or time >= expected[user, movie][0]:
            expected[user, movie] = (time, stars)
    ratings = of(table)
    found = {
        (int(ratings.user_ids.ids[u]), int(ratings.movie_ids.ids[m])): (int(t), float(s))
        for u, m, s, t in zip(
            ratings.users, ratings.movies, ratings.stars, ratings.timestamps, strict=True
        )
    }
    assert found == expected
    assert ratings.duplicates == len(table) - len(expected)


@given(rows)
def test_rows_are_sorted_and_views_agree(table: list[tuple[int, int, float, int]]) -> None:
    ratings = of(table)
    pairs = list(zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert (ratings.csr() != ratings.csc().tocsr()).nnz == 0
    assert ratings.user_counts.sum() == ratings.movie_stats.counts.sum() == len(ratings)


@given(rows, st.randoms())
def test_the_order_of_the_source_does_not_matter(
    table: list[tuple[int, int, float, int]], random: Any
) -> None:
    once = {(u, m): (u, m, s, t) for u, m, s, t in table}
    ordered = list(once.values())
    shuffled = ordered.copy()
    random.shuffle(shuffled)
    assert of(ordered).fingerprint == of(shuffled).fingerprint


def test_types_and_immutability() -> None:
    ratings = of([(1, 10, 4.0, 7), (2, 11, 3.5, 8)])
    assert ratings.users.dtype == ratings.movies.dtype == np.int32
    assert (ratings.stars.dtype, ratings.timestamps.dtype) == (np.float32, np.int64)
    with pytest.raises(ValueError, match="read-only"):
        ratings.stars[0] = 1.0
    assert ratings.csr() is ratings.csr()
    assert np.shares_memory(ratings.csr().data, ratings.stars)
    assert np.shares_memory(ratings.csr().indices, ratings.movies)


def test_movie_stats_and_sizes() -> None:
    ratings = of([(1, 10, 4.0, 0), (2, 10, 2.0, 0), (2, 12, 5.0, 0)])
    assert ratings.movie_stats.counts.tolist() == [2, 1]
    assert ratings.movie_stats.means.tolist() == [3.0, 5.0]
    assert ratings.density == 3 / 4
    assert not ratings.has_timestamps
    assert ratings.mean == pytest.approx(11 / 3)
    assert repr(ratings) == "Ratings(3 ratings, 2 users, 2 movies, stars 2 to 5 in steps of 1)"


def test_profiles() -> None:
    ratings = of([(1, 10, 4.0, 7), (2, 11, 3.5, 8), (2, 10, 1.0, 9)])
    profile = ratings.profile(2)
    assert profile.ratings == {10: 1.0, 11: 3.5}
    assert profile.timestamps == {10: 9, 11: 8}
    assert profile.user_id == 2
    with pytest.raises(
        UnknownUserError, match=r"no user 3: there are 2 users, their ids from 1 to"
    ):
        ratings.profile(3)


def test_subsets_keep_vocabularies_and_scale() -> None:
    ratings = of([(1, 10, 0.5, 0), (2, 11, 3.5, 0), (2, 12, 5.0, 0)])
    some = ratings.take(ratings.stars > 1)
    assert (len(some), some.n_users, some.n_movies) == (2, 2, 3)
    assert some.scale == ratings.scale
    assert some.movie_ids is ratings.movie_ids
    assert some.compact_users().n_users == 1
    assert some.compact_users().user_ids.id_of(0) == 2
    assert ratings.compact_users() is ratings
    with pytest.raises(ParameterError, match="mask"):
        ratings.take(np.array([True]))


def test_another_movie_vocabulary() -> None:
    ratings = of([(1, 10, 4.0, 0), (1, 12, 3.0, 0)])
    wide = ratings.with_movies(IdVocabulary([9, 10, 11, 12]))
    assert wide.movies.tolist() == [1, 3]
    assert wide.profile(1).ratings == ratings.profile(1).ratings
    with pytest.raises(DataError, match="movie 12 is not among"):
        ratings.with_movies(IdVocabulary([10]))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (([1, 2], [1], [3.0, 4.0]), "differ in length: 2, 1, 2, 2"),
        (([1], [1], [float("nan")]), "row 0: stars must be finite"),
        (([1, 1], [1, 2], [3.0, float("inf")]), "row 1: stars must be finite"),
    ],
)
def test_columns_that_do_not_fit(columns: Any, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        Ratings.from_columns(*columns)


def test_the_constructor_takes_only_sorted_distinct_known_codes() -> None:
    ids = IdVocabulary([1, 2])

    def make(users: list[int], movies: list[int], n_stars: int = 2) -> Ratings:
        return Ratings(
            np.asarray(users, np.int32),
            np.asarray(movies, np.int32),
            np.ones(n_stars, np.float32),
            np.zeros(2, np.int64),
            user_ids=ids,
            movie_ids=ids,
        )

    with pytest.raises(DataError, match="sorted by user and movie"):
        make([1, 0], [0, 0])
    with pytest.raises(DataError, match="sorted by user and movie"):
        make([0, 0], [1, 1])
    with pytest.raises(DataError, match="movie code lies outside"):
        make([0, 0], [1, 2])
    with pytest.raises(DataError, match="differ in shape"):
        make([0, 0], [0, 1], 3)


def test_frames_come_out_with_ids() -> None:
    frame = of([(7, 10, 4.0, 5)]).to_polars()
    assert frame.row(0, named=True) == {"user_id": 7, "movie_id": 10, "rating": 4.0, "timestamp": 5}


def test_equal_data_have_equal_fingerprints() -> None:
    first = of([(1, 10, 4.0, 5)])
    assert first.fingerprint == of([(1, 10, 4.0, 5)]).fingerprint
    assert len(first.fingerprint) == 64
    for other in ((1, 10, 4.5, 5), (1, 11, 4.0, 5), (2, 10, 4.0, 5), (1, 10, 4.0, 6)):
        assert first.fingerprint != of([other]).fingerprint
