"""The films."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog, Movie, TagCounts
from matinee.errors import DataError, UnknownMovieError
from matinee.ids import IdVocabulary


@pytest.fixture
def catalog() -> Catalog:
    tags = TagCounts(
        ("dark", "heist"),
        np.array([0, 1, 1], np.int32),
        np.array([0, 0, 1], np.int32),
        np.array([2, 1, 7], np.int32),
    )
    return Catalog.from_columns(
        [2571, 6],
        ["Matrix, The (1999)", "Heat (1995)"],
        genres=["Action|Sci-Fi", ["Crime"]],
        imdb_ids=np.array([133093, 0]),
        tmdb_ids=np.array([603, 0]),
        tags=tags,
    )


def test_columns_follow_the_ids(catalog: Catalog) -> None:
    """Given out of order, everything is put in the order of the ids."""
    assert list(catalog.movie_ids) == [6, 2571]
    assert catalog[2571] == Movie(
        2571, "The Matrix", 1999, ("Action", "Sci-Fi"), "tt0133093", 603, ("heist", "dark")
    )
    assert catalog[6] == Movie(6, "Heat", 1995, ("Crime",), tags=("dark",))
    assert str(catalog[6]) == "Heat (1995)"
    assert catalog.genre_names == ("Action", "Crime", "Sci-Fi")
    assert 6 in catalog
    assert 7 not in catalog
    assert repr(catalog) == "Catalog(2 films, 3 genres)"


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Heat (1995)", 1995),
        ("Heat", None),
        ("2001: A Space Odyssey (1968)", 1968),
        ("Show (2001–2003)", 2001),
        ("Show (2001-)", 2001),
        ("(500) Days of Summer (2009) ", 2009),
        ("Twelve (12)", None),
    ],
)
def test_years_are_read_from_titles(title: str, year: int | None) -> None:
    assert Catalog.from_columns([1], [title])[1].year == year


def test_unknown_ids_are_named(catalog: Catalog) -> None:
    with pytest.raises(UnknownMovieError, match="no movie 1, 2, 3, 4, 5 and 2 more in this cat"):
        catalog.codes_of([1, 2, 3, 4, 5, 6, 7, 8])
    with pytest.raises(UnknownMovieError, match="no movie 'x'"):
        catalog["x"]


def test_finding(catalog: Catalog) -> None:
    assert catalog.find("heat") == 6
    assert catalog.find(6) == 6
    assert catalog.find("tt0133093") == 2571
    assert [match.movie_id for match in catalog.search("mat")] == [2571]


def test_films_that_are_kept_ready_are_the_same(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [catalog.movie(code) for code in range(len(catalog))]
    monkeypatch.setattr("matinee.catalog._MOST_SHOWN", 1)
    for code in (0, 1, 0, 1):
        assert catalog.movie(code) == first[code]
        assert catalog.movie(code, tags=0).tags == ()
        assert catalog.display_title(code) == first[code].title
    assert len(catalog._shown) <= 2


def test_it_survives_as_arrays(catalog: Catalog) -> None:
    again = Catalog.from_arrays(catalog.arrays())
    assert [again[i] for i in again.movie_ids] == [catalog[i] for i in catalog.movie_ids]
    assert all(not array.dtype.hasobject for array in catalog.arrays().values())


def test_films_without_a_table_have_their_ids_as_titles() -> None:
    catalog = Catalog.untitled(IdVocabulary(["b", "a"]))
    assert catalog["a"].title == "a"
    assert catalog["a"].year is None


def test_columns_that_do_not_fit() -> None:
    ids = IdVocabulary([1, 2])
    with pytest.raises(DataError, match="has 2 films, but 1 titles"):
        Catalog(ids, ["a"], years=np.zeros(2, np.int16))
    with pytest.raises(DataError, match="1 genre columns, but 0 genre names"):
        Catalog(ids, ["a", "b"], genres=np.zeros((2, 1), np.bool_))
    with pytest.raises(DataError, match=r"movie id .*7.* stands 2 times"):
        Catalog.from_columns([7, 7], ["a", "b"])


def test_no_genres_listed_is_no_genre() -> None:
    catalog = Catalog.from_columns([1], ["a"], genres=["(no genres listed)"])
    assert catalog.genre_names == ()


def test_as_a_frame(catalog: Catalog) -> None:
    assert catalog.to_polars().row(1, named=True) == {
        "movie_id": 2571,
        "title": "The Matrix",
        "year": 1999,
        "genres": ["Action", "Sci-Fi"],
    }
