"""Folding new people in, against solutions known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.models.fold_in import (
    NearestUsers,
    SigmoidRange,
    best_penalty,
    gauss_newton,
    solve_users,
)
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch


def batch_of(*profiles: dict[int, float], n_movies: int) -> ProfileBatch:
    lengths = [len(profile) for profile in profiles]
    movies = [movie for profile in profiles for movie in sorted(profile)]
    stars = [profile[movie] for profile in profiles for movie in sorted(profile)]
    return ProfileBatch(
        np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        np.asarray(movies, dtype=np.int32),
        np.asarray(stars, dtype=np.float32),
        np.zeros(len(movies), dtype=np.int64),
        n_movies,
        np.full(len(profiles), -1, dtype=np.int32),
    )


@pytest.mark.parametrize("score", [-800.0, -3.0, 0.0, 2.5, 800.0])
def test_a_sigmoid_range_gives_stars_and_their_slope(score: float) -> None:
    link = SigmoidRange(0.5, 5.5)
    stars, slope = link(np.array([score]))
    expected = 0.5 + 5 / (1 + np.exp(-np.clip(score, -700, 700)))
    assert stars[0] == pytest.approx(expected)
    assert link.stars(np.array([score], dtype=np.float32)).dtype == np.float32
    near = 1e-6
    above, below = link(np.array([score + near]))[0], link(np.array([score - near]))[0]
    assert slope[0] == pytest.approx(float(above[0] - below[0]) / (2 * near), abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 12), d=st.integers(1, 6))
def test_without_a_link_the_solution_is_that_of_the_normal_equations(
    seed: int, n: int, d: int
) -> None:
    rng = np.random.default_rng(seed)
    features, offsets = rng.normal(size=(15, d)), rng.normal(size=15)
    prior, penalty = rng.normal(size=d), rng.uniform(0.1, 3.0, d)
    codes = np.sort(rng.choice(15, n, replace=False))
    profile = dict(zip(codes.tolist(), rng.uniform(1, 5, n).tolist(), strict=True))
    batch = batch_of(profile, {}, n_movies=15)
    found = solve_users(
        batch, features, offsets, prior=prior, penalty=penalty, penalty_per_rating=0.05
    )
    films, weights = features[codes], np.diag(penalty + 0.05 * n)
    right = films.T @ (batch.stars.astype(float) - offsets[codes]) + weights @ prior
    assert np.allclose(found[0], np.linalg.solve(films.T @ films + weights, right), atol=1e-4)
    assert np.allclose(found[1], prior)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_with_a_link_the_gradient_vanishes_and_the_sum_never_rises(seed: int) -> None:
    rng = np.random.default_rng(seed)
    films, link = rng.normal(size=(20, 4)), SigmoidRange(0.0, 5.5)
    stars, prior, penalty = rng.uniform(1, 5, 20), rng.normal(size=4), np.full(4, 2.0)

    def response(w: np.ndarray) -> tuple[np.ndarray, Callable[[], np.ndarray]]:
        predicted, slope = link(films @ w)
        return predicted, lambda: films * slope[:, None]

    def total(w: np.ndarray) -> float:
        return float(np.sum((stars - response(w)[0]) ** 2) + np.sum(penalty * (w - prior) ** 2))

    best = gauss_newton(response, stars, prior, penalty, iterations=100, tolerance=1e-14)
    assert total(best) <= total(prior)
    predicted, slopes = response(best)
    gradient = -slopes().T @ (stars - predicted) + penalty * (best - prior)
    assert np.abs(gradient).max() < 1e-3


def test_a_profile_is_folded_in_alike_alone_and_among_others() -> None:
    rng = np.random.default_rng(3)
    features, offsets = rng.normal(size=(30, 5)), rng.normal(size=30)
    profiles = [
        dict.fromkeys(rng.choice(30, size, replace=False).tolist(), 4.0) for size in (1, 7, 30, 0)
    ]

    def solve(batch: ProfileBatch) -> np.ndarray:
        prior, penalty = np.zeros(5), np.ones(5)
        link = SigmoidRange(0.0, 5.5)
        return solve_users(batch, features, offsets, prior=prior, penalty=penalty, link=link)

    together = solve(batch_of(*profiles, n_movies=30))
    for row, profile in enumerate(profiles):
        assert np.array_equal(solve(batch_of(profile, n_movies=30))[0], together[row])


def test_the_best_penalty_comes_nearest_to_what_was_learned() -> None:
    learned = np.array([3.0, 4.0])
    assert best_penalty(lambda s: learned + abs(s - 2.0), learned, (1.0, 2.0, 4.0)) == 2.0


PEOPLE = Ratings.from_columns(
    [1, 1, 2, 2, 3, 4], [0, 1, 0, 2, 3, 4], [5.0, 1.0, 5.0, 5.0, 4.0, 2.0]
)
VECTORS = np.array([[1.0], [2.0], [4.0], [8.0]], dtype=np.float32)


def test_similarity_is_the_cosine_of_rating_vectors() -> None:
    people = NearestUsers.of(PEOPLE, 1)
    dense = PEOPLE.csr().toarray()
    profile = np.array([4.0, 0.0, 2.0, 0.0, 0.0])
    expected = dense @ profile / (np.linalg.norm(dense, axis=1) * np.linalg.norm(profile))
    batch = batch_of({0: 4.0, 2: 2.0}, n_movies=5)
    assert np.allclose(people.similarities(batch, 0), expected, atol=1e-6)


def test_nearest_people_are_averaged_by_similarity() -> None:
    batch = batch_of({0: 5.0, 2: 5.0}, {}, {4: 3.0}, n_movies=5)
    one = NearestUsers.of(PEOPLE, 1).vectors(batch, VECTORS, prior=np.array([-1.0]))
    assert one.tolist() == [[2.0], [-1.0], [8.0]]  # user 2 is the very profile
    two = NearestUsers.of(PEOPLE, 2).vectors(batch, VECTORS, prior=np.array([-1.0]))
    cosine = 25 / (np.sqrt(26) * np.sqrt(50))  # user 1 shares film 0
    assert two[0, 0] == pytest.approx((1.0 * cosine + 2.0) / (cosine + 1), abs=1e-5)
    assert two[2, 0] == 8.0  # nobody else shares a film: no padding with strangers


def test_equally_similar_people_are_taken_by_code() -> None:
    ratings = Ratings.from_columns([1, 2, 3], [0, 0, 0], [4.0, 4.0, 4.0])
    people = NearestUsers.of(ratings, 2)
    batch = batch_of({0: 2.0}, n_movies=1)
    vectors = np.array([[1.0], [3.0], [100.0]], dtype=np.float32)
    assert people.vectors(batch, vectors, prior=np.zeros(1))[0, 0] == pytest.approx(2.0)


def test_people_without_ratings_are_never_near() -> None:
    ratings = PEOPLE.take(PEOPLE.users != 1)
    people = NearestUsers.of(ratings, 4)
    assert people.similarities(batch_of({0: 5.0}, n_movies=5), 0)[1] == 0


def test_stored_people_answer_the_same() -> None:
    people = NearestUsers.of(PEOPLE, 2)
    again = NearestUsers.from_arrays(people.arrays(), n_movies=5, neighbors=2)
    batch = batch_of({0: 5.0}, {3: 1.0}, n_movies=5)
    prior = np.zeros(1)
    assert np.array_equal(
        people.vectors(batch, VECTORS, prior), again.vectors(batch, VECTORS, prior)
    )
