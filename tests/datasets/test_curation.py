from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.catalog import Catalog, TagCounts
from matinee.dataset import Dataset
from matinee.datasets.curation import (
    DateRange,
    KCore,
    MinMovieMean,
    MinMovieRatings,
    MinUserRatings,
    StarSample,
    curate,
    keep_movies,
    parse_date,
    parse_step,
)
from matinee.errors import DataError, ParameterError
from matinee.ids import IdVocabulary
from matinee.ratings import Ratings


@st.composite
def tables(draw: st.DrawFn, least: int = 1) -> Ratings:
    """Small random tables in which pairs may repeat before they are coded."""
    n = draw(st.integers(least, 60))
    rows = st.lists(st.integers(0, 7), min_size=n, max_size=n)
    stars = draw(st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), min_size=n, max_size=n))
    times = draw(st.lists(st.integers(1, 20), min_size=n, max_size=n))
    return Ratings.from_columns(draw(rows), draw(rows), stars, times)


def test_counts_before_and_after_of_each_step() -> None:
    ratings = Ratings.from_columns(
        [1, 1, 1, 2, 2, 3], [10, 20, 30, 10, 20, 10], [5.0, 2.0, 1.0, 4.0, 2.0, 3.0]
    )
    curated, report = curate(
        Dataset.of(ratings, name="tiny"), [MinMovieRatings(2), MinUserRatings(2)]
    )
    first, second = report.steps
    assert (first.before.ratings, first.after.ratings) == (6, 5)
    assert (first.after.users, first.after.movies) == (3, 2)
    assert (second.after.ratings, second.after.users, second.after.movies) == (4, 2, 2)
    assert curated.name == "tiny (curated)"
    assert curated.ratings.user_ids.ids.tolist() == [1, 2]
    assert curated.catalog.movie_ids.ids.tolist() == [10, 20]
    assert curated.catalog.popularity.tolist() == [2, 2]
    assert report.to_dict()["after"] == {"ratings": 4, "users": 2, "movies": 2}
    lines = str(report).splitlines()
    assert lines[1].split() == ["before", "6", "3", "3"]
    assert "4 (-1)" in lines[3]
    assert "2 (-1)" in lines[3]


def test_no_steps_give_the_data_set_itself() -> None:
    data = Dataset.of(Ratings.from_columns([1], [10], [5.0]))
    same, report = curate(data, [])
    assert same is data
    assert report.before == report.after


def test_the_original_is_not_changed() -> None:
    data = Dataset.of(Ratings.from_columns([1, 2, 2], [10, 10, 20], [5.0, 4.0, 1.0]))
    before = data.ratings.fingerprint
    curate(data, [MinMovieRatings(2)])
    assert data.ratings.fingerprint == before
    assert len(data.catalog) == 2


def test_films_and_tags_that_lose_their_ratings_leave_the_catalogue() -> None:
    catalog = Catalog(
        IdVocabulary([10, 20, 30]),
        ["Ten (2010)", "Twenty (2020)", "Thirty (2030)"],
        genres=np.array([[1, 0], [0, 1], [1, 1]], dtype=np.bool_),
        genre_names=["Comedy", "Drama"],
        tags=TagCounts(
            ("quiet", "loud"),
            np.array([0, 1, 2, 2], np.int32),
            np.array([0, 1, 0, 1], np.int32),
            np.array([4, 3, 2, 1], np.int32),
        ),
        imdb_ids=np.array([1, 2, 3]),
    )
    data = Dataset(Ratings.from_columns([1, 2, 1], [10, 10, 30], [5.0, 4.0, 3.0]), catalog)
    curated, _ = curate(data, [MinMovieRatings(1)])
    assert [str(curated.catalog[movie]) for movie in (10, 30)] == ["Ten (2010)", "Thirty (2030)"]
    assert 20 not in curated.catalog
    assert curated.catalog[30].tags == ("quiet", "loud")
    assert curated.catalog[30].genres == ("Comedy", "Drama")
    assert curated.catalog[30].imdb_id == "tt0000003"
    kept, _ = curate(data, [MinMovieRatings(1)], keep_unrated=True)
    assert len(kept.catalog) == 3


