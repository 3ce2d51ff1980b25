from __future__ import annotations

import numpy as np
import pytest

from matinee.datasets.generate import generate
from matinee.errors import ParameterError


def test_shape_of_synthetic_ratings() -> None:
    data = generate(200_000, seed=1)
    ratings = data.ratings
    assert 150_000 < len(ratings) <= 200_000
    assert ratings.n_users == 1250
    assert set(np.unique(ratings.stars)) == {half / 2 for half in range(1, 11)}
    counts = np.sort(ratings.movie_stats.counts)[::-1]
    # Long-tailed films: the top tenth has most of the ratings; and people are unequal.
    assert 0.4 < counts[: counts.size // 10].sum() / counts.sum() < 0.9
    assert ratings.user_counts.max() > 10 * np.median(ratings.user_counts)
    years = ratings.timestamps.astype("datetime64[s]").astype("datetime64[Y]").astype(int) + 1970
    assert (years.min(), years.max()) == (2005, 2019)


def test_seed_repeats() -> None:
    same = [generate(5_000, seed=seed).ratings.fingerprint for seed in (7, 7, 8)]
    assert same[0] == same[1] != same[2]


def test_small_and_wrong_sizes() -> None:
    data = generate(1)
    assert len(data.ratings) == data.ratings.n_users == 1
    assert len(generate(500, n_users=3, n_movies=10).ratings) <= 30
    with pytest.raises(ParameterError, match="n_ratings must be at least 1, got 0"):
        generate(0)
    with pytest.raises(ParameterError, match="n_movies must be at least 1, got -5"):
        generate(10, n_movies=-5)


def test_progress_is_told() -> None:
    done: list[int] = []
    data = generate(10_000, progress=lambda event: done.append(event.done))
    assert done[-1] == len(data.ratings)
