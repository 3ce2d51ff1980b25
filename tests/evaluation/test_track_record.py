from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.errors import EvaluationError, NotSupportedError
from matinee.evaluation import track_record
from matinee.evaluation.track_record import Share, TrackRecord
from matinee.models import create_model
from matinee.models.bias import Bias
from matinee.profile import Profile
from matinee.recommend.scorer import Promises

DAY = 86_400


class Echo(Bias):
    """Promises the mean of the told stars, ± 1, and likes by a quarter more for each star."""

    name = "echo"

    def _promises(self, batch: Any, rows: Any, movies: Any) -> Promises:
        sums = np.bincount(batch.row_of_entry, weights=batch.stars, minlength=len(batch))
        stars = (sums / batch.lengths)[rows].astype(np.float32)
        return Promises(stars, stars - 1, stars + 1, (stars - 1) / 4)


@pytest.fixture(scope="module")
def echo(data: Dataset) -> Echo:
    return Echo().fit(data)


def person(stars: list[float], times: list[int]) -> Profile:
    return Profile(dict(enumerate(stars)), timestamps=dict(enumerate(times)))


def test_each_rating_is_predicted_from_those_before_it(echo: Echo) -> None:
    # In order of time: 5, 3, 1, 4.
    record = track_record(echo, person([3, 5, 4, 1], [20, 10, 40, 30]))
    assert record.movie_ids == [0, 3, 2]
    assert record.timestamps.tolist() == [20, 30, 40]
    assert record.given.tolist() == [3, 1, 4]
    assert record.promised.tolist() == [5, 4, 3]
    assert record.error[0] == pytest.approx((2 + 3 + 1) / 3)
    assert record.within == Share(1, 3)
    assert record.like is not None
    assert record.like.tolist() == [1, 0.75, 0.5]


def test_ratings_of_one_second_do_not_predict_each_other(echo: Echo) -> None:
    record = track_record(echo, person([2, 4, 5, 5], [10, 20, 20, 20]))
    assert record.promised.tolist() == [2, 2, 2]
    assert record.movie_ids == [1, 2, 3]


def test_many_ratings_are_answered_in_blocks(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    profile = person(rng.integers(1, 6, 40).tolist(), (rng.integers(1, 25, 40) * DAY).tolist())
    whole = track_record(echo, profile)
    monkeypatch.setattr(sys.modules["matinee.evaluation.track_record"], "_BLOCK", 3)
    parts = track_record(echo, profile)
    assert whole.promised.tolist() == parts.promised.tolist()
    assert whole.movie_ids == parts.movie_ids


def test_a_model_without_intervals_has_no_share_within(
    echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Echo, "_promises", lambda *given: Promises(Bias._stars(*given)))
    record = track_record(echo, person([5, 3, 4], [1, 2, 3]))
    assert record.within is None
    assert record.to_dict()["within"] is None
    assert "interval, meant" not in str(record)
    assert record.to_polars()["low"].null_count() == 2


def test_what_cannot_have_a_record_is_told(data: Dataset, echo: Echo) -> None:
    with pytest.raises(NotSupportedError, match="content predicts no stars, so it has no track"):
        track_record(create_model("content").fit(data), person([5, 3], [1, 2]))
    for profile in (person([5, 3], [7, 7]), Profile({0: 5.0, 1: 3.0}), Profile({})):
        with pytest.raises(EvaluationError, match="at least two ratings of different times"):
            track_record(echo, profile)
    # Films that the model does not know are left out.
    known = track_record(echo, Profile({0: 5.0, 1: 3.0, 99: 1.0}, timestamps={0: 1, 1: 2, 99: 3}))
    assert known.movie_ids == [1]


def record_of(given: list[float], promised: list[float], **more: Any) -> TrackRecord:
    n = len(given)
    values: dict[str, Any] = {
        "movie_ids": list(range(n)),
        "timestamps": np.arange(n) * DAY,
        "given": np.array(given),
        "promised": np.array(promised),
        "low": None,
        "high": None,
        "like": None,
        "everybody": np.full(n, 3.0),
        "ratings": np.arange(n),
        "good": 4.0,
    }
    return TrackRecord(**(values | more))


def test_promises_kept_beside_the_means_and_the_most_rated() -> None:
    record = record_of(
        [4, 3, 5, 1, 4],
        [4.5, 4.0, 3.9, 2.0, 4.2],
        everybody=np.array([1.0, 4.9, 1.0, 4.8, 4.7]),
        ratings=np.array([1, 2, 90, 3, 80]),
    )
    assert record.kept == Share(2, 3)  # films 0, 1, 4 were promised 4 or more
    assert record.kept_by_mean == Share(1, 3)  # films 1, 3, 4
    assert record.kept_by_most_rated == Share(2, 3)  # films 2, 4, 3
    words = str(record)
    assert "5 ratings, 1970-01-01 to 1970-01-05, each predicted from those before it." in words
    assert "Promised 4 stars or more, and got them: 2 of 3 (67 %, 21 to 94 %)." in words
    assert "The 3 films with the highest means: 1 of 3" in words
    assert "So few ratings say little" in words
    assert len(words.splitlines()) <= 8


def test_how_much_nearer_than_everybody_is_signed() -> None:
    better = record_of([5.0, 1.0] * 10, [4.5, 1.5] * 10)
    assert better.nearer[0] == pytest.approx(1.5)
    assert better.nearer[1] > 0
    worse = record_of([3.0, 3.0], [5.0, 1.0])
    assert worse.nearer[0] == pytest.approx(-2)
    assert "No film was promised 4" in str(record_of([3.0, 3.0], [2.0, 1.0]))


def test_share_within_the_interval() -> None:
    low, high = np.array([2.0, 2.0, 2.0]), np.array([3.0, 3.0, 3.0])
    record = record_of([2.0, 3.0, 3.5], [2.5] * 3, low=low, high=high)
    assert record.within == Share(2, 3)
    assert "Within the promised interval, meant to hold 80 %: 2 of 3" in str(record)


def test_an_interval_of_few_is_wide_and_one_of_many_narrow() -> None:
    assert str(Share(7, 10)) == "7 of 10 (70 %, 40 to 89 %)"
    low, high = Share(700, 1000).interval
    assert 0.66 < low < 0.68
    assert 0.72 < high < 0.74
    assert Share(0, 0).interval == (0, 1)
    assert Share(3, 3).interval[1] == 1
