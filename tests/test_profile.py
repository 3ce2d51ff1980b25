"""A person's ratings."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.profile import Profile
from matinee.recommend.batch import ProfileBatch
from matinee.scale import RatingScale


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.from_columns([1, 6], ["Toy Story (1995)", "Heat (1995)"])


def test_what_must_not_come_back() -> None:
    profile = Profile({1: 4}, seen={6})
    assert profile.not_to_return == {1, 6}
    assert profile.ratings == {1: 4.0}
    assert len(profile) == 1


@pytest.mark.parametrize(
    ("stars", "problem"),
    [("many", "must be a number"), (None, "must be a number"), (float("nan"), "must be finite")],
)
def test_stars_must_be_numbers(stars: object, problem: str) -> None:
    with pytest.raises(ParameterError, match=f"movie 1 {problem}"):
        Profile({1: stars})  # type: ignore[dict-item]


def test_changes_make_copies() -> None:
    profile = Profile({1: 4.0, 2: 3.0}, user_id=9, seen={3}, timestamps={1: 5})
    assert profile.with_rating(4, 5.0).ratings == {1: 4.0, 2: 3.0, 4: 5.0}
    without = profile.without(1)
    assert without.ratings == {2: 3.0}
    assert (without.user_id, without.seen) == (9, frozenset({3}))
    assert profile.without(3).seen == frozenset()
    assert len(profile) == 2


def test_titles_and_ids(catalog: Catalog) -> None:
    profile = Profile.from_titles({"heat": 4.0, 1: 5.0}, catalog, seen=[])
    assert profile.ratings == {6: 4.0, 1: 5.0}
    with pytest.raises(ParameterError, match="is movie 6, which has stars already"):
        Profile.from_titles({"heat": 4.0, "Heat (1995)": 3.0}, catalog)


def test_only_what_a_catalogue_knows(catalog: Catalog) -> None:
    known = Profile({1: 4.0, 99: 3.0}, user_id=2, seen={6, 98}).known_to(catalog)
    assert known == Profile({1: 4.0}, user_id=2, seen={6})


def test_a_film_under_two_ids_is_rated_once() -> None:
    catalog = Catalog.from_columns([246, 268, 300], ["A (1997)", "A (1997)", "B (1990)"])
    catalog = catalog.merged(np.array([1, 1, 2], dtype=np.int32))
    later = Profile({246: 2.0, 268: 4.0}, timestamps={246: 20, 268: 10})
    assert later.under_own_ids(catalog.movie_ids).ratings == {268: 2.0}
    assert later.under_own_ids(catalog.movie_ids).timestamps == {268: 20}
    batch = ProfileBatch.from_profiles([later], catalog, RatingScale(1.0, 5.0))
    assert (batch.movies.tolist(), batch.stars.tolist()) == ([0], [2.0])
    same = Profile({300: 3.0})
    assert same.under_own_ids(catalog.movie_ids) is same


def test_a_profile_prints_as_a_table_of_a_screen() -> None:
    text = str(Profile({n: n % 9 / 2 + 0.5 for n in range(100)}, user_id=7, seen={200}))
    assert text.splitlines()[0] == "Profile of user 7: 100 films rated, 1 more seen"
    assert text.endswith("… and 80 more")
    assert len(text.splitlines()) == 23
