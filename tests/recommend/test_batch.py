"""Profiles as rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from matinee.catalog import Catalog
from matinee.errors import ParameterError, UnknownMovieError
from matinee.profile import Profile
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch, row_digests
from matinee.scale import RatingScale

CATALOG = Catalog.from_columns([10, 20, 30], ["A", "B", "C"])
SCALE = RatingScale(1, 5, 1)


def test_profiles_become_sorted_rows() -> None:
    people = [Profile({30: 2.0, 10: 4.0}, timestamps={30: 7}), Profile({}, seen=frozenset({20}))]
    batch = ProfileBatch.from_profiles(people, CATALOG, SCALE)
    assert len(batch) == 2
    assert batch.movies.tolist() == [0, 2]
    assert batch.stars.tolist() == [4.0, 2.0]
    assert batch.timestamps.tolist() == [0, 7]
    assert batch.lengths.tolist() == [2, 0]
    assert batch.users.tolist() == [-1, -1]
    assert [hidden.tolist() for hidden in batch.hidden] == [[], [1]]
    assert batch.matrix().toarray().tolist() == [[4, 0, 2], [0, 0, 0]]


def test_users_of_a_table_become_the_same_rows() -> None:
    ratings = Ratings.from_columns([1, 1, 2, 3], [10, 30, 20, 10], [4.0, 2.0, 1.0, 5.0])
    ratings = ratings.with_movies(CATALOG.movie_ids)
    table = ProfileBatch.from_ratings(ratings, np.array([2, 0], dtype=np.int32))
    people = ProfileBatch.from_profiles([ratings.profile(3), ratings.profile(1)], CATALOG, SCALE)
    for name in ("indptr", "movies", "stars", "timestamps"):
        assert np.array_equal(getattr(table, name), getattr(people, name))
    assert np.array_equal(table.digests, people.digests)


def test_a_part_of_a_batch() -> None:
    people = [Profile({10: 4.0}), Profile({20: 3.0, 30: 1.0}), Profile({}), Profile({30: 5.0})]
    batch = ProfileBatch.from_profiles(people, CATALOG, SCALE).with_users(np.array([7, 8, 9, 6]))
    part = batch.rows(1, 3)
    assert part.matrix().toarray().tolist() == [[0, 3, 1], [0, 0, 0]]
    assert part.users.tolist() == [8, 9]
    assert len(part.hidden) == 2


@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.sampled_from([1, 2, 16, 17]))
def test_sums_of_rows_are_the_product(seed: int, n: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    table = random_array((12, 5), density=0.4, rng=rng, dtype=np.float32, format="csr")
    catalog = Catalog.from_columns(range(12), [str(i) for i in range(12)])
    rated = rng.choice(12, n, replace=False).tolist()
    people = [Profile(dict.fromkeys(rated, 3.0)), *[Profile({5: 1.0})] * (number - 1)]
    batch = ProfileBatch.from_profiles(people, catalog, SCALE)
    values = rng.normal(size=batch.movies.size).astype(np.float32)
    found = batch.sums(values, csr_array(table))
    assert found.dtype == np.float32
    expected = batch.matrix(values).toarray() @ table.toarray()
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)


RATED = st.dictionaries(st.sampled_from([10, 20, 30]), st.integers(1, 5).map(float))


@given(st.lists(st.tuples(RATED, st.sets(st.sampled_from([10, 20, 30]))), max_size=5))
def test_several_profiles_are_each_what_they_are_alone(
    several: list[tuple[dict[int, float], set[int]]],
) -> None:
    people = [
        Profile(rated, seen=frozenset(seen), timestamps={10: 5} if seen else {})
        for rated, seen in several
    ]
    batch = ProfileBatch.from_profiles(people, CATALOG, SCALE)
    for row, person in enumerate(people):
        alone = ProfileBatch.from_profiles([person], CATALOG, SCALE)
        part = batch.rows(row, row + 1)
        for name in ("indptr", "movies", "stars", "timestamps", "users"):
            found, expected = getattr(part, name), getattr(alone, name)
            assert found.tolist() == expected.tolist()
            assert found.dtype == expected.dtype
        assert sorted(part.hidden[0].tolist()) == sorted(alone.hidden[0].tolist())


def test_what_is_kept_of_profiles_goes_with_their_rows() -> None:
    people = [Profile({10: 4.0}), Profile({20: 3.0}), Profile({})]
    batch = ProfileBatch.from_profiles(people, CATALOG, SCALE)
    batch.kept["taste"] = np.array([[1, 2], [3, 4], [5, 6]])
    assert batch.rows(1, 3).kept["taste"].tolist() == [[3, 4], [5, 6]]
    assert batch.rows(1, 3).rows(0, 1).kept["taste"].tolist() == [[3, 4]]
    assert batch.may_keep
    assert not ProfileBatch.from_profiles(people * 6, CATALOG, SCALE).may_keep


def test_a_part_that_is_all_is_the_batch_itself() -> None:
    batch = ProfileBatch.from_profiles([Profile({10: 4.0}), Profile({})], CATALOG, SCALE)
    assert batch.rows(0, 2) is batch
    assert batch.rows(0, 1) is not batch
    assert batch.rows(0, 1).stars_by_movie == {0: 4.0}


def test_wrong_profiles() -> None:
    with pytest.raises(UnknownMovieError, match="40"):
        ProfileBatch.from_profiles([Profile({40: 1.0})], CATALOG, SCALE)
    with pytest.raises(ParameterError, match=r"0\.5 stars for movie 10 is outside .* 1 to 5"):
        ProfileBatch.from_profiles([Profile({10: 0.5})], CATALOG, SCALE)
    with pytest.raises(UnknownMovieError, match="same film twice"):
        ProfileBatch.from_profiles([Profile({10: 1.0, "10": 2.0})], CATALOG, SCALE)


@given(
    st.dictionaries(st.integers(0, 50), st.sampled_from([0.5, 1.0, 4.5]), min_size=1), st.randoms()
)
def test_digests_ignore_order_and_notice_changes(row: dict[int, float], random: object) -> None:
    def digest(items: list[tuple[int, float]]) -> int:
        movies = np.array([movie for movie, _ in items], dtype=np.int32)
        stars = np.array([value for _, value in items], dtype=np.float32)
        return int(row_digests(np.array([0, len(items)]), movies, stars)[0])

    items = list(row.items())
    assert digest(items) == digest(items[::-1])
    movie, value = items[0]
    assert digest(items) != digest([(movie, value + 0.25), *items[1:]])
    assert digest(items) != digest([(movie + 100, value), *items[1:]])
    assert digest(items) != digest(items[1:])
