"""Columns are recognised by the names that people give them."""

from __future__ import annotations

import pytest

from matinee.errors import FormatError, ParameterError
from matinee.tables.columns import FILM_NAMES, check_mapping, find_columns, rating_columns


@pytest.mark.parametrize(
    "names",
    [
        ["userId", "movieId", "rating", "timestamp"],
        ["user_id", "item_id", "stars", "date"],
        ["User", "Film", "Score", "rated at"],
        ["USER ID", "MOVIE ID", "RATING", "TIME"],
        ["uid", "iid", "value", "ts"],
    ],
)
def test_usual_names(names: list[str]) -> None:
    found = rating_columns(names, {}, "r.csv")
    assert found == {"user": 0, "movie": 1, "rating": 2, "timestamp": 3}


def test_an_id_is_preferred_to_a_title() -> None:
    found = rating_columns(["title", "user", "rating", "movieId"], {}, "r.csv")
    assert found == {"user": 1, "movie": 3, "rating": 2}


def test_a_column_has_one_role() -> None:
    with pytest.raises(FormatError, match=r"no column for the rating.*--columns rating=NAME"):
        rating_columns(["user", "rating", "x"], {"movie": "rating"}, "r.csv")


def test_mapping_goes_first() -> None:
    names = ["user", "name", "movie", "rating"]
    assert rating_columns(names, {"user": "name"}, "r.csv")["user"] == 1


def test_without_header_by_order() -> None:
    assert rating_columns(["1", "2", "3"], {}, "r.csv", header=False) == {
        "user": 0,
        "movie": 1,
        "rating": 2,
    }
    with pytest.raises(FormatError, match="2 columns: user, movie and rating are needed, rating"):
        rating_columns(["1", "2"], {}, "r.csv", header=False)
    with pytest.raises(FormatError, match=r"from 1 to 3: got user=4"):
        rating_columns(["1", "2", "3"], {"user": "4"}, "r.csv", header=False)


def test_film_columns() -> None:
    names = ["id", "original_title", "title", "genres", "release year"]
    assert find_columns(names, FILM_NAMES) == {"movie": 0, "title": 2, "genres": 3, "year": 4}


def test_ones_own_stars_win_over_everybodys() -> None:
    names = ["User", "Title", "Rating", "Your Rating"]
    assert rating_columns(names, {}, "r.csv") == {"user": 0, "movie": 1, "rating": 3}


def test_two_columns_that_may_both_be_the_ratings_are_asked_about() -> None:
    names = ["user", "movie", "rating", "stars"]
    with pytest.raises(FormatError, match=r"rating and stars, and either may be the ratings"):
        rating_columns(names, {}, "r.csv")
    assert rating_columns(names, {"rating": "stars"}, "r.csv")["rating"] == 3


def test_rows_count_only_where_nothing_could_be_a_rating() -> None:
    assert rating_columns(["user", "item", "time"], {}, "r.csv") == {
        "user": 0,
        "movie": 1,
        "timestamp": 2,
    }
    with pytest.raises(FormatError, match=r"no column for the rating.*rating=none"):
        rating_columns(["user", "item", "liking"], {}, "r.csv")
    assert "rating" not in rating_columns(["user", "item", "liking"], {"rating": "none"}, "r.csv")


def test_roles_are_checked() -> None:
    assert check_mapping(None) == {}
    with pytest.raises(ParameterError, match=r"got 'ratings'; did you mean 'rating'\?"):
        check_mapping({"ratings": "x"})
