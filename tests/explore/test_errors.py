from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import random
from matinee.errors import ParameterError
from matinee.explore.charts import Chart
from matinee.explore.errors import charts_of, error_charts
from matinee.models import create_model
from matinee.models.bias import Bias
from matinee.ratings import Ratings
from matinee.scale import RatingScale


def held(stars: Any, predicted: Any, **more: Any) -> list[Chart]:
    """The charts of held-out ratings; each of another person, all else alike."""
    n = len(stars)
    given: dict[str, Any] = {
        "user": np.arange(n, dtype=np.int32),
        "stars": np.asarray(stars, dtype=float),
        "predicted": np.asarray(predicted, dtype=float),
        "plain": np.full(n, 3.0),
        "film_ratings": np.full(n, 5),
        "user_ratings": np.full(n, 5),
    }
    return charts_of(pl.DataFrame(given | more), RatingScale(1, 5, 1), "test")


def test_predicted_and_actual_by_hand() -> None:
    chart = held([1, 1, 5, 4], [2, 4, 5, 4])[0]
    assert chart.facts["mae"] == 1.0
    assert chart.facts["rmse"] == pytest.approx(np.sqrt(10 / 4))
    assert chart.facts["rmse_of_biases"] == pytest.approx(np.sqrt((4 + 4 + 4 + 1) / 4))
    assert "1 stars 3.00; 4 stars 4.00; 5 stars 5.00" in chart.alt
    assert chart.table["ratings"].sum() == 4
    ones = chart.table.filter(stars=1.0, ratings=1)
    assert [low <= 2 < high or low <= 4 < high for low, high in zip(
        ones["from_predicted"], ones["to_predicted"], strict=True
    )] == [True, True]  # fmt: skip
    assert chart.title.startswith("On 4 ratings that it had not seen, test is 1.00 stars off")


@pytest.mark.parametrize(
    ("given", "slope", "finding"),
    [
        ([1.0, 5.0], 2.0, "Predictions are too timid"),
        ([2.0, 4.0], 1.0, "Predictions are as bold as they should be"),
        ([2.5, 3.5], 0.5, "Predictions are too bold"),
    ],
)
def test_calibration_by_hand(given: list[float], slope: float, finding: str) -> None:
    chart = held(given * 50, [2.0, 4.0] * 50)[1]
    assert chart.facts["slope"] == pytest.approx(slope)
    assert chart.title.startswith(finding)
    assert chart.table["predicted"].to_list() == [2.0, 4.0]
    assert chart.table["stars"].to_list() == given
    assert chart.table["ratings"].to_list() == [50, 50]
    assert chart.facts["mean_gap"] == pytest.approx(abs(given[0] - 2))


def test_calibration_of_a_constant() -> None:
    chart = held([1.0, 5.0] * 20, [3.0] * 40)[1]
    assert chart.table["stars"].to_list() == [3.0]


def test_error_by_popularity_by_hand() -> None:
    counts = np.repeat([0, 5, 200], [30, 30, 40])
    error = np.repeat([1.0, 2.0, 0.5], [30, 30, 40])
    chart = held(np.full(100, 3.0), 3 + error, film_ratings=counts)[2]
    assert chart.table["rmse"].to_list() == [1.0, 2.0, 0.5]
    assert chart.table["rmse_of_biases"].to_list() == [0.0, 0.0, 0.0]
    assert chart.table["held_out"].to_list() == [30, 30, 40]
    assert chart.table["from_ratings"].to_list() == [0, 3, 100]
    assert chart.table["to_ratings"].to_list() == [0, 9, 200]
    assert chart.title == (
        "Films with 3–9 ratings are predicted worst, RMSE 2.00; those with 100–200 best, 0.50"
    )


def test_no_bucket_is_called_worst_by_chance() -> None:
    counts = np.repeat([0, 200], [30, 30])
    error = np.tile([0.0, 2.0, 0.0, 2.1], 15)
    chart = held(np.full(60, 3.0), 3 + error, film_ratings=counts)[2]
    assert chart.title == "Films are predicted about as well however many ratings they have"


def test_buckets_with_few_ratings_are_joined() -> None:
    counts = np.repeat([1, 5, 15, 200], [3, 30, 30, 4])
    chart = held(np.full(67, 3.0), np.full(67, 4.0), user_ratings=counts)[3]
    assert chart.table["held_out"].to_list() == [33, 34]
    assert chart.table["from_ratings"].to_list() == [1, 10]
    few = held([3.0, 4.0], [3.0, 3.0])[3]
    assert few.table["held_out"].to_list() == [2]
    assert few.title == "All people here are alike in number of ratings"


def test_one_persons_ratings_are_not_independent() -> None:
    rng = np.random.default_rng(5)
    errors = np.repeat(rng.normal(size=40), 25)
    apart = held(np.full(1000, 3.0), 3 + errors)[2]
    people = np.repeat(np.arange(40, dtype=np.int32), 25)
    together = held(np.full(1000, 3.0), 3 + errors, user=people)[2]
    ratio = together.table["standard_error"][0] / apart.table["standard_error"][0]
    assert ratio == pytest.approx(5, rel=0.05), "the root of 25 equal errors a person"


def test_the_copy_has_not_seen_what_it_predicts() -> None:
    data = matinee.load("sample")
    model = create_model("bias").fit(data)
    predicted, _, by_film, _ = error_charts(model, data, test_size=0.2, seed=3)
    split = random(data, test_size=0.2, seed=3)
    copy = Bias().fit(split.train)
    error = []
    for user in np.unique(split.test.users).tolist():
        rows = np.flatnonzero(split.test.users == user)
        person = split.train.profile(data.ratings.user_ids.id_of(user))
        films = data.catalog.movie_ids.decode(split.test.movies[rows])
        error += (copy.predict(person, films) - split.test.stars[rows]).tolist()
    assert predicted.facts["rmse"] == predicted.facts["rmse_of_biases"], "the biases are the model"
    assert predicted.facts["rmse"] == pytest.approx(float(np.sqrt(np.mean(np.square(error)))))
    assert predicted.table["stars"].unique().to_list() == [each / 2 for each in range(1, 11)]
    unseen = (split.train.ratings.movie_stats.counts[split.test.movies] == 0).sum()
    assert by_film.table["held_out"][0] == unseen
    with pytest.raises(ParameterError, match="test_size"):
        error_charts(model, data, test_size=1.5)


def test_a_scale_without_steps_has_ten_bins() -> None:
    rng = np.random.default_rng(1)
    users, films = np.nonzero(rng.random((20, 10)) < 0.8)
    data = Dataset.of(Ratings.from_columns(users, films, rng.uniform(0, 10, users.size)))
    found = error_charts(create_model("bias").fit(data), data)
    assert found[0].table["stars"].n_unique() == 10
    assert all(chart.table.height for chart in found)
