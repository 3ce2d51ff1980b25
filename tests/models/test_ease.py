"""EASE, against the closed form and against the constrained regression that it solves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.models.conftest import movie_id

from matinee import load_model
from matinee.dataset import Dataset
from matinee.errors import NotEnoughMemoryError
from matinee.models.ease import EASE
from matinee.models.preference import preferences

PROFILE = {movie_id(0): 5.0, movie_id(3): 1.0, movie_id(8): 4.0}


def likings(world: Dataset) -> NDArray[np.float64]:
    ratings = world.ratings
    x = np.zeros((ratings.n_users, ratings.n_movies))
    x[ratings.users, ratings.movies] = preferences(ratings.stars, ratings.scale, 0.5)
    return x


def score_of(model: EASE, profile: dict[int, float]) -> NDArray[np.float32]:
    scores: NDArray[np.float32] = model._score(model._batch([_profile(profile)]))[0]
    return scores


def _profile(ratings: dict[int, float]):  # type: ignore[no-untyped-def]
    from matinee import Profile

    return Profile(ratings)


def test_each_column_is_a_ridge_regression_on_the_other_films(world: Dataset) -> None:
    """The definition, not the closed form: leave film j out, regress j on the rest."""
    x = likings(world)[:, :48]  # the last two films are unrated
    model = EASE(regularization=20.0, dropout=0.4, activity=0.5).fit(world)
    counts = world.ratings.user_counts
    w = (counts / counts.mean()) ** -0.5
    for j in (0, 7, 30):
        others = [i for i in range(48) if i != j]
        gram = (x[:, others] * w[:, None]).T @ x[:, others]
        gram += np.diag(20.0 + 0.4 / 0.6 * np.diag(gram))
        expected = np.linalg.solve(gram, (x[:, others] * w[:, None]).T @ x[:, j])
        assert model._weights[others, j] == pytest.approx(expected, abs=2e-4)
        assert model._weights[j, j] == 0


def test_scores_are_likings_times_weights_and_unrated_films_never_return(world: Dataset) -> None:
    model = EASE().fit(world)
    scores = score_of(model, PROFILE)
    stars = np.array(list(PROFILE.values()), dtype=np.float32)
    expected = preferences(stars, model.scale, 0.5) @ model._weights[[0, 3, 8]]
    assert scores[:48] == pytest.approx(expected, abs=1e-6)
    assert np.all(np.isneginf(scores[48:]))


def test_only_the_most_rated_films_are_modelled(world: Dataset) -> None:
    model = EASE(max_movies=20).fit(world)
    counts = world.ratings.movie_stats.counts
    assert model._codes.size == 20
    left_out = np.setdiff1d(np.arange(50), model._codes)
    assert counts[model._codes].min() >= counts[left_out].max()
    scores = score_of(model, PROFILE)
    assert np.array_equal(np.flatnonzero(np.isfinite(scores)), model._codes)
    outside = movie_id(int(left_out[0]))
    parts = model.contributions({outside: 5.0, **PROFILE}, movie_id(int(model._codes[4])))
    assert parts.weights[parts.movies == left_out[0]].tolist() == [0]
    assert model.contributions(PROFILE, outside).total == 0


def test_density_keeps_the_largest_weights_of_each_film(world: Dataset, tmp_path: Path) -> None:
    whole, sparse = EASE().fit(world), EASE(density=0.25).fit(world)
    assert sparse._sparse is not None
    kept = sparse._sparse.toarray()
    for i in range(48):
        there = kept[i] != 0
        assert there.sum() == 12
        assert np.array_equal(kept[i, there], whole._weights[i, there])
        assert np.abs(whole._weights[i, ~there]).max() <= np.abs(kept[i, there]).min()
    loaded = load_model(sparse.save(tmp_path / "sparse"))
    assert loaded.recommend(PROFILE, n=20) == sparse.recommend(PROFILE, n=20)
    parts = sparse.contributions(PROFILE, movie_id(6))
    assert parts.total == pytest.approx(float(score_of(sparse, PROFILE)[6]), abs=1e-6)
    assert sparse.similar(movie_id(4), n=1)[0].fit == 100


def test_a_large_catalogue_is_refused_with_a_way_out(
    world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_LIMIT", "40kB")
    with pytest.raises(NotEnoughMemoryError, match=r"ease with .*max_movies=5000"):
        EASE().fit(world)


def test_a_system_that_float32_cannot_invert_is_named(world: Dataset) -> None:
    with pytest.raises(np.linalg.LinAlgError, match="raise regularization"):
        EASE(regularization=1e-30, dropout=0.0, max_movies=48).fit(
            world.replace(world.ratings.take(world.ratings.users < 10))
        )
