"""Columns are recognised by the names that people give them."""

from __future__ import annotations

import pytest

from matinee.datasets.columns import check_mapping, film_positions, rating_positions
from matinee.errors import FormatError, ParameterError


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
    found = rating_positions(names, {}, "r.csv")
    assert found == {"user": 0, "movie": 1, "rating": 2, "timestamp": 3}


def test_an_id_is_preferred_to_a_title() -> None:
    found = rating_positions(["title", "user", "rating", "movieId"], {}, "r.csv")
    assert found == {"user": 1, "movie": 3, "rating": 2}


def test_a_column_has_one_role() -> None:
    with pytest.raises(FormatError, match=r"no column for the rating.*--columns rating=NAME"):
        rating_positions(["user", "rating", "time"], {"movie": "rating"}, "r.csv")


def test_mapping_goes_first() -> None:
    names = ["user", "name", "movie", "rating"]
    assert rating_positions(names, {"user": "name"}, "r.csv")["user"] == 1


def test_without_header_by_order() -> None:
    assert rating_positions(["1", "2", "3"], {}, "r.csv", header=False) == {
        "user": 0,
        "movie": 1,
        "rating": 2,
    }
    with pytest.raises(FormatError, match="2 columns: user, movie and rating are needed, rating"):
        rating_positions(["1", "2"], {}, "r.csv", header=False)
    with pytest.raises(FormatError, match=r"from 1 to 3: got user=4"):
        rating_positions(["1", "2", "3"], {"user": "4"}, "r.csv", header=False)


def test_film_columns() -> None:
    names = ["id", "original_title", "title", "genres", "release year"]
    assert film_positions(names, "f.csv") == {"movie": 0, "title": 2, "genres": 3, "year": 4}
    with pytest.raises(FormatError, match=r"f\.csv has no column for the title"):
        film_positions(["id", "x"], "f.csv")


def test_roles_are_checked() -> None:
    assert check_mapping(None) == {}
    with pytest.raises(ParameterError, match=r"got 'ratings'; did you mean 'rating'\?"):
        check_mapping({"ratings": "x"})
