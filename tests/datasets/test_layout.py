"""Which file of a source is what."""

from __future__ import annotations

import pytest

from matinee.datasets.layout import Layout, find_layout
from matinee.errors import FormatError


def layout(*members: str, **options: str) -> Layout:
    return find_layout(dict.fromkeys(members, 1), "src", **options)  # type: ignore[arg-type]


def test_the_shallowest_files_are_taken() -> None:
    found = layout("a/b/ratings.dat", "a/ratings.dat", "a/movies.dat", "a/b/users.dat")
    assert found == Layout("ml-1m", "a", "a/ratings.dat", {"films": "a/movies.dat"})


def test_case_of_names_does_not_matter() -> None:
    assert layout("U.DATA", "U.ITEM").others == {"films": "U.ITEM"}


def test_companions_lie_in_the_same_folder() -> None:
    assert layout("x/ratings.csv", "movies.csv").others == {}


def test_own_table_with_films() -> None:
    found = layout("my-ratings-2024.tsv", "films.csv", "notes.md")
    assert (found.format, found.ratings) == ("table", "my-ratings-2024.tsv")
    assert found.others == {"films": "films.csv"}


def test_own_table_of_any_name_when_it_is_the_only_file() -> None:
    assert layout("stars.2024").ratings == "stars.2024"


def test_parquet() -> None:
    assert layout("r.parquet", "movies.parquet").format == "parquet"
    found = layout("r.parquet", "other.csv", wanted="parquet")
    assert (found.format, found.ratings) == ("parquet", "r.parquet")


def test_file_that_is_named_itself() -> None:
    found = layout("mine.csv", "movies.csv", "tags.csv", chosen="mine.csv")
    assert (found.ratings, found.others) == ("mine.csv", {"films": "movies.csv"})


def test_nothing_known() -> None:
    with pytest.raises(FormatError, match=r"found a\.doc, b\.doc, c\.doc, d\.doc, e\.doc and 2"):
        layout(*(f"{letter}.doc" for letter in "abcdefg"))
