"""A data set small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog, TagCounts
from matinee.dataset import Dataset
from matinee.ids import IdVocabulary
from matinee.ratings import Ratings

# Wednesday, 5 January 2000, 10:00:00 UTC.
START = 947_066_400


@pytest.fixture
def tiny() -> Dataset:
    """Three people, four films (one unrated), eight ratings; by person, film, stars, seconds."""
    rows = [
        (1, 10, 5.0, 0),
        (1, 20, 3.0, 0),
        (1, 30, 1.0, 30),
        (1, 10, 5.0, 0),
        (2, 10, 4.0, 3600),
        (2, 20, 4.0, 7201),
        (3, 10, 5.0, 31 * 86_400),
        (3, 20, 2.0, 31 * 86_400 + 60),
        (3, 30, 5.0, 31 * 86_400 + 60),
    ]
    users, movies, stars, seconds = zip(*rows, strict=True)
    catalog = Catalog(
        IdVocabulary([10, 20, 30, 40]),
        ["Godfather, The (1972)", "Alien 3 (1992)", "Love Story (1970)", "Love III (1999)"],
        genres=np.array([[1, 0], [1, 1], [1, 0], [0, 0]], dtype=bool),
        genre_names=("Drama", "Horror"),
        tags=TagCounts(
            ("slow", "space"),
            np.array([0, 1, 1], dtype=np.int32),
            np.array([0, 0, 1], dtype=np.int32),
            np.array([1, 1, 5], dtype=np.int32),
        ),
    )
    ratings = Ratings.from_columns(users, movies, stars, np.array(seconds) + START)
    return Dataset(ratings.with_movies(catalog.movie_ids), catalog, "tiny", licence="free")
