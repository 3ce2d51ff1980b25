"""Film tables into catalogues, wrong rows told exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matinee.datasets.films import FilmTable, catalog_of, duplicates_of, read_films, read_links
from matinee.errors import BadRowError, FormatError
from matinee.ids import IdVocabulary
from matinee.tables.archive import Folder
from matinee.tables.problems import Problems


def films(folder: Path, name: str, content: str | bytes, skip: bool = False) -> FilmTable:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return read_films(Folder(folder), name, Problems(skip))


def links(folder: Path, content: str, skip: bool = False) -> tuple[list[int], list[int]]:
    (folder / "links.csv").write_text(content)
    found = read_links(Folder(folder), "links.csv", IdVocabulary([1, 2, 3]), Problems(skip))
    return found[0].tolist(), found[1].tolist()


def test_latin_1_characters_that_python_takes_for_line_ends(tmp_path: Path) -> None:
    table = films(tmp_path, "movies.dat", b"1::A\x85B\x1cC (1990)::Drama\n2::X\xe9::War\n")
    assert table.titles == ["A…B\x1cC (1990)", "Xé"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_quotes_and_commas_in_titles(ending: str, tmp_path: Path) -> None:
    lines = ["movieId,title,genres", '1,"""A"", B, ""C"" (1990)",X|Y', "2,Plain (1991),"]
    table = films(tmp_path, "movies.csv", "\ufeff" + ending.join(lines))
    assert table.titles == ['"A", B, "C" (1990)', "Plain (1991)"]
    assert table.genres == ["X|Y", ""]


@pytest.mark.parametrize(
    ("row", "line", "column", "problem"),
    [
        ("3,Title", 4, "", "2 columns where 3 are expected"),
        ("x,Title,Drama", 4, "movieId", "not a number"),
        ("٣,Title,Drama", 4, "movieId", "not a number"),
        (",Title,Drama", 4, "movieId", "missing value"),
        ("3, ,Drama", 4, "title", "missing value"),
        ("1,Title,Drama", 4, "movieId", "film listed twice"),
        ('3,"Title,Drama', 4, "", "unbalanced quotes"),
    ],
)
def test_wrong_rows(row: str, line: int, column: str, problem: str, tmp_path: Path) -> None:
    content = f"movieId,title,genres\n1,First (1990),War\n2,Second (1991),\n{row}\n"
    with pytest.raises(BadRowError, match=problem) as caught:
        films(tmp_path, "movies.csv", content)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert films(tmp_path, "movies.csv", content, skip=True).titles[1:] == ["Second (1991)"]


def test_an_odd_year_is_left_empty(tmp_path: Path) -> None:
    text = "id,title,year\n1,X,soon\n2,Y,1999.0\n3,Z,2001-05-01\n"
    assert films(tmp_path, "films.csv", text).years == [0, 1999, 2001]


@pytest.mark.parametrize(
    ("name", "content"), [("movies.csv", ""), ("u.item", " \n"), ("movies.dat", "")]
)
def test_empty_table(name: str, content: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=f"{name} is empty: films are needed"):
        films(tmp_path, name, content)


def test_two_columns_are_enough(tmp_path: Path) -> None:
    assert films(tmp_path, "films.csv", "id,title\nx,Heat\n").movie_ids == ["x"]


def test_damaged_genre_file(tmp_path: Path) -> None:
    (tmp_path / "u.genre").write_text("Drama\n")
    with pytest.raises(FormatError, match=r"u\.genre must hold lines of the form NAME\|NUMBER"):
        films(tmp_path, "u.item", "1|X|||||\n")


def test_links(tmp_path: Path) -> None:
    header = "movieId,imdbId,tmdbId\n"
    assert links(tmp_path, header + "1,0113862,4415\n3,tt0000002,\n9,7,7\n") == (
        [113862, 0, 2],
        [4415, 0, 0],
    )
    for row, message in (
        ("1,x,2", "column imdbId: not a number: 'x'"),
        ("y,1,2", "column movieId: not a number: 'y'"),
        ("1,2", "2 columns where 3 are expected"),
    ):
        with pytest.raises(BadRowError, match=message):
            links(tmp_path, f"{header}{row}\n")
        assert links(tmp_path, f"{header}{row}\n2,5,6\n", skip=True) == ([0, 5, 0], [0, 6, 0])
    with pytest.raises(FormatError, match=r"must have the columns movieId, .* got a, b"):
        links(tmp_path, "a,b\n")


def test_years_in_titles() -> None:
    titles = ["A (1990)", "B (2001–2003)", "C (2007-)", "D (1995) (V)", "E", "F (19)", "(1999) G"]
    frame = pl.DataFrame({"movie_id": range(7), "title": titles})
    assert catalog_of(frame).years.tolist() == [1990, 2001, 2007, 1995, 0, 0, 0]
    given = catalog_of(frame.with_columns(year=pl.Series([1991, None, 0, 0, 5, 0, 0])))
    assert given.years.tolist()[:5] == [1991, 2001, 2007, 1995, 5]


def test_genres() -> None:
    genres = ["B|A", "(no genres listed)", None, "A| C |", ""]
    frame = pl.DataFrame({"movie_id": [5, 4, 3, 2, 1], "title": list("abcde"), "genres": genres})
    catalog = catalog_of(frame)
    assert catalog.genre_names == ("A", "B", "C")
    assert [catalog.genres_of(code) for code in range(5)] == [(), ("A", "C"), (), (), ("A", "B")]
    assert catalog.genres.dtype == np.bool_


def test_two_ids_of_one_film_become_one() -> None:
    catalog = catalog_of(
        pl.DataFrame(
            {
                "movie_id": [1, 2, 3, 4, 5, 6],
                "title": ["Emma (1996)", "Heat (1995)", "EMMA (1996)", "Heat (1986)", "X", "X"],
                "imdb": [0, 7, 8, 9, 7, 0],
            }
        )
    ).with_popularity(np.array([1, 2, 5, 0, 9, 4], dtype=np.int32))
    into = duplicates_of(catalog)
    assert into is not None
    assert into.tolist() == [2, 4, 2, 3, 4, 5]
    merged = catalog.merged(into)
    assert merged.movie_ids.ids.tolist() == [3, 4, 5, 6]
    assert merged.movie_ids.aliases == {1: 3, 2: 5}
    assert merged.popularity.tolist() == [6, 0, 11, 4]
    assert merged.codes_of([1, 3, 2, 5]).tolist() == [0, 0, 2, 2]
    assert merged.imdb_ids.tolist() == [8, 9, 7, 0]
    assert type(merged).from_arrays(merged.arrays()).code_of(1) == 0
    assert duplicates_of(merged) is None


def test_repeated_film() -> None:
    with pytest.raises(FormatError, match="movie id 4 twice"):
        catalog_of(pl.DataFrame({"movie_id": [4, 4], "title": ["a", "b"]}))
