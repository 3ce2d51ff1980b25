"""The forms in which people hold their ratings, each read to the right values."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import matinee
from matinee.errors import ArchiveError, FormatError, MatineeError
from matinee.importers import read

Rows = list[tuple[object, object, float, int]]


def load(content: bytes | str, folder: Path, name: str = "mine.csv") -> matinee.Dataset:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return matinee.load(path)


def rows(data: matinee.Dataset) -> Rows:
    return data.ratings.to_polars().rows()


FORMS: dict[str, tuple[str, str | bytes, Rows]] = {
    "a spreadsheet of a country with decimal commas": (
        "mine.csv",
        "\ufeffuserId;movieId;rating;timestamp\r\n1;10;4,5;1112486027\r\n1;20;3,0;1112484676\r\n",
        [(1, 10, 4.5, 1112486027), (1, 20, 3.0, 1112484676)],
    ),
    "decimal commas beside whole stars": (
        "mine.csv",
        "userId;movieId;rating\r\n1;10;4,5\r\n1;20;3\r\n2;10;0,5\r\n",
        [(1, 10, 4.5, 0), (1, 20, 3.0, 0), (2, 10, 0.5, 0)],
    ),
    "decimal commas between tabs": (
        "mine.tsv",
        "userId\tmovieId\trating\n1\t10\t4,5\n",
        [(1, 10, 4.5, 0)],
    ),
    "one's own stars beside everybody's": (
        "mine.csv",
        "User,Title,Rating,Your Rating\nann,Heat,3.9,5\nbob,Heat,3.9,2\n",
        [("ann", "Heat", 5.0, 0), ("bob", "Heat", 2.0, 0)],
    ),
    "JSON lines": (
        "reviews.json",
        '{"reviewerID":"A1","asin":"0005019281","overall":5.0,"unixReviewTime":1203984000}\n',
        [("A1", "0005019281", 5.0, 1203984000)],
    ),
    "ids that begin with digits and go on with letters": (
        "mine.csv",
        "A1ABC,0005019281,5.0,1203984000\nA1ABC,B00004,1.0,1388361600\n",
        [("A1ABC", "0005019281", 5.0, 1203984000), ("A1ABC", "B00004", 1.0, 1388361600)],
    ),
    "the Netflix Prize": (
        "combined_data_1.txt",
        "1:\n1488844,3,2005-09-06\n2:\n885013,4,2005-10-19\n",
        [(885013, 2, 4.0, 1129680000), (1488844, 1, 3.0, 1125964800)],
    ),
    "RecBole": (
        "ml.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n",
        [(196, 242, 3.0, 881250949)],
    ),
    "plays": ("plays.dat", "userID\tartistID\tweight\n2\t51\t13883\n", [(2, 51, 13883.0, 0)]),
    "watched without stars": (
        "mine.csv",
        "user_id,item_id,timestamp\n1,10,1112486027\n2,10,1112486028\n",
        [(1, 10, 1.0, 1112486027), (2, 10, 1.0, 1112486028)],
    ),
    "thumbs": (
        "mine.csv",
        "user,movie,rating\na,1,up\na,2,down\n",
        [("a", 1, 4.0, 0), ("a", 2, 1.0, 0)],
    ),
    "true and false": (
        "mine.csv",
        "user,movie,rating\na,1,True\na,2,False\n",
        [("a", 1, 4.0, 0), ("a", 2, 1.0, 0)],
    ),
    "stars as signs": (
        "mine.csv",
        "user,movie,rating\na,1,★★★½\na,2,★★\nb,1,½\n",
        [("a", 1, 3.5, 0), ("a", 2, 2.0, 0), ("b", 1, 0.5, 0)],
    ),
    "stars out of ten": (
        "mine.csv",
        "user,movie,rating\na,1,8/10\na,2,10/10\n",
        [("a", 1, 8.0, 0), ("a", 2, 10.0, 0)],
    ),
    "ids with zeros in front": (
        "mine.csv",
        "user,movie,rating\n007,0133093,4\n7,133093,2\n",
        [("007", "0133093", 4.0, 0), ("7", "133093", 2.0, 0)],
    ),
    "a line that names the separator": (
        "mine.csv",
        "sep=;\nuser;movie;rating\n1;10;4\n",
        [(1, 10, 4.0, 0)],
    ),
    "a comment": ("mine.csv", "# exported 2024\nuser,movie,rating\n1,10,4\n", [(1, 10, 4.0, 0)]),
    "KONECT": (
        "out.txt",
        "% sym unweighted\n% 3 2 2\n1 10 4 1112486027\n2 10 3 1112486027\n",
        [(1, 10, 4.0, 1112486027), (2, 10, 3.0, 1112486027)],
    ),
    "blanks": ("mine.txt", "1 10 4\n2 20 5\n", [(1, 10, 4.0, 0), (2, 20, 5.0, 0)]),
    "nanoseconds": (
        "mine.csv",
        "user,movie,rating,timestamp\na,1,4,1572957180000000000\n",
        [("a", 1, 4.0, 1572957180)],
    ),
    "microseconds, of which the later row wins": (
        "mine.csv",
        "user,movie,rating,timestamp\na,1,2,1572957190000000\na,1,5,1572957180000000\n",
        [("a", 1, 2.0, 1572957190)],
    ),
    "days before months": (
        "mine.csv",
        "user,movie,rating,date\nann,Heat,4,05/11/2019\nbob,Heat,3,16/11/2019\n",
        [("ann", "Heat", 4.0, 1572912000), ("bob", "Heat", 3.0, 1573862400)],
    ),
    "quotes around everything": (
        "mine.csv",
        '"user","movie","rating"\n"1","10","4.5"\n"2","10","3"\n',
        [(1, 10, 4.5, 0), (2, 10, 3.0, 0)],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_form(form: str, tmp_path: Path) -> None:
    name, content, expected = FORMS[form]
    data = load(content, tmp_path, name)
    assert rows(data) == expected
    assert data.report is not None
    assert (data.report.skipped, dict(data.report.emptied)) == ({}, {})


@pytest.mark.parametrize("coding", ["utf-16", "cp1252"])
def test_text_ids_in_other_encodings(coding: str, tmp_path: Path) -> None:
    text = "user,movie,rating\nZoé,Amélie,4\n" + "Léo,Heat,3\n" * 3
    assert rows(load(text.encode(coding), tmp_path))[-1] == ("Zoé", "Amélie", 4.0, 0)


@pytest.mark.parametrize(
    ("name", "pack"), [("r.csv.gz", gzip.compress), ("r.csv.zst", zstandard.compress)]
)
def test_packed_files(name: str, pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    data = load(pack(b"user,movie,rating\n1,10,4\n"), tmp_path, name)
    assert (rows(data), data.name) == ([(1, 10, 4.0, 0)], "r")
    with pytest.raises(ArchiveError, match="is damaged"):
        load(pack(b"user,movie,rating\n1,10,4\n" * 99)[:-9], tmp_path, name)


def test_a_workbook_is_named_with_what_to_do(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(ArchiveError, match="is an Excel workbook: save the sheet as CSV UTF-8"):
        load(stream.getvalue(), tmp_path, "r.xlsx")


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bomb,
        bomb.open("ratings.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(b"1,2,3\n" * 175_000)
    with pytest.raises(ArchiveError, match=r"unpacks to \d+ times its size, which no ratings do"):
        load(stream.getvalue(), tmp_path, "r.zip")


def test_large_unsigned_ids_come_back_as_in_csv(tmp_path: Path) -> None:
    large = [2**64 - 1, 2**64 - 2]
    frame = pl.DataFrame(
        {"user": pl.Series(large, dtype=pl.UInt64), "movie": [1, 2], "rating": [4.5, 3.0]}
    )
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    parquet = rows(load(buffer.getvalue(), tmp_path, "r.parquet"))
    assert (
        parquet
        == rows(load(frame.write_csv(), tmp_path))
        == [
            ("18446744073709551614", 2, 3.0, 0),
            ("18446744073709551615", 1, 4.5, 0),
        ]
    )


def test_an_id_far_down_makes_the_column_text(tmp_path: Path) -> None:
    lines = "".join(f"{user},{user % 7},3\n" for user in range(200_000))
    data = load(f"user,movie,rating\n{lines}late,3,4\n", tmp_path)
    assert not data.ratings.user_ids.is_integer
    assert data.ratings.movie_ids.is_integer
    assert data.profile("199999").ratings == {199_999 % 7: 3.0}


def test_ids_that_a_spreadsheet_destroyed_are_told(tmp_path: Path) -> None:
    data = load("user,movie,rating\n1,1.04E+11,4\n2,1.04E+11,5\n", tmp_path)
    assert data.report is not None
    assert "2 ids of the movie are written like 1.04E+11: a spreadsheet has shortened" in str(
        data.report
    )


def test_dates_that_may_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    text = "user,movie,rating,date\nann,Heat,4,05/11/2019\nbob,Heat,3,06/11/2019\n"
    data = load(text, tmp_path)
    assert [row[3] for row in rows(data)] == [0, 0]
    assert data.report is not None
    assert "2 times unreadable and left empty" in str(data.report)
    assert "--columns dates=dmy" in str(data.report)
    again = matinee.load(tmp_path / "mine.csv", columns={"dates": "mdy"})
    assert [row[3] for row in rows(again)] == [1557532800, 1560211200]


def test_what_columns_were_taken_for_is_said(tmp_path: Path) -> None:
    data = load("userID\tartistID\tweight\n2\t51\t13883\n", tmp_path, "p.dat")
    assert data.report is not None
    assert "columns: user is 'userID', movie is 'artistID', rating is 'weight'" in str(data.report)


METADATA = """adult,genres,id,imdb_id,overview,title
False,"[{'id': 18, 'name': 'Drama'}]",9909,tt0112792,"A teacher, and ""her"" class.
 Second line",Film A
 - Written by Somebody,0.065,/x.jpg
