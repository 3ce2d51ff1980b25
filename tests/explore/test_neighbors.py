from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.dataset import Dataset
from matinee.explore.neighbors import FEWEST, Neighbors, compare
from matinee.explore.taste import describe
from matinee.profile import Profile
from matinee.ratings import Ratings

FILMS = range(1, 13)


def two_tastes(fans: int = 8, others: int = 8) -> Dataset:
    """Fans love odd films and hate even ones, the others the other way round.

    Film 20 is loved by all fans but one, film 21 by four of them: one too few to be told.
    """
    rows = []
    for user in range(fans + others):
        is_fan = user < fans
        rows += [(user, film, 5.0 if (film % 2 == 1) == is_fan else 1.0) for film in FILMS]
        if is_fan and user:
            rows.append((user, 20, 5.0))
        if is_fan and user < FEWEST - 1:
            rows.append((user, 21, 5.0))
    users, movies, stars = zip(*rows, strict=True)
    return Dataset.of(Ratings.from_columns(users, movies, stars), name="two")


def fan(**more: Any) -> Profile:
    return Profile({film: 5.0 if film % 2 else 1.0 for film in FILMS}, **more)


def test_people_alike_and_what_they_liked() -> None:
    nearest = describe(fan(), two_tastes()).nearest
    assert nearest is not None
    assert len(nearest.similarities) == 8, "those of the other taste are not alike"
    # Twelve films in common: nearly the same stars, times 12 / (12 + 20).
    assert nearest.similarities[0] == pytest.approx(12 / 32, abs=0.01)
    assert nearest.common == 12
    (film,) = nearest.films
    assert (film.movie_id, film.liked_by, film.rated_by) == (20, 7, 7)


def test_nothing_is_told_of_films_that_few_liked() -> None:
    assert 21 not in [film.movie_id for film in _nearest(two_tastes()).films]
    more = two_tastes(fans=30)
    assert 21 not in [film.movie_id for film in _nearest(more).films], "four liked it"


def test_nothing_is_told_of_a_group_that_is_too_small() -> None:
    assert describe(fan(), two_tastes(fans=FEWEST - 1)).nearest is None
    assert describe(fan(), two_tastes(fans=FEWEST)).nearest is not None


def test_seen_films_do_not_come_back() -> None:
    assert _nearest(two_tastes(), seen={20}).films == ()


def test_a_person_of_the_data_is_not_alike_to_oneself() -> None:
    data = two_tastes()
    report = describe(data.profile(3), data)
    assert report.nearest is not None
    assert len(report.nearest.similarities) == 7


def test_no_id_of_anybody_is_in_a_report() -> None:
    names = {field.name for field in dataclasses.fields(Neighbors)}
    assert names == {"similarities", "common", "films"}
    data = two_tastes()
    ratings = data.ratings
    renamed = Ratings.from_columns(
        [f"secret-{user}" for user in ratings.users],
        data.catalog.movie_ids.decode(ratings.movies),
        ratings.stars,
    )
    told = str(describe(fan(), Dataset.of(renamed, name="two")).to_dict())
    assert "secret" not in told
    assert "liked_by" in told


def test_generosity_beside_others() -> None:
    rows = [(user, film, float(1 + user)) for user in range(5) for film in range(10)]
    users, movies, stars = zip(*rows, strict=True)
    data = Dataset.of(Ratings.from_columns(users, movies, stars))
    codes = np.arange(10, dtype=np.int32)

    def share_below(stars: float, **more: int) -> tuple[float | None, float | None]:
        given = np.full(10, stars)
        found = compare(data, Profile(**more), codes, given, np.full(10, 3.0), most=5, damping=5)
        return found[:2]

    # Five people at -2, -1, 0, 1 and 2 beside the mean, less what damping and they themselves take;
    # none of them has any spread.
    assert share_below(3.0) == (0.5, 0.5), "an equal one counts half"
    assert share_below(9.0)[0] == 1.0
    assert share_below(-9.0)[0] == 0.0
    assert share_below(3.0, user_id=4)[0] == pytest.approx(2.5 / 4), "without the most generous"


def test_nobody_to_compare_with() -> None:
    few = Dataset.of(Ratings.from_columns([1, 1], [1, 2], [3.0, 4.0]))
    code, stars = np.array([0], dtype=np.int32), np.array([3.0])
    assert compare(few, Profile(), code, stars, stars, most=5, damping=5) == (None, None, None)


@given(st.integers(0, 2**32 - 1))
def test_whoever_is_told_of_is_one_of_five(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kept = rng.random((25, 15)) < 0.7
    users, movies = np.nonzero(kept)
    stars = rng.integers(1, 6, users.size).astype(float)
    data = Dataset.of(Ratings.from_columns(users, movies, stars))
    taste = {int(film): float(rng.integers(1, 6)) for film in rng.permutation(15)[:8]}
    taste = {film: value for film, value in taste.items() if film in data.catalog.movie_ids}
    nearest = describe(Profile(taste), data).nearest
    if nearest is None:
        return
    assert len(nearest.similarities) >= FEWEST
    assert list(nearest.similarities) == sorted(nearest.similarities, reverse=True)
    assert all(0 <= value <= 1 for value in nearest.similarities)
    for film in nearest.films:
        assert film.movie_id not in taste
        assert FEWEST <= film.liked_by <= film.rated_by <= len(nearest.similarities)


def _nearest(data: Dataset, **more: Any) -> Neighbors:
    nearest = describe(fan(**more), data).nearest
    assert nearest is not None
    return nearest