def test_keep_movies_keeps_the_people() -> None:
    data = Dataset.of(Ratings.from_columns([1, 2], [10, 20], [5.0, 4.0]))
    smaller = keep_movies(data, np.array([True, False]))
    assert smaller.ratings.user_ids.ids.tolist() == [1, 2]
    assert len(smaller.ratings) == 1
    with pytest.raises(ParameterError, match="shape"):
        keep_movies(data, np.array([True]))


def test_a_step_that_leaves_nothing_is_named() -> None:
    data = Dataset.of(Ratings.from_columns([1, 2], [10, 20], [5.0, 4.0]))
    with pytest.raises(DataError, match=r"films with at least 9 ratings.*last 2 ratings"):
        curate(data, [MinMovieRatings(9)])


def test_a_mean_at_the_threshold_passes() -> None:
    ratings = Ratings.from_columns([1, 2, 3, 1], [10, 10, 10, 20], [3.5, 3.5, 3.5, 3.4])
    assert MinMovieMean(3.5).keep(ratings).tolist() == [True, False, True, True]


@given(tables(), st.integers(1, 4), st.integers(1, 4))
def test_k_core_is_the_largest_set_with_both_properties(
    ratings: Ratings, users: int, movies: int
) -> None:
    core = ratings.take(KCore(users, movies).keep(ratings))
    if len(core):
        assert core.user_counts[core.user_counts > 0].min() >= users
        counts = core.movie_stats.counts
        assert counts[counts > 0].min() >= movies
    # Peeling one film or person at a time, in any order, ends in the same set.
    rows = set(zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True))
    changed = True
    while changed:
        weak_users = {u for u, _ in rows if sum(v == u for v, _ in rows) < users}
        weak_movies = {m for _, m in rows if sum(v == m for _, v in rows) < movies}
        fewer = {(u, m) for u, m in rows if u not in weak_users and m not in weak_movies}
        changed, rows = fewer != rows, fewer
    assert set(zip(core.users.tolist(), core.movies.tolist(), strict=True)) == rows


@given(tables(), st.floats(0.05, 1.0), st.integers(0, 3))
def test_a_star_sample_rounds_each_level_and_film_down_or_up(
    ratings: Ratings, share: float, seed: int
) -> None:
    step = StarSample(share, seed)
    kept = step.keep(ratings)
    assert np.array_equal(kept, step.keep(ratings))
    for movie in range(ratings.n_movies):
        rows = ratings.movies == movie
        exact = share * rows.sum()
        assert abs(kept[rows].sum() - exact) < 1 + 1e-6
        for level in (1, 2, 3, 4, 5):
            at_level = rows & (ratings.stars == level)
            assert abs(kept[at_level].sum() - share * at_level.sum()) < 1 + 1e-6


def test_a_star_sample_favours_no_level() -> None:
    # Films with one rating a level: rounding each level for itself would lose all of them.
    stars = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 400)
    ratings = Ratings.from_columns(np.tile(range(5), 400), np.repeat(range(400), 5), stars)
    kept = ratings.stars[StarSample(0.1, seed=4).keep(ratings)]
    assert len(kept) == pytest.approx(200, abs=35)
    counts = [int((kept == level).sum()) for level in (1, 2, 3, 4, 5)]
    assert min(counts) > 20
    assert max(counts) < 62


def test_a_star_sample_is_exact_where_the_share_divides() -> None:
    ratings = Ratings.from_columns(range(50), [1] * 50, [1.0] * 20 + [2.0] * 30)
    for seed in range(20):
        kept = ratings.stars[StarSample(0.1, seed).keep(ratings)]
        assert ((kept == 1).sum(), (kept == 2).sum()) == (2, 3)


