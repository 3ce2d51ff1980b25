from __future__ import annotations

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings
from matinee.errors import DataError
from matinee.explore.chart import Chart
from matinee.explore.figures import charts, films, genres, stars, tails, when, words
from matinee.explore.figures.about import about
from matinee.explore.totals import Totals
from matinee.ratings import Ratings


@pytest.fixture
def totals(tiny: Dataset) -> Totals:
    return Totals.of(tiny.ratings)


def test_about(tiny: Dataset, totals: Totals) -> None:
    figures = about(tiny, totals)
    assert (figures["ratings"], figures["people"], figures["films"]) == (8, 3, 3)
    assert figures["films_in_table"] == 4
    assert figures["density"] == 8 / 9
    assert (figures["first_month"], figures["last_month"]) == ("2000-01", "2000-02")
    assert figures["mean"] == 29 / 8
    assert figures["licence"] == "free"


def test_months(totals: Totals) -> None:
    chart = when.months(totals)
    assert chart.table["ratings"].to_list() == [5, 3]
    assert [day.isoformat() for day in chart.table["month"]] == ["2000-01-01", "2000-02-01"]
    assert chart.title == ("January 2000 brought more ratings than any other month: 5, 62 % of all")


def test_hours(totals: Totals) -> None:
    chart = when.hours(totals)
    assert chart.facts["busiest_weekday"] == "Wednesday"
    assert chart.facts["busiest_hour"] == 10
    assert chart.table.filter(hour=10, weekday="Saturday")["ratings"].item() == 3


def test_sessions(totals: Totals) -> None:
    chart = when.sessions(totals)
    assert chart.table["ratings"].to_list() == [2, 6]
    assert chart.table["sessions"].to_list() == [2, 2]
    assert chart.table["share"].to_list() == [0.25, 0.75]
    assert chart.facts["sessions"] == 4
    assert chart.facts["middle_size"] == 3
    assert chart.facts["one_session_share"] == 2 / 3
    assert chart.facts["median_gap_seconds"] == 0
    assert chart.facts["same_second_share"] == 2 / 8


def test_per_film(totals: Totals) -> None:
    chart = tails.per_film(totals)
    assert chart.table["ratings"].to_list() == [2, 3]
    assert chart.table["share_at_least"].to_list() == [1.0, 2 / 3]
    assert chart.facts["top_tenth_share"] == 3 / 8
    assert chart.facts["power_law"] is None


def test_power_law_finds_exponent_and_start() -> None:
    rng = np.random.default_rng(5)
    # Counts from 30 on follow the law with exponent 2.2; below, all counts are equally frequent.
    tail = np.floor(29.5 * (1 - rng.random(30_000)) ** (-1 / 1.2) + 0.5).astype(np.int64)
    body = rng.integers(1, 30, 20_000)
    law = tails.fit_power_law(np.concatenate([tail, body]))
    assert law is not None
    assert law.exponent == pytest.approx(2.2, abs=0.03)
    assert 25 <= law.start <= 60
    assert law.distance < 0.02


@pytest.mark.parametrize("counts", [np.arange(1, 40), np.full(200, 7)])
def test_no_power_law_in_few_or_equal_counts(counts: np.ndarray) -> None:
    assert tails.fit_power_law(counts) is None


def test_stars(totals: Totals) -> None:
    chart = stars.stars(totals)
    assert chart.table["ratings"].to_list() == [1, 1, 1, 2, 3]
    assert chart.facts["mean"] == 29 / 8
    assert chart.facts["above_middle"] == 5 / 8
    assert chart.title == (
        "5 stars are given most, 38 % of the time; 62 % of all ratings are above the middle of "
        "the scale"
    )


def test_decades(tiny: Dataset, totals: Totals) -> None:
    chart = stars.decades(tiny, totals)
    assert chart is not None
    assert chart.table["decade"].to_list() == [1970, 1990]
    assert chart.table["ratings"].to_list() == [5, 3]
    assert chart.table["films"].to_list() == [2, 1]
    assert chart.table["mean"].to_list() == [4.0, 3.0]
    assert chart.table["5"].to_list() == [3, 0]


def test_curation(tiny: Dataset, totals: Totals) -> None:
    chart, report = stars.before_and_after(tiny, totals, [MinMovieRatings(3)])
    assert report.after.movies == 2
    assert chart.table["films_before"].sum() == 3
    assert chart.table["films_after"].sum() == 2
    assert chart.facts["mean_before"] == pytest.approx((14 / 3 + 3 + 3) / 3)
    assert chart.facts["mean_after"] == pytest.approx((14 / 3 + 3) / 2)
    assert chart.title.startswith("Curation takes 33 % of the films but 25 % of the ratings")
    unchanged, _ = stars.before_and_after(tiny, totals, [MinMovieRatings(2)])
    assert unchanged.title.startswith("Curation takes nothing away")
    with pytest.raises(DataError, match="nothing is left"):
        stars.before_and_after(tiny, totals, [MinMovieRatings(9)])


