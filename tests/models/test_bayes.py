"""Bayesian factorisation: exact posteriors of people, and spreads that mean something."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.models.conftest import movie_id

from matinee import Profile
from matinee.dataset import Dataset
from matinee.models.bayes import Bayes
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

IDS = [movie_id(48), movie_id(49)]
FILMS = {movie_id(0): 5.0, movie_id(1): 1.0, movie_id(4): 4.5}


@pytest.fixture(scope="module")
def model(world: Dataset) -> Bayes:
    return Bayes(factors=3, iterations=20, samples=6).fit(world)


def exact(model: Bayes, profile: dict[int, float], film: int) -> tuple[float, float]:
    """Mean and standard deviation of a film's stars by the joint Gaussian of all stars."""
    kept = model._samples
    codes = [model.catalog.code_of(movie) for movie in profile]
    targets = (np.array(list(profile.values())) - model._mean) / model._unit
    means, variances = [], []
    for s in range(len(kept.noise)):
        features = kept.features[[*codes, film], s].astype(np.float64)
        covariance = np.linalg.inv(kept.precision[s].astype(np.float64))
        # Nobody of the training rated as few films: the others are taken to be typical.
        base = kept.implicit[codes, s].sum(axis=0) + (model._least - 3) * kept.typical[s]
        base /= np.sqrt(model._least)
        # All stars of one person are jointly Gaussian; condition the last on the others.
        joint = features @ covariance @ features.T + np.eye(len(features)) / kept.noise[s]
        centre = features @ (covariance @ kept.shift[s] + base) + kept.offsets[[*codes, film], s]
        gain = np.linalg.solve(joint[:-1, :-1], joint[:-1, -1])
        means.append(centre[-1] + gain @ (targets - centre[:-1]))
        variances.append(joint[-1, -1] - gain @ joint[:-1, -1])
    stars = np.clip(model._mean + model._unit * np.array(means), 0.5, 5.0)
    return float(stars.mean()), float(np.sqrt(model._unit**2 * np.mean(variances) + np.var(stars)))


@pytest.mark.parametrize("film", [2, 7, 48])
def test_a_new_person_gets_the_exact_posterior(model: Bayes, film: int) -> None:
    batch = ProfileBatch.from_profiles([Profile(FILMS)], model.catalog, model.scale)
    mean, spread = model._spread(batch, np.zeros(1, np.intp), np.array([film], np.int32))
    assert (mean[0], spread[0]) == pytest.approx(exact(model, FILMS, film), abs=1e-4)


def test_many_people_at_once_are_answered_as_one_by_one(model: Bayes, world: Dataset) -> None:
    users = np.arange(80, dtype=np.int32)
    batch = ProfileBatch.from_ratings(world.ratings, users)
    rows = np.repeat(np.arange(80), 3)[::-1].copy()
    films = np.tile(np.array([4, 9, 30], np.int32), 80)
    mean, spread = model._spread(batch, rows, films)
    for row in (0, 17, 79):
        own = np.flatnonzero(rows == row)
        alone = model._spread(batch.rows(row, row + 1), np.zeros(3, np.intp), films[own])
        assert mean[own] == pytest.approx(alone[0], abs=1e-4)
        assert spread[own] == pytest.approx(alone[1], abs=1e-4)


def test_the_spread_widens_with_fewer_ratings(model: Bayes, world: Dataset) -> None:
    def taste_spread(profile: Profile) -> NDArray[np.float32]:
        batch = ProfileBatch.from_profiles([profile], model.catalog, model.scale)
        noise = model._unit**2 * float((1 / model._samples.noise).mean())
        films = np.arange(48, dtype=np.int32)
        spread = model._spread(batch, np.zeros(48, np.intp), films)[1]
        return np.sqrt(np.maximum(spread**2 - noise, 0))

    long = world.profile(3).ratings
    wide = [
        taste_spread(Profile(dict(list(long.items())[:number]))).mean()
        for number in (0, 2, 8, len(long))
    ]
    assert wide == sorted(wide, reverse=True)
    assert wide[0] > 1.5 * wide[-1]


def test_biases_have_their_signs(model: Bayes, world: Dataset) -> None:
    stars = world.ratings.stars.copy()
    stars[world.ratings.movies == 6] = 5.0
    stars[world.ratings.movies == 7] = 0.5
    told = world.ratings
    changed = Ratings(
        *(told.users, told.movies, stars, told.timestamps),
        user_ids=told.user_ids,
        movie_ids=told.movie_ids,
    )
    biases = Bayes(factors=3, iterations=20, samples=6).fit(world.replace(changed)).movie_biases()
    assert biases[6] > 0.7
    assert biases[7] < -0.7
    generous = model.predict(dict.fromkeys(FILMS, 5.0), [movie_id(20)])
    strict = model.predict(dict.fromkeys(FILMS, 2.0), [movie_id(20)])
    assert generous[0] > strict[0] + 0.5


def test_the_same_model_at_any_number_of_threads(model: Bayes, world: Dataset) -> None:
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    again = Bayes(factors=3, iterations=20, samples=6).fit(world)
    numba.set_num_threads(before)
    for name, array in model._arrays().items():
        assert np.array_equal(array, again._arrays()[name]), name


def test_a_film_that_nobody_rated_is_like_its_kind(model: Bayes) -> None:
    """Films 48 (action) and 49 (romance) are unrated; their genres speak for them."""
    assert not model.stats.counts[[48, 49]].any()
    action = model.predict({movie_id(c): 5.0 if c % 2 == 0 else 1.0 for c in range(12)}, IDS)
    romance = model.predict({movie_id(c): 1.0 if c % 2 == 0 else 5.0 for c in range(12)}, IDS)
    assert action[0] > action[1] + 0.4
    assert romance[1] > romance[0] + 0.4


def test_films_without_facts(world: Dataset) -> None:
    bare = Dataset.of(world.ratings)
    assert not bare.catalog.genres.any()
    model = Bayes(factors=3, iterations=6, samples=2).fit(bare)
    assert np.isfinite(model.predict(FILMS, [movie_id(7)])).all()
