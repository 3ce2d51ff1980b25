from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings
from matinee.errors import DataError
from matinee.explore import ratings
from matinee.explore.totals import Totals


@pytest.fixture
def totals(tiny: Dataset) -> Totals:
    return Totals.of(tiny.ratings)


def test_months(totals: Totals) -> None:
    chart = ratings.months(totals)
    assert chart.table["ratings"].to_list() == [5, 3]
    assert [day.isoformat() for day in chart.table["month"]] == ["2000-01-01", "2000-02-01"]
    assert chart.title == ("January 2000 brought more ratings than any other month: 5, 62 % of all")


def test_hours(totals: Totals) -> None:
    chart = ratings.hours(totals)
    assert chart.title.startswith("People rate most on Wednesdays and around 10:00 UTC")
    assert chart.table.filter(hour=10, weekday="Saturday")["ratings"].item() == 3


def test_sessions(totals: Totals) -> None:
    chart = ratings.sessions(totals)
    assert chart.table["ratings"].to_list() == [2, 6]
    assert chart.table["sessions"].to_list() == [2, 2]
    assert chart.table["share"].to_list() == [0.25, 0.75]
    assert chart.facts == {"middle_size": 3, "one_session_share": 2 / 3}


def test_per_film(totals: Totals) -> None:
    chart = ratings.per_film(totals)
    assert chart.table["ratings"].to_list() == [2, 3]
    assert chart.table["share_at_least"].to_list() == [1.0, 2 / 3]
    assert chart.facts["top_tenth_share"] == 3 / 8
    assert chart.facts["power_law"] is None


def test_power_law_finds_exponent_and_start() -> None:
    rng = np.random.default_rng(5)
    # Counts from 30 on follow the law with exponent 2.2; below, all counts are equally frequent.
    tail = np.floor(29.5 * (1 - rng.random(30_000)) ** (-1 / 1.2) + 0.5).astype(np.int64)
    body = rng.integers(1, 30, 20_000)
    law = ratings.fit_power_law(np.concatenate([tail, body]))
    assert law is not None
    assert law["exponent"] == pytest.approx(2.2, abs=0.03)
    assert 25 <= law["start"] <= 60
    assert law["distance"] < 0.02


@pytest.mark.parametrize("counts", [np.arange(1, 40), np.full(200, 7)])
def test_no_power_law_in_few_or_equal_counts(counts: np.ndarray) -> None:
    assert ratings.fit_power_law(counts) is None


def test_stars(totals: Totals) -> None:
    chart = ratings.stars(totals)
    assert chart.table["ratings"].to_list() == [1, 1, 1, 2, 3]
    assert chart.facts["mean"] == 29 / 8
    assert chart.facts["above_middle"] == 5 / 8
    assert chart.title == (
        "5 stars are given most, 38 % of the time; 62 % of all ratings are above the middle of "
        "the scale"
    )


def test_decades(tiny: Dataset, totals: Totals) -> None:
    chart = ratings.decades(tiny, totals)
    assert chart is not None
    assert chart.table["decade"].to_list() == [1970, 1990]
    assert chart.table["ratings"].to_list() == [5, 3]
    assert chart.table["films"].to_list() == [2, 1]
    assert chart.table["mean"].to_list() == [4.0, 3.0]
    assert chart.table["5"].to_list() == [3, 0]


def test_curation(tiny: Dataset, totals: Totals) -> None:
    chart = ratings.curation(tiny, totals, [MinMovieRatings(3)])
    assert chart.facts["after"]["movies"] == 2
    assert chart.table["films_before"].sum() == 3
    assert chart.table["films_after"].sum() == 2
    assert chart.facts["mean"] == pytest.approx([(14 / 3 + 3 + 3) / 3, (14 / 3 + 3) / 2])
    assert chart.title.startswith("Curation takes 33 % of the films but 25 % of the ratings")
    unchanged = ratings.curation(tiny, totals, [MinMovieRatings(2)])
    assert unchanged.title.startswith("Curation takes nothing away")
    with pytest.raises(DataError, match="nothing is left"):
        ratings.curation(tiny, totals, [MinMovieRatings(9)])


def test_popularity(tiny: Dataset, totals: Totals) -> None:
    chart = ratings.popularity(tiny, totals)
    assert chart.table["films"].sum() == 3
    # Ranks of counts 2.5, 2.5, 1 and of means 3, 1.5, 1.5.
    assert chart.facts["rank_correlation"] == pytest.approx(0.5)
    assert chart.facts["medians"][-1] == pytest.approx((14 / 3 + 3) / 2)


def test_generosity(tiny: Dataset, totals: Totals) -> None:
    chart = ratings.generosity(tiny, totals, least=3)
    assert chart.facts["people"] == 2
    assert chart.facts["quantiles_of_mean"][1] == 3.5
    assert f"middle is {(np.sqrt(8 / 3) + np.sqrt(2)) / 2:.2f} stars" in chart.alt
    assert chart.table["people_by_mean"].sum() == chart.table["people_by_spread"].sum() == 2
    everybody = ratings.generosity(tiny, totals, least=50)
    assert everybody.facts["people"] == 3