def test_popularity(tiny: Dataset, totals: Totals) -> None:
    chart = stars.popularity(tiny, totals)
    assert chart.table["films"].sum() == 3
    # Ranks of counts 2.5, 2.5, 1 and of means 3, 1.5, 1.5.
    assert chart.facts["rank_correlation"] == pytest.approx(0.5)
    assert chart.facts["medians"][-1] == pytest.approx((14 / 3 + 3) / 2)


def test_generosity(tiny: Dataset, totals: Totals) -> None:
    chart = stars.generosity(tiny, totals, least=3)
    assert chart.facts["people"] == 2
    assert chart.facts["mean_50"] == 3.5
    assert chart.facts["spread_50"] == pytest.approx((np.sqrt(8 / 3) + np.sqrt(2)) / 2)
    assert chart.table["people_by_mean"].sum() == chart.table["people_by_spread"].sum() == 2
    everybody = stars.generosity(tiny, totals, least=50)
    assert everybody.facts["people"] == 3


def test_genres(tiny: Dataset, totals: Totals) -> None:
    chart = genres.genres(tiny, totals)
    assert chart is not None
    assert chart.table.rows() == [("Drama", 3, 8, 29 / 8), ("Horror", 1, 3, 3.0)]
    assert chart.facts["best"] == "Drama"


def test_genres_together(tiny: Dataset, totals: Totals) -> None:
    chart = genres.genres_together(tiny, totals)
    assert chart is not None
    assert chart.table.rows() == [
        ("Drama", "Horror", 1, pytest.approx(1 / 3)),
        ("Horror", "Drama", 1, 1.0),
    ]


def test_films(tiny: Dataset, totals: Totals) -> None:
    most = films.most_rated(tiny, totals)
    assert most.table["film"].to_list()[:2] == ["The Godfather (1972)", "Alien 3 (1992)"]
    assert most.facts["share_of_people"] == 1.0
    best = films.best(tiny, totals)
    assert best.facts["film"] == "The Godfather (1972)"
    k, mean = best.facts["shrinkage"], best.facts["mean"]
    assert best.table["shrunk_mean"][0] == pytest.approx((14 + k * mean) / (3 + k))
    # With three ratings at least, Love Story (stars 1 and 5) does not take part.
    divisive = films.most_divisive(tiny, totals)
    assert divisive.facts["film"] == "Alien 3 (1992)"
    assert divisive.table["spread"][0] == pytest.approx(np.sqrt(2 / 3))


@pytest.mark.parametrize(
    ("title", "plain", "with_numerals"),
    [
        ("The Godfather: Part II", ["godfather"], ["godfather", "II"]),
        ("Alien 3", ["alien"], ["alien", "3"]),
        ("Malcolm X", ["malcolm"], ["malcolm", "X"]),
        ("2001: A Space Odyssey", ["2001", "space", "odyssey"], ["2001", "space", "odyssey"]),
        ("Schindler's List", ["schindler", "list"], ["schindler", "list"]),
        (
            "La Cité des enfants perdus",
            ["cité", "enfants", "perdus"],
            ["cité", "enfants", "perdus"],
        ),
        ("I, Robot", ["robot"], ["robot"]),
        ("New York, New York", ["new", "york"], ["new", "york"]),
    ],
)
def test_words(title: str, plain: list[str], with_numerals: list[str]) -> None:
    assert words.words_of(title) == plain
    assert words.words_of(title, numerals=True) == with_numerals


def test_title_words_and_tags(tiny: Dataset) -> None:
    chart = words.title_words(tiny.catalog)
    assert chart is not None
    assert dict(chart.table.rows()) == {"love": 2, "alien": 1, "godfather": 1, "story": 1}
    kept = words.title_words(tiny.catalog, numerals=True)
    assert kept is not None
    assert {"3", "III"} <= set(kept.table["word"])
    tags = words.tags(tiny.catalog)
    assert tags is not None
    assert tags.table.rows() == [("space", 5, 1), ("slow", 2, 2)]


def test_what_is_not_there_is_said(tiny: Dataset) -> None:
    bare = Dataset.of(Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0]))
    found = list(charts(bare, Totals.of(bare.ratings)))
    missing = dict(each for each in found if isinstance(each, tuple))
    assert missing["Month by month"] == "the ratings have no times"
    assert missing["Genres"] == "the films have no genres"
    assert missing["Tags"] == "nobody tagged the films"
    assert missing["Before and after curation"] == "no step of curation was asked for"
    assert sum(isinstance(each, Chart) for each in found) == 8

    full = list(charts(tiny, Totals.of(tiny.ratings), steps=[MinMovieRatings(9)]))
    (reason,) = [each for each in full if isinstance(each, tuple)]
    assert "nothing is left" in reason[1]


def test_each_chart_has_title_alternative_and_table(tiny: Dataset) -> None:
    steps = [MinMovieRatings(2)]
    found = list(charts(tiny, Totals.of(tiny.ratings), steps=steps))
    assert len(found) == 19
    for chart in found:
        assert isinstance(chart, Chart)
        assert chart.table.height
        assert chart.alt.endswith(".")
        assert not chart.title.endswith(".")
        assert "nan" not in chart.title
    assert len({chart.name for chart in found if isinstance(chart, Chart)}) == len(found)
