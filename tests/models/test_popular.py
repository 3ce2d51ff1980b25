"""The impersonal baseline, against figures computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.conftest import scores

from matinee.dataset import Dataset
from matinee.models.popular import Popular
from matinee.ratings import Ratings

DAY = 86_400


@pytest.fixture
def data() -> Dataset:
    ratings = Ratings.from_columns(
        [1, 2, 3, 1, 2, 3],
        [10, 10, 10, 20, 30, 30],
        [4.5, 4.5, 4.5, 5.0, 2.0, 3.0],
        [0, 0, 0, 0, 1000 * DAY, 1000 * DAY],
    )
    return Dataset.of(ratings)


def test_damping_keeps_one_enthusiast_from_the_top(data: Dataset) -> None:
    assert Popular(damping=0).fit(data).recommend({}).movie_ids == [20, 10, 30]
    damped = Popular(damping=5).fit(data)
    assert damped.recommend({}).movie_ids == [10, 20, 30]
    assert scores(damped, {})[20] == pytest.approx((5 + 5 * data.ratings.mean) / 6)


def test_count(data: Dataset) -> None:
    model = Popular(by="count").fit(data)
    assert scores(model, {}) == {10: 3.0, 30: 2.0, 20: 1.0}
    assert model.recommend().movie_ids == [10, 30, 20]


def test_trending_fades(data: Dataset) -> None:
    model = Popular(by="trending", half_life_days=500).fit(data)
    assert scores(model, {}) == {30: 2.0, 10: 0.75, 20: 0.25}


def test_stars_are_damped_means_whatever_the_order(data: Dataset) -> None:
    by_count = Popular(by="count", damping=1).fit(data)
    assert by_count.predict({}, [10, 20])[1] == pytest.approx((5 + data.ratings.mean) / 2)


def test_reasons(data: Dataset) -> None:
    model = Popular().fit(data)
    assert model.explain({}, 20)[0].name == "1 person gave it 5.0 stars on average"
    assert model.explain({}, 30)[0].name == "2 people gave it 2.5 stars on average"


def test_unrated_films_have_the_overall_mean(data: Dataset) -> None:
    empty = np.zeros(len(data.ratings), dtype=bool)
    empty[0] = True
    one = data.replace(data.ratings.take(empty))
    model = Popular(damping=0).fit(one)
    assert model.predict({}, [20])[0] == one.ratings.mean
    assert model.explain({}, 20)[0].name == "nobody rated it yet"
