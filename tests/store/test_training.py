"""Stored films are found again, and people of the store become users to train on."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.ratings import Ratings
from matinee.scale import RatingScale
from matinee.store import Entry, Film, Store, find_film

CATALOG = Catalog.from_columns(
    [6, 10, 2571, 9000, 9001],
    ["Heat (1995)", "GoldenEye (1995)", "Matrix, The (1999)", "Thing, The (1982)", "Untold"],
    imdb_ids=np.array([113277, 113189, 133093, 84787, 0]),
    tmdb_ids=np.array([949, 710, 603, 0, 0]),
)


@pytest.mark.parametrize(
    ("movie_id", "film", "found"),
    [
        ("6", None, 6),
        ("7", None, None),
        ("six", None, None),
        ("6", Film("6", "Heat", 1995, "tt0113277"), 6),
        ("6", Film("6", "Another name", None, "tt0113277"), 6),
        ("6", Film("6", "The Matrix", 1999, "tt0133093"), 2571),
        ("6", Film("6", "x", 1999, None, 603), 2571),
        ("6", Film("6", "The Matrix", 1999), 2571),
        ("77", Film("77", "The Matrix", 1998), 2571),
        ("77", Film("77", "The Matrix", 1995), None),
        ("77", Film("77", "The Matrix", None), None),
        ("77", Film("77", "The Thing", 1982, "tt9999999"), None),
        ("6", Film("6", "Unknown", 1950, "tt9999999"), None),
        ("6", Film("6", "HEAT!", 1996), 6),
        ("6", Film("6", "Heat", 1986), None),
        ("9001", Film("9001", "Untold", 2001, "tt12"), 9001),
    ],
)
def test_a_film_is_found_by_what_it_is(movie_id: str, film: Film | None, found: object) -> None:
    assert find_film(CATALOG, movie_id, film) == found


def test_a_profile_is_what_stands(store: Store) -> None:
    store.rate(1, 6, 4.5, at=100)
    store.rate(1, 404, 2.0)
    store.rate(1, 10, 2.0)
    store.rate(1, 10, None)
    store.mark(1, 2571, "seen")
    store.mark(1, 9000, "not-interested")
    store.mark(1, 9001, "watchlist")
    profile = store.profile(1, CATALOG)
    assert profile.ratings == {6: 4.5}
    assert profile.timestamps == {6: 100}
    assert profile.not_to_return == {6, 2571, 9000}
    assert store.profile(1, CATALOG, scale=RatingScale(1.0, 10.0)).ratings == {6: 9.0}


def test_of_two_entries_that_are_one_film_the_latest_stands(store: Store) -> None:
    store.rate(1, "other", 1.0, at=200, film=Film("other", "Heat", 1995, "tt0113277"))
    store.rate(1, 6, 4.0, at=100)
    assert store.profile(1, CATALOG).ratings == {6: 1.0}


@pytest.mark.parametrize("users", [[1, 1, 40], ["ann", "ann", "zoe"]])
def test_people_become_users_beside_the_others(store: Store, users: list[object]) -> None:
    ratings = Ratings.from_columns(
        users, [6, 10, 6], [4.0, 3.0, 5.0], [1, 2, 3], scale=RatingScale(1.0, 5.0)
    )
    data = Dataset.of(ratings, CATALOG, name="small")
    ann = store.create_person("Ann").person_id
    store.create_person("Silent")
    store.rate(1, 2571, 0.5, at=70)
    store.rate(1, 404, 2.0)
    store.add_many(ann, [Entry(10, value=3.5), Entry(6, value=2.0)], source="x")
    joined = store.join(data)
    assert (joined.people, joined.ratings, joined.unknown) == (2, 3, 1)
    assert joined.dataset.name == "small+people"
    assert set(joined.user_ids) == {1, ann}
    for user in (users[0], users[2]):
        assert joined.dataset.profile(user).ratings == data.profile(user).ratings  # type: ignore[arg-type]
        assert joined.dataset.profile(user).timestamps == data.profile(user).timestamps  # type: ignore[arg-type]
    assert joined.dataset.profile(joined.user_ids[1]).ratings == {2571: 1.0}
    assert joined.dataset.profile(joined.user_ids[ann]).ratings == {6: 2.0, 10: 3.5}
    assert len(joined.dataset.ratings) == 6
    assert joined.dataset.ratings.scale == ratings.scale
    assert store.join(data).user_ids == joined.user_ids


def test_a_store_in_which_nobody_rated_changes_nothing(store: Store) -> None:
    data = Dataset.of(Ratings.from_columns([1], [6], [4.0]), CATALOG)
    store.rate(1, 404, 4.0)
    joined = store.join(data)
    assert joined.dataset is data
    assert (joined.people, joined.unknown) == (0, 1)


def test_user_ids_of_the_data_are_not_taken(store: Store) -> None:
    ratings = Ratings.from_columns(["matinee:1"], [6], [4.0])
    store.rate(1, 6, 1.0)
    joined = store.join(Dataset.of(ratings, CATALOG))
    assert joined.user_ids == {1: "_matinee:1"}
    assert joined.dataset.ratings.n_users == 2
