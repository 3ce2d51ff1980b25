from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matinee.dataset import Dataset
from matinee.explore.totals import Totals
from matinee.ratings import Ratings


def test_counts_by_film_and_person(tiny: Dataset) -> None:
    totals = Totals.of(tiny.ratings)
    assert totals.levels.tolist() == [1, 2, 3, 4, 5]
    assert totals.film_levels.tolist() == [
        [0, 0, 0, 1, 2],
        [0, 1, 1, 1, 0],
        [1, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
    ]
    assert totals.film_sums.tolist() == [14, 9, 6, 0]
    assert totals.film_squares.tolist() == [66, 29, 26, 0]
    assert totals.user_counts.tolist() == [3, 2, 3]
    assert totals.user_sums.tolist() == [9, 8, 12]


def test_counts_by_time(tiny: Dataset) -> None:
    totals = Totals.of(tiny.ratings)
    assert totals.span == (360, 361)  # January and February 2000
    assert totals.months[360:362].tolist() == [5, 3]
    assert totals.hours[2, 10] == 3  # Wednesday, 10:00
    assert totals.hours[2, 11] == 1
    assert totals.hours[2, 12] == 1
    assert totals.hours[5, 10] == 3  # 5 February was a Saturday
    assert totals.hours.sum() == 8


def test_a_session_ends_after_an_hour_without_a_rating(tiny: Dataset) -> None:
    totals = Totals.of(tiny.ratings)
    # Person 2 rates twice, an hour and a second apart.
    assert totals.user_sessions.tolist() == [1, 2, 1]
    assert totals.session_sizes.tolist() == [3, 1, 1, 3]
    assert totals.one_session_share == 2 / 3


def test_times_that_cannot_be_are_left_out() -> None:
    ratings = Ratings.from_columns([1, 1, 1], [1, 2, 3], [1, 2, 3], [0, -5, 5_000_000_000])
    totals = Totals.of(ratings)
    assert totals.span is None
    assert totals.user_counts.tolist() == [3]


def test_scale_without_steps_is_cut_into_bins() -> None:
    stars = np.linspace(0, 1, 1000, dtype=np.float32) ** 2
    totals = Totals.of(Ratings.from_columns(np.arange(1000), np.arange(1000) % 7, stars))
    assert totals.levels.size == 20
    assert totals.film_levels.sum() == 1000
    assert np.isclose(totals.film_sums.sum(), stars.sum(dtype=np.float64))


def test_one_star_value_only() -> None:
    totals = Totals.of(Ratings.from_columns([1, 2], [1, 1], [3, 3]))
    assert totals.film_levels.tolist() == [[2, 0]]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 6),
            st.integers(1, 6),
            st.integers(1, 5),
            st.integers(1_000_000_000, 1_000_020_000),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 20),
)
def test_the_size_of_blocks_changes_nothing(
    rows: list[tuple[int, int, int, int]], block: int
) -> None:
    users, movies, stars, times = zip(*rows, strict=True)
    ratings = Ratings.from_columns(users, movies, stars, times)
    whole, parts = Totals.of(ratings), Totals.of(ratings, block=block)
    for name in vars(whole):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name
    assert whole.session_sizes.sum() == len(ratings)
    assert whole.session_sizes.size == whole.user_sessions.sum()


def test_progress_ends_at_the_last_rating(tiny: Dataset) -> None:
    events: list[tuple[int, int | None]] = []
    Totals.of(tiny.ratings, progress=lambda e: events.append((e.done, e.total)), block=3)
    assert events == [(3, 8), (5, 8), (8, 8)]
