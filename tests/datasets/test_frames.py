"""Frames of Polars and pandas, and plain columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matinee
from matinee.datasets import from_frame
from matinee.errors import BadRowError, DataError, FormatError, ParameterError


def triples(data: matinee.Dataset) -> list[tuple[object, object, float, int]]:
    return data.ratings.to_polars().rows()


COLUMNS: dict[str, Any] = {"userId": [2, 1, 1], "movieId": [5, 9, 5], "rating": [1.0, 4.5, 3.0]}
EXPECTED = [(1, 5, 3.0, 0), (1, 9, 4.5, 0), (2, 5, 1.0, 0)]


@pytest.mark.parametrize(
    "frame",
    [
        COLUMNS,
        {name: np.asarray(values) for name, values in COLUMNS.items()},
        pl.DataFrame(COLUMNS),
        pl.LazyFrame(COLUMNS),
        pl.DataFrame(COLUMNS, schema_overrides={"userId": pl.UInt8, "rating": pl.Float32}),
        pl.DataFrame(COLUMNS).with_columns(pl.col("movieId").cast(pl.Float64)),
        pl.DataFrame(COLUMNS).with_columns(pl.col("rating").cast(pl.String)),
    ],
)
def test_kinds_of_frames(frame: Any) -> None:
    data = from_frame(frame, name="mine")
    assert triples(data) == EXPECTED
    assert (data.name, data.source) == ("mine", "data frame")
    assert data.ratings.stars.dtype == np.float32


def test_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    assert triples(from_frame(pandas.DataFrame(COLUMNS))) == EXPECTED
    named = pandas.DataFrame(
        {
            "who": ["bob", "ann", "ann"],
            "film": pandas.Categorical(["x", "y", "x"]),
            "stars": pandas.array([1, 4, 3], dtype="Int64"),
            "date": pandas.to_datetime(["2015-03-01"] * 3),
        }
    )
    data = from_frame(named, columns={"user": "who"})
    assert triples(data)[0] == ("ann", "x", 3.0, 1425168000)
    zoned = named.assign(date=pandas.to_datetime(["2015-03-01T01:00"] * 3).tz_localize("+01:00"))
    assert from_frame(zoned, columns={"user": "who"}).ratings.timestamps[0] == 1425168000


def test_pandas_with_missing_values() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"user": ["a", None], "movie": [1.0, 2.0], "rating": [3.0, 4.0]})
    with pytest.raises(BadRowError, match=r"frame, line 2, column user: missing value"):
        from_frame(frame)
    frame = pandas.DataFrame({"user": ["a", "b"], "movie": [1.0, np.nan], "rating": [3.0, 4.0]})
    with pytest.raises(BadRowError, match=r"line 2, column movie"):
        from_frame(frame)


@pytest.mark.parametrize(
    "times",
    [
        [1425168000] * 3,
        [1425168000.7] * 3,
        [1425168000000] * 3,
        ["2015-03-01"] * 3,
        ["2015-03-01T00:00:00Z"] * 3,
        ["2015-03-01", "2015-03-01 00:00:00", "2015-03-01T02:00:00+02:00"],
        [date(2015, 3, 1)] * 3,
        [datetime(2015, 3, 1)] * 3,  # noqa: DTZ001
        [datetime(2015, 3, 1, tzinfo=UTC)] * 3,
        [datetime(2015, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))] * 3,
    ],
)
def test_times(times: list[Any]) -> None:
    data = from_frame(pl.DataFrame({**COLUMNS, "timestamp": times}))
    assert set(data.ratings.timestamps.tolist()) == {1425168000}


@pytest.mark.parametrize(
    ("change", "row", "column", "value", "problem"),
    [
        ({"userId": [1, None, 2]}, 2, "userId", "", "missing value"),
        ({"userId": ["a", " ", "b"]}, 2, "userId", " ", "missing value"),
        ({"movieId": [1.0, 2.5, 3.0]}, 2, "movieId", "2.5", "not a number"),
        ({"rating": ["3", "good", "4"]}, 2, "rating", "good", "not a number"),
        ({"rating": [3.0, float("nan"), 4.0]}, 2, "rating", "nan", "not finite"),
        ({"rating": [3.0, float("inf"), 4.0]}, 2, "rating", "inf", "not finite"),
        ({"rating": [3.0, 7.0, 4.0]}, 2, "rating", "7.0", "stars out"),
    ],
)
def test_wrong_rows(
    change: dict[str, Any], row: int, column: str, value: str, problem: str
) -> None:
    frame = pl.DataFrame({**COLUMNS, **change})
    with pytest.raises(BadRowError, match=problem[:5]) as caught:
        from_frame(frame, scale=(0.5, 5))
    error = caught.value
    assert (error.file, error.line, error.column, error.value) == ("frame", row, column, value)
    data = from_frame(frame, scale=(0.5, 5), skip_bad_rows=True)
    assert data.report is not None
    assert list(data.report.skipped.values()) == [1]
    assert next(iter(data.report.skipped)).startswith(problem)
    assert (data.report.rows, len(data.ratings)) == (3, 2)


def test_the_first_wrong_row_is_told() -> None:
    frame = {"user": [1, 2, None], "movie": [1, None, 3], "rating": [1.0, 2.0, 3.0]}
    with pytest.raises(BadRowError, match="line 2, column movie"):
        from_frame(frame)


def test_films() -> None:
    movies = {"item": [9, 5, 7], "name": ["Heat (1995)", "Cats", "X"], "genre": ["A|B", "C", None]}
    data = from_frame(COLUMNS, movies=movies)
    assert list(data.catalog.titles) == ["Cats", "X", "Heat (1995)"]
    assert data.catalog.years.tolist() == [0, 0, 1995]
    assert data.catalog.genres_of(2) == ("A", "B")
    lists = pl.DataFrame(
        {
            "movieId": [5, 9],
            "title": ["a", "b"],
            "genres": [["X"], ["Y", "X"]],
            "year": [1990, None],
        }
    )
    data = from_frame(COLUMNS, movies=lists)
    assert data.catalog.genres_of(1) == ("X", "Y")
    assert data.catalog.years.tolist() == [1990, 0]


def test_film_that_is_not_among_the_films() -> None:
    movies = {"movieId": [5], "title": ["Cats"]}
    with pytest.raises(BadRowError, match=r"line 2, column movieId: film not in .*: '9'"):
        from_frame(COLUMNS, movies=movies)
    data = from_frame(COLUMNS, movies=movies, skip_bad_rows=True)
    assert data.report is not None
    assert data.report.skipped == {"film not in the film table": 1}
    assert len(data.ratings) == 2


def test_text_ids_against_films_with_numbers_and_the_other_way_round() -> None:
    ratings = {"user": ["a", "b"], "movie": ["7", "5"], "rating": [3, 4]}
    data = from_frame(ratings, movies={"movie": [5, 6, 7], "title": ["x", "y", "z"]})
    assert triples(data) == [("a", 7, 3.0, 0), ("b", 5, 4.0, 0)]
    ratings = {"user": ["a", "b"], "movie": [7, 5], "rating": [3, 4]}
    data = from_frame(ratings, movies={"movie": ["5", "7"], "title": ["x", "z"]})
    assert triples(data) == [("a", "7", 3.0, 0), ("b", "5", 4.0, 0)]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"user": [1], "rating": [2]}, r"no column for the movie: its columns are user, rating"),
        ({"user": [], "movie": [], "rating": []}, "has no ratings in it: it is empty"),
        ({"user": [True], "movie": [1], "rating": [2]}, "ids must be integers or text, got Bool"),
        ({"user": [1], "movie": [1], "rating": [[2]]}, "stars must be numbers, got List"),
        ({"user": [1], "movie": [1], "rating": [2], "time": [[3]]}, "no times, got List"),
    ],
)
def test_frames_that_are_no_ratings(frame: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        from_frame(frame)


def test_things_that_are_no_frames() -> None:
    with pytest.raises(DataError, match="or a mapping of columns is needed, got object"):
        from_frame(object())
    with pytest.raises(DataError, match="is needed, got dict"):
        from_frame({"user": [1, 2], "movie": [1], "rating": [2, 3, 4]})


def test_scale() -> None:
    assert from_frame(COLUMNS, scale=(0.5, 5)).ratings.scale == matinee.RatingScale(0.5, 5.0)
    for wrong in ((5, 1), (1, 2, 3), "ab"):
        with pytest.raises(ParameterError, match="scale must"):
            from_frame(COLUMNS, scale=wrong)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.tuples(
            st.integers(-(2**40), 2**40),
            # NumPy's strings end where a zero byte would.
            st.text(
                st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=3
            ),
        ),
        st.integers(1, 10),
        min_size=1,
        max_size=30,
    ).filter(lambda ratings: all(movie.strip() for _, movie in ratings))
)
def test_what_goes_in_comes_out(ratings: dict[tuple[int, str], int]) -> None:
    users, movies = (list(column) for column in zip(*ratings, strict=True))
    data = from_frame({"user": users, "movie": movies, "rating": list(ratings.values())})
    assert {(user, movie): star for user, movie, star, _ in triples(data)} == ratings
