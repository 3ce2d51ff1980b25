"""Taste: which way genres, years and being known move a film, and how far."""

from __future__ import annotations

import numpy as np
import pytest

from matinee import Dataset, Profile, load
from matinee.models.taste import Taste
from matinee.recommend.batch import ProfileBatch


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return load("sample")


@pytest.fixture(scope="module")
def taste(sample: Dataset) -> Taste:
    return Taste.of(sample.ratings, sample.catalog)


def batch_of(sample: Dataset, films: dict[str, float]) -> ProfileBatch:
    profile = Profile({sample.catalog.find(title): stars for title, stars in films.items()})
    return ProfileBatch.from_profiles([profile], sample.catalog, sample.ratings.scale)


WESTERNS = ("Unforgiven", "The Searchers", "High Noon", "Once Upon a Time in the West", "Shane")


def test_a_fan_leans_to_the_genre_more_with_every_film(sample: Dataset, taste: Taste) -> None:
    """Two westerns may be chance; five are not, and weigh more than twice as much as two."""
    western = taste.names.index("Western")
    worth = [
        float(taste.leanings(batch_of(sample, dict.fromkeys(WESTERNS[:n], 5.0))).genres[0, western])
        for n in (1, 2, 5)
    ]
    assert 0 < worth[0] < worth[1] < worth[2]
    assert worth[2] > 2 * worth[1]
    assert worth[2] > 4


def test_hated_films_count_against_their_genre(sample: Dataset, taste: Taste) -> None:
    western, drama = taste.names.index("Western"), taste.names.index("Drama")
    hated = taste.leanings(batch_of(sample, dict.fromkeys(WESTERNS, 1.0))).genres[0]
    assert hated[western] < -1.5
    assert hated[western] < hated[drama] - 1
    # Half loved and half hated says less than either.
    both = {title: 5.0 if place % 2 else 1.0 for place, title in enumerate(WESTERNS)}
    loved = taste.leanings(batch_of(sample, dict.fromkeys(WESTERNS, 5.0))).genres[0, western]
    assert hated[western] < taste.leanings(batch_of(sample, both)).genres[0, western] < loved / 2


def test_nobody_and_the_lukewarm_have_no_taste(sample: Dataset, taste: Taste) -> None:
    for films in ({}, dict.fromkeys(WESTERNS, 3.0)):
        leanings = taste.leanings(batch_of(sample, films))
        assert np.abs(leanings.genres).max() < 1e-6
        assert np.abs(leanings.years).max() < 1e-6
        assert leanings.known[0] == 0


def test_years_near_those_of_liked_films_are_worth_most(sample: Dataset, taste: Taste) -> None:
    fifties = ("Singin' in the Rain", "An American in Paris", "Oklahoma!", "South Pacific")
    scores = taste.leanings(batch_of(sample, dict.fromkeys(fifties, 5.0))).years[0] @ taste.years.T
    of = {
        year: float(np.median(scores[sample.catalog.years == year])) for year in (1955, 1970, 1999)
    }
    assert of[1955] > of[1970] + 0.5
    assert of[1955] > of[1999] + 0.5


def test_who_loves_the_lesser_known_is_spared_the_famous(sample: Dataset, taste: Taste) -> None:
    rare = ("Stalker (1979)", "Andrei Rublev", "The Mirror", "Tokyo Story")
    assert taste.leanings(batch_of(sample, dict.fromkeys(rare, 5.0))).known[0] < -0.5
    famous = ("Pulp Fiction", "Forrest Gump", "Toy Story", "The Matrix")
    assert taste.leanings(batch_of(sample, dict.fromkeys(famous, 5.0))).known[0] == 0


def test_parts_add_up_to_the_score(sample: Dataset, taste: Taste) -> None:
    films = {**dict.fromkeys(WESTERNS, 5.0), "Titanic (1997)": 1.0, "Stalker (1979)": 4.5}
    batch = batch_of(sample, films)
    movies = np.arange(0, len(sample.catalog), 97, dtype=np.int32)
    parts = taste.parts(batch, movies)
    total = parts.genres.sum(axis=1) + parts.years + parts.known
    assert total == pytest.approx(taste.score(batch)[0, movies], abs=1e-4)


def test_a_film_that_few_rated_has_less_taste(sample: Dataset, taste: Taste) -> None:
    counts = sample.ratings.movie_stats.counts
    assert taste.support[counts == 5] == pytest.approx(0.5)
    assert taste.support[counts > 100].min() > 0.95
    assert taste.support[counts == 0].max(initial=0) == 0