@given(tables(least=2), st.integers(1, 20), st.integers(1, 20))
def test_dates_keep_both_ends(ratings: Ratings, one: int, other: int) -> None:
    start, end = sorted((one, other))
    kept = DateRange(start, end).keep(ratings)
    inside = [start <= t <= end for t in ratings.timestamps.tolist()]
    assert kept.tolist() == inside


@settings(max_examples=30)
@given(tables())
def test_each_step_only_takes_away(ratings: Ratings) -> None:
    data = Dataset.of(ratings)
    rows = {(u, m) for u, m in zip(ratings.users.tolist(), ratings.movies.tolist(), strict=True)}
    for step in (MinMovieMean(2.5), MinMovieRatings(2), MinUserRatings(2), StarSample(0.5)):
        try:
            curated, _ = curate(data, [step])
        except DataError:
            continue
        part = curated.ratings
        assert part.scale == ratings.scale
        ids = zip(
            part.user_ids.decode(part.users).tolist(),
            part.movie_ids.decode(part.movies).tolist(),
            strict=True,
        )
        users, movies = ratings.user_ids.ids.tolist(), ratings.movie_ids.ids.tolist()
        assert {(users.index(u), movies.index(m)) for u, m in ids} <= rows
        assert part.user_counts.min() > 0
        assert part.movie_stats.counts.min() > 0


def test_dates_can_be_years_months_days_and_moments() -> None:
    assert parse_date("2000-02") == (949363200, 951868799)
    assert parse_date("1999-12")[1] + 1 == parse_date("2000")[0]
    assert parse_date(dt.date(1970, 1, 2)) == (86_400, 172_799)
    naive = dt.datetime(1970, 1, 1, 1)  # noqa: DTZ001 – a naive moment is taken as UTC
    assert parse_date(naive) == (3600, 3600)
    plus_one = dt.timezone(dt.timedelta(hours=1))
    assert parse_date(dt.datetime(1970, 1, 1, 1, tzinfo=plus_one)) == (0, 0)
    assert parse_date("9998")[1] > parse_date("9998")[0]
    for wrong in ("2000-13", "yesterday", "2001-02-30", "", "9999"):
        with pytest.raises(ParameterError, match="a date like '2015'"):
            parse_date(wrong)


def test_dates_need_timestamps_and_an_order() -> None:
    ratings = Ratings.from_columns([1], [1], [3.0])
    with pytest.raises(DataError, match="no timestamps"):
        DateRange("2000").keep(ratings)
    with pytest.raises(ParameterError, match="2001 is later than end 2000"):
        DateRange("2001", "2000")
    with pytest.raises(ParameterError, match="start, an end or both"):
        DateRange()


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("min-movie-mean=3.5", MinMovieMean(3.5)),
        ("min-movie-ratings=20", MinMovieRatings(20)),
        (" min-user-ratings = 5 ", MinUserRatings(5)),
        ("k-core=5", KCore(5)),
        ("k-core=5,10", KCore(5, 10)),
        ("star-sample=0.1", StarSample(0.1, 7)),
        ("dates=2010..2015-06", DateRange("2010", "2015-06")),
        ("dates=2010..", DateRange("2010", None)),
        ("dates=..2010", DateRange(None, "2010")),
        ("dates=2010", DateRange("2010", "2010")),
    ],
)
def test_steps_from_their_short_form(text: str, step: object) -> None:
    assert parse_step(text, seed=7) == step


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("min-stars=3", "no curation step 'min-stars': there are min-movie-mean"),
        ("k-core=1,2,3", "'1,2,3' does not fit k-core"),
        ("min-movie-ratings=many", "'many' does not fit min-movie-ratings"),
        ("min-movie-ratings=0", "at least 1, got 0"),
        ("star-sample=1.5", "at most 1, got 1.5"),
        ("min-movie-mean=nan", "number of stars"),
        ("dates=..", "start, an end or both"),
    ],
)
def test_short_forms_that_are_wrong(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_step(text)
