"""iALS, against the loss that it minimises."""

from __future__ import annotations

from pathlib import Path

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.models.conftest import movie_id, scores

from matinee import Profile, load_model
from matinee.dataset import Dataset
from matinee.kernels.ials import improve_rows
from matinee.models.als import ALS
from matinee.models.preference import preferences

PROFILE = {movie_id(0): 5.0, movie_id(3): 1.0, movie_id(8): 4.0}


def exact_person(model: ALS, ratings: dict[int, float]) -> NDArray[np.float64]:
    """The minimiser of the person's loss, over every film of the catalogue."""
    films = model._movies.astype(np.float64)
    target, weight = np.zeros(len(films)), np.full(len(films), model.unobserved_weight)
    codes = [model.catalog.code_of(i) for i in ratings]
    stars = np.array(list(ratings.values()), dtype=np.float32)
    liking = preferences(stars, model.scale, model.dislike).astype(np.float64)
    rated = 1 + model.confidence * np.abs(liking)
    # Twice the square of an observed film: once as a film, once as an observation.
    target[codes] = rated * liking
    weight[codes] += rated
    penalty = model.regularization * (
        (len(codes) + model.unobserved_weight * model._n_rated) ** model.regularization_exponent
    )
    left = (films * weight[:, None]).T @ films + penalty * np.eye(films.shape[1])
    return np.linalg.solve(left, films.T @ target)


@pytest.mark.parametrize("factors", [2, 8], ids=["long profile", "short profile"])
def test_a_person_is_the_exact_solution(world: Dataset, factors: int) -> None:
    """Both ways of solving: a system as large as the factors, and one as large as the profile."""
    model = ALS(factors=factors, confidence=0.7, iterations=3).fit(world)
    batch = model._batch([Profile(PROFILE)])
    assert model._people(batch)[0] == pytest.approx(exact_person(model, PROFILE), abs=1e-4)


def test_folding_in_is_the_half_sweep_of_the_training(world: Dataset) -> None:
    model = ALS(factors=8).fit(world)
    ratings = world.ratings
    users = np.zeros((ratings.n_users, 8), dtype=np.float32)
    improve_rows(
        ratings.indptr, ratings.movies, preferences(ratings.stars, ratings.scale, 0.5),
        np.ones(len(ratings), dtype=np.float32), model._movies, model._gram,
        model._penalties(ratings.user_counts.astype(np.float64), model._n_rated), 12, users,
    )  # fmt: skip
    batch = model._batch([world.profile(user) for user in range(1, 21)])
    assert model._people(batch) == pytest.approx(users[:20], abs=1e-4)


def test_training_lowers_the_loss(world: Dataset) -> None:
    ratings = world.ratings
    target = np.zeros((ratings.n_users, ratings.n_movies))
    rated = np.zeros_like(target)
    target[ratings.users, ratings.movies] = preferences(ratings.stars, ratings.scale, 0.5)
    rated[ratings.users, ratings.movies] = 1
    everybody = [world.profile(user) for user in range(1, ratings.n_users + 1)]

    def loss(iterations: int) -> float:
        model = ALS(factors=6, iterations=iterations, activity=0.0, random_state=1).fit(world)
        people = model._people(model._batch(everybody)).astype(np.float64)
        films = model._movies.astype(np.float64)
        scores = people @ films.T
        fit = rated * (target - scores) ** 2 + model.unobserved_weight * scores**2
        p = model._penalties(ratings.user_counts, model._n_rated)
        q = model._penalties(ratings.movie_stats.counts, ratings.n_users)
        q[ratings.movie_stats.counts == 0] = 0
        return float(fit.sum() + p @ (people**2).sum(axis=1) + q @ (films**2).sum(axis=1))

    losses = [loss(iterations) for iterations in (1, 3, 9)]
    assert losses[0] > losses[1] > losses[2]


def test_the_gram_matrix_is_kept_in_the_basis_where_it_is_diagonal(world: Dataset) -> None:
    model = ALS(factors=8).fit(world)
    gram = model.unobserved_weight * model._movies.T @ model._movies
    assert gram == pytest.approx(np.diag(model._gram), abs=1e-3)


def test_unrated_films_have_no_factors_and_no_score(world: Dataset) -> None:
    model = ALS(factors=8).fit(world)
    assert np.all(model._movies[48:] == 0)
    assert scores(model, PROFILE)[movie_id(48)] == 0


def test_threads_do_not_change_a_bit(world: Dataset) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("needs two threads")
    many = ALS(factors=8).fit(world)._movies
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert np.array_equal(ALS(factors=8).fit(world)._movies, many)
    finally:
        numba.set_num_threads(before)


def test_another_seed_is_another_model(world: Dataset) -> None:
    one, other = (ALS(factors=8, random_state=seed).fit(world)._movies for seed in (0, 1))
    assert not np.allclose(np.abs(one), np.abs(other), atol=1e-3)


