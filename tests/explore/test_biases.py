from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.explore.biases import bias_charts, movie_biases
from matinee.explore.charts import Chart
from matinee.models import create_model
from matinee.ratings import Ratings


def generous_and_strict() -> Dataset:
    """Films that are alike, but 30 generous people rated film 1 and 30 strict ones film 2.

    Everybody rated films 3 and 4, and half of each kind films 5 and 6; their quality differs.
    """
    rows = []
    for user in range(60):
        offset = 1.0 if user < 30 else -1.0
        rows.append((user, 1 if user < 30 else 2, 3 + offset))
        rows += [(user, 3, 4 + offset), (user, 4, 2 + offset)]
        if user % 2:
            rows += [(user, 5, 3.5 + offset), (user, 6, 2.5 + offset)]
    users, films, stars = zip(*rows, strict=True)
    return Dataset.of(Ratings.from_columns(users, films, stars), name="alike")


def charts(with_data: bool = True) -> list[Chart]:
    data = generous_and_strict()
    model = create_model("bias", movie_damping=5, user_damping=0, iterations=200).fit(data)
    found = bias_charts(model, data if with_data else None)
    assert all(isinstance(chart, Chart) for chart in found)
    return [chart for chart in found if isinstance(chart, Chart)]


def test_appreciated_most_and_least() -> None:
    chart = charts()[0]
    assert chart.table["film"].to_list() == ["3", "5", "1", "4", "6", "2"]
    assert chart.table["end"].to_list() == ["most"] * 3 + ["least"] * 3
    # Five ratings at nothing are added to the 60 and the 30 of the films.
    damped = [60 / 65, 15 / 35, 0, -60 / 65, -15 / 35, 0]
    assert chart.table["bias"].to_list() == pytest.approx(damped, abs=0.02)
    assert chart.title == "3 gets +0.92 stars whoever rates it, 4 -0.92"
    assert chart.facts["least_ratings"] == 30


def test_where_the_mean_misleads() -> None:
    chart = charts()[1]
    first = chart.table.row(0, named=True)
    assert (first["film"], first["end"], first["mean"]) == ("1", "flattered", 4.0)
    # The mean is one star above that of all, drawn to it by five of 35 ratings.
    assert first["by_mean"] == pytest.approx(30 / 35, abs=1e-6)
    assert first["gap"] == pytest.approx(first["by_mean"] - first["by_bias"])
    assert first["gap"] > 0.7
    assert first["generosity"] + first["liking"] == pytest.approx(first["gap"])
    assert 0.2 < first["generosity"] < 1, "its raters give more whatever they rate"
    strict = chart.table.filter(end="underrated").row(0, named=True)
    assert strict["film"] == "2"
    assert strict["generosity"] == pytest.approx(-first["generosity"], abs=1e-3)
    assert chart.title == (
        "1 owes 0.86 stars of its mean to who rated it; 2 is worth 0.86 more than its mean"
    )
    assert "those who rated 1 give +0." in chart.alt


def test_why_is_not_told_without_the_ratings() -> None:
    chart = charts(with_data=False)[1]
    assert chart.table["generosity"].null_count() == chart.table.height
    assert "Why" not in chart.alt


def test_what_has_no_bias() -> None:
    data = generous_and_strict()
    model = create_model("item-knn").fit(data)
    assert movie_biases(model) is None
    topics = [topic for topic, _ in bias_charts(model)]  # type: ignore[misc]
    assert topics == ["Appreciated most and least", "Where the mean misleads"]
    small = Dataset.of(Ratings.from_columns([1, 1, 2], [1, 2, 2], [3.0, 4.0, 5.0]))
    (_, reason), _ = bias_charts(create_model("bias").fit(small))  # type: ignore[misc]
    assert reason == "fewer than 4 films have 2 ratings"


def test_biases_of_a_model() -> None:
    model = create_model("bias").fit(generous_and_strict())
    biases = movie_biases(model)
    assert biases is not None
    assert np.array_equal(biases, model.movie_biases())  # type: ignore[attr-defined]
