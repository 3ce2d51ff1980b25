"""A person's ratings."""

from __future__ import annotations

import pytest

from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.profile import Profile


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
