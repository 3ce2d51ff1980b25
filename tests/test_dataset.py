"""Ratings with their films."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import DataError
from matinee.ratings import Ratings


@pytest.fixture
def ratings() -> Ratings:
    return Ratings.from_columns([1, 1, 2], [10, 30, 30], [4.0, 3.0, 5.0])


def test_one_vocabulary_for_both(ratings: Ratings) -> None:
    catalog = Catalog.from_columns([10, 20, 30], ["A", "B", "C"])
    data = Dataset(ratings, catalog, name="three")
    assert data.ratings.movie_ids is data.catalog.movie_ids
    assert data.catalog.popularity.tolist() == [1, 0, 2]
    assert data.profile(1).ratings == {10: 4.0, 30: 3.0}
    assert repr(data) == "Dataset('three', 3 ratings, 2 users, 3 films)"


def test_rated_films_must_be_in_the_catalogue(ratings: Ratings) -> None:
    with pytest.raises(DataError, match=r"1 rated films are not in the catalogue.*30"):
        Dataset(ratings, Catalog.from_columns([10], ["A"]))


def test_without_a_film_table(ratings: Ratings) -> None:
    data = Dataset.of(ratings, name="bare")
    assert data.catalog[30].title == "30"


def test_other_ratings_keep_films_and_source(ratings: Ratings) -> None:
    data = Dataset.of(ratings, name="bare", licence="free")
    less = data.replace(ratings.take(np.array([0])))
    assert (less.name, less.licence, len(less.ratings)) == ("bare", "free", 1)
    assert less.catalog.popularity.tolist() == [1, 0]