False,"[{'id': 16, 'name': 'Animation'}]",11360,tt0033563,An elephant.,Film B
"""


@pytest.mark.parametrize("suffix", ["", "_small"])
def test_the_movies_dataset_is_joined_through_its_links(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "movies_metadata.csv").write_text(METADATA)
    links = tmp_path / f"links{suffix}.csv"
    links.write_text("movieId,imdbId,tmdbId\n31,0112792,9909\n1029,0033563,11360\n9999,0111111,\n")
    (tmp_path / f"ratings{suffix}.csv").write_text(
        "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,1029,3.0,1260759179\n"
    )
    catalog = matinee.load(tmp_path).catalog
    assert list(catalog.titles) == ["Film A", "Film B", "9999"]
    assert [catalog.genres_of(code) for code in range(2)] == [("Drama",), ("Animation",)]
    assert catalog[31].imdb_id == "tt0112792"
    links.unlink()
    data = matinee.load(tmp_path)
    assert list(data.catalog.titles) == ["31", "1029"]
    assert data.report is not None
    assert "goes by TMDB's ids, and there is no links.csv" in str(data.report)


def test_movietweetings_has_text_ids_and_ten_points(tmp_path: Path) -> None:
    (tmp_path / "ratings.dat").write_text("1::0114508::8::1381006850\n3::10039344::0::1578603053\n")
    (tmp_path / "movies.dat").write_text("0114508::Species (1995)::Action\n10039344::C (2019)::\n")
    data = matinee.load(tmp_path)
    assert rows(data) == [(1, "0114508", 8.0, 1381006850), (3, "10039344", 0.0, 1578603053)]
    assert data.catalog.titles[0] == "Species (1995)"


def test_hetrec_has_its_ratings_twice(tmp_path: Path) -> None:
    (tmp_path / "user_ratedmovies.dat").write_text(
        "userID\tmovieID\trating\tdate_day\tdate_month\n75\t3\t1\t29\t10\n"
    )
    (tmp_path / "user_ratedmovies-timestamps.dat").write_text(
        "userID\tmovieID\trating\ttimestamp\n75\t3\t1\t1162160236000\n"
    )
    (tmp_path / "movies.dat").write_bytes(
        'id\ttitle\timdbID\tyear\n3\tGrumpy "Old" Men é\t0107050\t1993\n'.encode("latin-1")
    )
    data = matinee.load(tmp_path)
    assert rows(data) == [(75, 3, 1.0, 1162160236)]
    assert (str(data.catalog[3]), data.catalog[3].imdb_id) == (
        'Grumpy "Old" Men é (1993)',
        "tt0107050",
    )


def test_a_film_table_of_other_ids_is_no_film_table(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,31,2.5,9\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n9909,Film A,Drama\n")
    with pytest.raises(FormatError, match=r"none of the films rated .* ids of another kind"):
        matinee.load(tmp_path)


# -- whatever comes --------------------------------------------------------------------------

_CELLS = st.sampled_from(
    [
        "1",
        "007",
        "tt0113277",
        "4,5",
        "★★",
        "8/10",
        "up",
        "nan",
        "1e400",
        '"',
        '""',
        "",
        " ",
        "0",
        "05/11/2019",
        "2019-11-05",
        "1572957180000",
        "9" * 30,
        "é",
        "\ufeff",
        "sep=;",
        "#",
        "user",
        "movie",
        "rating",
        "title",
        "timestamp",
        "{}",
        '{"user":1}',
        "1:",
        "\x00",
        "-1",
        "\r",
    ]
)
_TABLES = st.builds(
    lambda rows, sign, end: end.join(sign.join(row) for row in rows).encode(),
    st.lists(st.lists(_CELLS, min_size=1, max_size=5), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "::", "|", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
_BYTES = (
    st.binary(max_size=300) | _TABLES | _TABLES.map(lambda data: b"user,movie,rating,date\n" + data)
)
_SETTINGS = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@_SETTINGS
@given(
    _BYTES,
    st.sampled_from(["r.csv", "r.tsv", "ratings.csv", "ratings.dat", "u.data", "r.gz"]),
    st.booleans(),
)
def test_any_bytes_are_a_data_set_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str, skip: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    try:
        found = matinee.load(path, skip_bad_rows=skip)
    except MatineeError:
        return
    assert len(found.ratings) > 0
    assert str(found)


@_SETTINGS
@given(_BYTES, st.sampled_from(["r.csv", "watched.csv", "r.json", "r.zip"]))
def test_any_bytes_are_an_import_or_an_error_of_ours(data: bytes, name: str) -> None:
    try:
        found = read(data, name)
    except MatineeError:
        return
    assert all(row.stars is None or 0 < row.stars <= 5 for row in found.rows)
