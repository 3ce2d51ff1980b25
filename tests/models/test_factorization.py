"""What the factorisations answer: folding in, similar films, reasons; RMSE on real data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.explicit_als import ExplicitALS
from matinee.models.factorization import Factorization
from matinee.models.mf import MatrixFactorization
from matinee.models.svd import SVD
from matinee.profile import Profile
from matinee.recommend.batch import ProfileBatch

Maker = Callable[..., Factorization]
MAKERS: dict[str, Maker] = {
    "als": lambda **more: ExplicitALS(factors=6, iterations=4, **more),
    "als-user": lambda **more: ExplicitALS(factors=6, iterations=4, implicit="user", **more),
    "als-plain": lambda **more: ExplicitALS(factors=6, iterations=4, implicit="none", **more),
    "mf": lambda **more: MatrixFactorization(factors=8, **more),
    "mf-held-out": lambda **more: MatrixFactorization(factors=8, validation=0.2, **more),
    "mf-plain": lambda **more: MatrixFactorization(factors=8, implicit="none", **more),
    "svd": lambda **more: SVD(factors=6, **more),
    "svd-projection": lambda **more: SVD(factors=6, projection=True, **more),
    "svd-textbook": lambda **more: SVD(factors=6, demean="textbook", **more),
    "svd-user": lambda **more: SVD(factors=6, demean="user", **more),
    "svd-none": lambda **more: SVD(factors=6, demean="none", **more),
}


@pytest.fixture(params=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Maker:
    return MAKERS[request.param]


def everybody(world: Dataset) -> ProfileBatch:
    return ProfileBatch.from_ratings(
        world.ratings, np.arange(world.ratings.n_users, dtype=np.int32)
    )


def test_folding_in_a_training_user_gives_their_vector(make: Maker, world: Dataset) -> None:
    model = make().fit(world)
    assert model._people(everybody(world)) == pytest.approx(model._users, abs=2e-3)


def test_contributions_add_up_to_the_stars(make: Maker, world: Dataset) -> None:
    for model in (make().fit(world), make(fold_in="nearest").fit(world)):
        for profile in (Profile({100: 5.0, 106: 1.5, 112: 4.0}), Profile({}), world.profile(5)):
            scores = model._score(model._batch([profile]))[0]
            for movie in (1, 17, 49):
                parts = model.contributions(profile, world.catalog.movie_ids.id_of(movie))
                assert parts.total == pytest.approx(float(scores[movie]), abs=5e-3)


def test_the_most_similar_person_answers_for_a_new_one(world: Dataset) -> None:
    model = MAKERS["als"](fold_in="nearest", neighbors=1).fit(world)
    stranger = Profile(world.profile(3).ratings)
    vector = model._people(model._batch([stranger]))[0]
    # The same films with the same stars: nobody is nearer than the person themselves.
    assert vector == pytest.approx(model._users[2], abs=1e-2)


def test_films_that_nobody_rated_are_not_similar_to_anything(world: Dataset) -> None:
    model = MAKERS["mf"]().fit(world)
    assert np.flatnonzero(np.isneginf(model._similarity(np.array([4], np.int32)))).tolist() == [
        48,
        49,
    ]


def test_movie_biases_tell_what_is_liked_by_all(world: Dataset) -> None:
    model = MAKERS["als-plain"]().fit(world)
    biases = model.movie_biases()
    assert biases.shape == (50,)
    assert biases[48:].tolist() == [0.0, 0.0]
    assert np.corrcoef(biases[:48], model.stats.means[:48])[0, 1] > 0.6


def test_the_choice_of_folding_in_is_checked() -> None:
    with pytest.raises(ParameterError, match="fold_in must be one of 'optimize', 'nearest'"):
        SVD(fold_in="closest")


@pytest.mark.parametrize(
    ("model", "bound"),
    [
        (ExplicitALS(factors=31, iterations=6), 0.905),
        (MatrixFactorization(factors=32), 0.915),
        (MatrixFactorization(factors=32, implicit="none"), 0.930),
        (SVD(), 0.935),
    ],
    ids=["als", "mf", "funk", "svd"],
)
def test_stars_of_movielens_100k(model: Factorization, bound: float, ml_100k: Path) -> None:
    """Bands that a mistake in the mathematics leaves; the biases alone have 0.94."""
    data = matinee.load(ml_100k)
    held = np.random.default_rng(0).random(len(data.ratings)) < 0.2
    train, test = data.ratings.take(~held), data.ratings.take(held)
    model.fit(data.replace(train))
    people = everybody(data.replace(train))
    found = model._stars(people, test.users.astype(np.intp), test.movies)
    assert float(np.sqrt(np.mean((found - test.stars) ** 2))) < bound
