"""User-based neighbours: stars and scores against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.models.conftest import movie_id, scores

from matinee.dataset import Dataset
from matinee.models.bias import fit_biases
from matinee.models.knn import SIMILARITIES, UserKNN, residuals
from matinee.models.preference import preferences

PROFILE = {movie_id(0): 5.0, movie_id(3): 1.5, movie_id(8): 4.0, movie_id(21): 2.0}


def dense(world: Dataset, values: NDArray[np.float32]) -> NDArray[np.float64]:
    matrix = np.zeros((world.ratings.n_users, world.ratings.n_movies))
    matrix[world.ratings.users, world.ratings.movies] = values
    return matrix


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_predicted_stars_are_those_of_the_formula(world: Dataset, similarity: str) -> None:
    ratings = world.ratings
    model = UserKNN(
        neighbors=12, similarity=similarity, shrinkage=2.0, amplification=1.5, damping=0.1
    ).fit(world)
    biases = fit_biases(ratings, movie_damping=5, user_damping=5)
    rest, has = dense(world, residuals(ratings, biases)), dense(world, np.ones(len(ratings)))
    stars = dense(world, ratings.stars)
    codes = [world.catalog.code_of(i) for i in PROFILE]
    mine, my_rest, mine_has = np.zeros(50), np.zeros(50), np.zeros(50)
    mine[codes] = list(PROFILE.values())
    mine_has[codes] = 1
    without_me = mine[codes] - biases.mean - biases.movies[codes]
    me = without_me.sum() / (len(codes) + 5)
    my_rest[codes] = without_me - me

    common = has @ mine_has
    x, y = (stars, mine) if similarity == "cosine" else (rest, my_rest)
    if similarity == "jaccard":
        found = common / (has.sum(axis=1) + len(codes) - common)
    elif similarity == "pearson":
        found = (x @ y) / np.maximum(np.sqrt((x**2 @ mine_has) * (has @ y**2)), 1e-12)
    else:
        found = (x @ y) / (np.linalg.norm(x, axis=1) * np.linalg.norm(y))
    found = np.maximum(found * common / (common + 2.0), 0) ** 1.5
    found[found < np.sort(found)[-12]] = 0
    for movie in (5, 6, 30, 49):
        moved = (found @ rest[:, movie]) / (found @ has[:, movie] + 0.1)
        expected = biases.mean + me + biases.movies[movie] + moved
        expected = np.clip(expected, ratings.scale.minimum, ratings.scale.maximum)
        assert model.predict(PROFILE, [movie_id(movie)])[0] == pytest.approx(expected, abs=1e-3)


def test_scores_are_the_likings_of_the_neighbours(world: Dataset) -> None:
    model = UserKNN(ranking_neighbors=10, popularity=0.5).fit(world)
    ratings = world.ratings
    liking = dense(world, preferences(ratings.stars, ratings.scale, 0.5))
    rarity = np.maximum(ratings.movie_stats.counts, 1) ** -0.25
    mine = np.zeros(50)
    stars = np.array(list(PROFILE.values()), dtype=np.float32)
    mine[[world.catalog.code_of(i) for i in PROFILE]] = preferences(stars, ratings.scale, 0.5)
    x, y = liking * rarity, mine * rarity
    cosine = np.maximum((x @ y) / np.linalg.norm(x, axis=1) / np.linalg.norm(y), 0)
    cosine[cosine < np.sort(cosine)[-10]] = 0
    expected = cosine @ liking / cosine.sum()
    for movie, score in scores(model, PROFILE).items():
        assert score == pytest.approx(expected[model.catalog.code_of(movie)], abs=1e-4)


def test_blocks_of_people_do_not_change_answers(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = UserKNN(neighbors=15).fit(world)
    batch = model._batch([world.profile(user) for user in range(1, 8)])
    rng = np.random.default_rng(4)
    rows, movies = rng.integers(0, 7, 60), rng.integers(0, 50, 60).astype(np.int32)
    stars, scores = model._predict(batch, rows, movies), model._score(batch)
    monkeypatch.setattr("matinee.models.knn._CELLS", 1)
    assert np.array_equal(model._predict(batch, rows, movies), stars)
    assert np.array_equal(model._score(batch), scores)


def test_nobody_alike_leaves_the_baseline(world: Dataset) -> None:
    model = UserKNN().fit(world)
    unrated = {movie_id(49): 5.0}  # nobody else rated it
    film = movie_id(4)
    expected = model._biases.mean + (5.0 - model._biases.mean) / 6 + model._biases.movies[4]
    assert model.predict(unrated, [film])[0] == pytest.approx(expected, abs=1e-4)
