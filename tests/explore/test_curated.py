"""What a curation leaves, counted, is what it leaves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.datasets.curation import (
    KCore,
    MinMovieMean,
    MinMovieRatings,
    MinUserRatings,
    StarSample,
    Step,
    curate,
)
from matinee.errors import DataError
from matinee.explore.curated import film_means_after


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return matinee.load("sample")


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (MinMovieRatings(20), MinUserRatings(5)),
        (MinUserRatings(200), MinMovieRatings(9), MinUserRatings(150)),
        (MinMovieMean(3.5), MinMovieRatings(55), MinUserRatings(27)),
        (MinMovieRatings(3), MinMovieMean(4.0)),
        (KCore(30),),
        (MinMovieMean(3.0), KCore(20, 10), MinUserRatings(60)),
        (MinMovieRatings(20), StarSample(0.3, seed=1)),  # no threshold: really made
    ],
)
def test_counted_is_curated(sample: Dataset, steps: Sequence[Step]) -> None:
    curated, report = curate(sample, steps)
    stats = curated.ratings.movie_stats
    for block in (7_001, 10**6):
        means, told = film_means_after(sample, steps, block=block)
        assert told == report
        expected = np.sort(stats.means[stats.counts > 0])
        np.testing.assert_allclose(np.sort(means), expected, rtol=1e-6)


def test_nothing_left(sample: Dataset) -> None:
    with pytest.raises(DataError) as counted:
        film_means_after(sample, [MinMovieRatings(5), MinUserRatings(10_000)])
    with pytest.raises(DataError) as curated:
        curate(sample, [MinMovieRatings(5), MinUserRatings(10_000)])
    assert str(counted.value) == str(curated.value)
