"""Item-based neighbours: stars and scores against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.conftest import movie_id, scores, similarities

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.models.bias import fit_biases
from matinee.models.knn import ItemKNN, residuals
from matinee.models.preference import preferences
from matinee.ratings import Ratings


def test_predicted_stars_are_those_of_the_formula(world: Dataset) -> None:
    ratings = world.ratings
    options = {"neighbors": 4, "shrinkage": 3.0, "amplification": 1.5, "damping": 0.05}
    model = ItemKNN(movie_damping=5, user_damping=10, **options).fit(world)
    biases = fit_biases(ratings, movie_damping=5, user_damping=10)
    rest = np.zeros((ratings.n_users, ratings.n_movies))
    rest[ratings.users, ratings.movies] = residuals(ratings, biases)
    has = np.zeros_like(rest)
    has[ratings.users, ratings.movies] = 1
    squares = np.maximum((rest**2).sum(axis=0), 1e-12)
    common = has.T @ has
    similarity = (rest.T @ rest) / np.sqrt(np.outer(squares, squares))
    similarity = np.maximum(similarity * common / (common + 3.0), 0) ** 1.5
    user = 11
    for movie in (0, 13, 20, 49):
        own = [i for i in np.flatnonzero(has[user]) if i != movie and similarity[movie, i] > 0]
        own = sorted(own, key=lambda i: -similarity[movie, i])[:4]
        weights = similarity[movie, own]
        moved = (weights @ rest[user, own]) / (weights.sum() + 0.05)
        expected = biases.mean + biases.users[user] + biases.movies[movie] + moved
        expected = np.clip(expected, ratings.scale.minimum, ratings.scale.maximum)
        found = model.predict(world.profile(user + 1), [movie_id(movie)])[0]
        assert found == pytest.approx(expected, abs=1e-3)


def test_scores_add_similarity_times_liking(world: Dataset) -> None:
    ratings = world.ratings
    model = ItemKNN(popularity=0.3, activity=0.5, ranking_neighbors=100).fit(world)
    liking = preferences(ratings.stars, ratings.scale, 0.5)
    x = np.zeros((ratings.n_users, ratings.n_movies))
    x[ratings.users, ratings.movies] = liking * ratings.user_counts[ratings.users] ** -0.25
    squares = (x**2).sum(axis=0)
    squares[squares == 0] = 1
    overlap = np.maximum(x.T @ x, 0) / np.outer(squares**0.3, squares**0.7)
    np.fill_diagonal(overlap, 0)
    profile = {movie_id(2): 5.0, movie_id(9): 1.0}
    loved, hated = preferences(np.array([5.0, 1.0], dtype=np.float32), ratings.scale, 0.5)
    expected = loved * overlap[:, 2] + hated * overlap[:, 9]
    assert hated < 0
    for movie, score in scores(model, profile).items():
        assert score == pytest.approx(expected[model.catalog.code_of(movie)], abs=1e-4)


@pytest.mark.parametrize("similarity", ["adjusted-cosine", "pearson"])
def test_neighbours_beat_the_baseline(world: Dataset, similarity: str) -> None:
    """Not so by who rated what: in this world people see films of both kinds by chance."""
    rng = np.random.default_rng(0)
    held_out = rng.random(len(world.ratings)) < 0.2
    train, test = world.replace(world.ratings.take(~held_out)), world.ratings.take(held_out)
    model = ItemKNN(similarity=similarity, damping=0.1).fit(train)
    assert rmse(model, train, test) < 0.9 * rmse(ItemKNN(damping=1e9).fit(train), train, test)


def rmse(model: ItemKNN, train: Dataset, test: Ratings) -> float:
    errors: list[float] = []
    for user in np.unique(test.users):
        mine = test.rows_of(int(test.user_ids.id_of(int(user))))
        movies = test.movie_ids.decode(test.movies[mine]).tolist()
        found = model.predict(train.profile(int(test.user_ids.id_of(int(user)))), movies)
        errors.extend((found - test.stars[mine]).tolist())
    return float(np.sqrt(np.mean(np.square(errors))))


def test_many_pairs_in_blocks_are_the_single_answers(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ItemKNN().fit(world)
    batch = model._batch([world.profile(user) for user in range(1, 8)])
    rng = np.random.default_rng(4)
    rows, movies = rng.integers(0, 7, 60), rng.integers(0, 50, 60).astype(np.int32)
    together = model._predict(batch, rows, movies)
    monkeypatch.setattr("matinee.models.knn._CELLS", 120)
    assert np.array_equal(model._predict(batch, rows, movies), together)


def test_ranking_by_the_similarity_for_stars(world: Dataset) -> None:
    model = ItemKNN(ranking="similarity", ranking_neighbors=5, keep=30).fit(world)
    film = model.recommend({movie_id(2): 5.0}, n=1)[0]
    code = model.catalog.code_of(film.movie_id)
    place = model._near[code].tolist().index(2)
    score = scores(model, {movie_id(2): 5.0})[film.movie_id]
    assert score == pytest.approx(float(model._near_weights[code, place]))


def test_similar_films_are_rated_alike_and_liked_by_the_same(world: Dataset) -> None:
    model = ItemKNN(amplification=2.0, popularity=0.5, activity=0.0, ranking_neighbors=100).fit(
        world
    )
    there = similarities(model, movie_id(4))
    for other in (8, 12, 20):
        alike = model._near_weights[4, model._near[4].tolist().index(other)] ** 0.5
        overlap = model._adds[[4]].toarray()[0, other]  # symmetric with these options
        assert there[movie_id(other)] == pytest.approx(np.sqrt(alike * overlap), rel=1e-4)
    back = similarities(model, movie_id(8))
    assert back[movie_id(4)] == pytest.approx(there[movie_id(8)], rel=1e-4)


def test_options_are_checked() -> None:
    with pytest.raises(
        ParameterError, match=r"similarity must be one of 'adjusted-cosine', .*'jac"
    ):
        ItemKNN(similarity="pearsn")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="popularity must be a number between 0 and 1"):
        ItemKNN(popularity=1.5)