def test_people_may_be_answered_by_those_most_like_them(world: Dataset, tmp_path: Path) -> None:
    exact = ALS(factors=8).fit(world)
    nearest = ALS(factors=8, fold_in="nearest", neighbors=1).fit(world)
    known = world.profile(5)
    # The person of the training who is most like person 5 is person 5.
    assert nearest.recommend(known) == exact.recommend(known)
    stranger = {movie_id(0): 5.0, movie_id(2): 5.0, movie_id(4): 4.0}
    mixed = ALS(factors=8, fold_in="nearest").fit(world)
    kinds = [world.catalog.code_of(i) % 2 for i in mixed.recommend(stranger, n=8).movie_ids]
    assert kinds.count(0) >= 7
    film = mixed.recommend(stranger, n=1, explain=True)[0]
    assert mixed.contributions(stranger, film.movie_id).total == pytest.approx(
        scores(mixed, stranger)[film.movie_id]
    )
    loaded = load_model(mixed.save(tmp_path / "als"))
    assert loaded.recommend(stranger) == mixed.recommend(stranger)
    assert len(mixed.recommend({}, n=5)) == 5


# -- people's mean and covariance as a prior ---------------------------------------------------


def people_of(model: ALS, data: Dataset) -> NDArray[np.float64]:
    """The vectors of the training people by the ridge penalty, from a model without a prior."""
    everybody = [data.profile(user) for user in data.ratings.user_ids]
    return model._people(model._batch(everybody)).astype(np.float64)


@pytest.mark.parametrize("factors", [2, 8], ids=["long profile", "short profile"])
def test_with_a_prior_a_person_is_the_mean_of_the_posterior(world: Dataset, factors: int) -> None:
    """Against the plain formula, in the basis of the model without a prior."""
    plain = ALS(factors=factors, iterations=3).fit(world)
    with_prior = ALS(factors=factors, iterations=3, prior=0.05).fit(world)
    people = people_of(plain, world)
    mean, covariance = people.mean(axis=0), np.cov(people.T, bias=True) + 1e-6 * np.eye(factors)
    films = plain._movies.astype(np.float64)
    codes = [world.catalog.code_of(film) for film in PROFILE]
    stars = np.array(list(PROFILE.values()), dtype=np.float32)
    liking = preferences(stars, plain.scale, plain.dislike)
    precision = 0.05 * np.linalg.inv(covariance)
    gram = (len(PROFILE) / 50) ** 2 * plain.unobserved_weight * films.T @ films
    left = gram + films[codes].T @ films[codes] + precision
    person = np.linalg.solve(left, films[codes].T @ liking + precision @ mean)
    assert with_prior.scored(PROFILE).scores == pytest.approx(films @ person, abs=2e-3)


def test_nobody_is_the_mean_of_people_and_ratings_move_them_from_there(world: Dataset) -> None:
    plain, model = ALS(factors=8).fit(world), ALS(factors=8, prior=0.05).fit(world)
    mean = plain._movies @ people_of(plain, world).mean(axis=0)
    assert model.scored({}).scores == pytest.approx(mean, abs=1e-3)
    away = [
        np.abs(ALS(factors=8, prior=prior).fit(world).scored(PROFILE).scores - mean).mean()
        for prior in (0.01, 0.1, 10.0)
    ]
    assert away[0] > away[1] > away[2]


def test_reasons_with_a_prior_start_from_it(world: Dataset, tmp_path: Path) -> None:
    model = ALS(factors=8, prior=0.05).fit(world)
    parts = model.contributions(PROFILE, movie_id(12))
    code = world.catalog.code_of(movie_id(12))
    assert parts.total == pytest.approx(float(model.scored(PROFILE).scores[code]), abs=1e-5)
    assert parts.base != 0
    loaded = load_model(model.save(tmp_path / "prior"))
    assert loaded.scored(PROFILE).scores == pytest.approx(model.scored(PROFILE).scores)


@pytest.mark.parametrize("activity", [0.0, 0.5, 1.0])
def test_active_people_count_less_in_what_all_films_share(
    world: Dataset, monkeypatch: pytest.MonkeyPatch, activity: float
) -> None:
    """The Gram matrix that films share weighs a person with n ratings by n ** -activity."""
    grams = []

    def watch(*arguments: NDArray[np.float32]) -> None:
        grams.append((arguments[4].astype(np.float64), np.diag(arguments[5])))
        improve_rows(*arguments)

    monkeypatch.setattr("matinee.kernels.ials.improve_rows", watch)
    ALS(factors=4, iterations=1, activity=activity).fit(world, spread=False)
    users, shared = grams[1]
    share = (world.ratings.user_counts / world.ratings.user_counts.mean()) ** -activity
    expected = 0.15 * (users * share[:, None]).T @ users
    assert shared == pytest.approx(expected, abs=1e-3 * np.abs(expected).max())
    if activity:  # turned around, it is another matrix
        turned = 0.15 * (users / share[:, None]).T @ users
        assert np.abs(shared - turned).max() > 0.02 * np.abs(expected).max()
