"""``load`` reads every layout, and says exactly what is wrong with what it cannot read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.datasets.layouts import LAYOUTS, ML_1M, ML_100K, MOVIELENS, write_folder, write_zip

import matinee
from matinee.datasets import load, load_catalog
from matinee.datasets.reading import resolve
from matinee.errors import (
    ArchiveError,
    BadRowError,
    FormatError,
    ParameterError,
    UnknownDatasetError,
)
from matinee.progress import ProgressEvent

Table = Callable[..., Path]
HEADER = "userId,movieId,rating,timestamp\n"


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))


def triples(data: matinee.Dataset) -> list[tuple[object, object, float, int]]:
    return data.ratings.to_polars().rows()


# -- MovieLens' layouts --------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", [False, True])
def test_folder_and_zip_read_alike(layout: str, packed: bool, tmp_path: Path) -> None:
    files = LAYOUTS[layout]
    path = (
        write_zip(tmp_path / "x.zip", files) if packed else write_folder(tmp_path / "data", files)
    )
    data = load(path)
    assert [row[:2] for row in triples(data)] == [(1, 10), (1, 20), (2, 10)]
    assert data.catalog.movie_ids.ids.tolist() == [10, 20, 30]
    assert data.ratings.n_movies == 3
    assert data.ratings.movie_stats.counts.tolist() == [2, 1, 0]
    assert data.catalog.popularity.tolist() == [2, 1, 0]
    assert data.report is not None
    assert (data.report.rows, data.report.skipped, data.report.duplicates) == (3, {}, 0)
    assert "Harper" in data.citation
    assert "GroupLens" in data.licence
    assert data.source == str(path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inner_folder_can_be_named(layout: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, LAYOUTS[layout])
    (inner,) = folder.iterdir()
    data = load(inner)
    assert len(data.ratings) == 3
    assert data.name == inner.name


def test_ml_100k(tmp_path: Path) -> None:
    data = load(write_folder(tmp_path, ML_100K))
    assert data.name == "ml-100k"
    assert triples(data)[0] == (1, 10, 3.0, 881250949)
    assert data.catalog.titles[0] == "Les Misérables (1995)"
    assert data.catalog.years.tolist() == [1995, 1995, 0]
    assert data.catalog.genre_names == ("Action", "Drama")
    assert [data.catalog.genres_of(code) for code in range(3)] == [
        ("Drama",),
        ("Action", "Drama"),
        (),
    ]


def test_ml_100k_without_a_genre_file(tmp_path: Path) -> None:
    flags = "|".join(["0"] * 18 + ["1"])
    folder = write_folder(tmp_path, {"u.data": ML_100K["ml-100k/u.data"], "u.item": b""})
    items = [f"{movie}|Title (1990)||||{flags}" for movie in (10, 20)]
    (folder / "u.item").write_text("\n".join(items))
    assert load(folder).catalog.genres_of(0) == ("Western",)


def test_ml_1m_titles_hold_colons_and_latin_1(tmp_path: Path) -> None:
    data = load(write_folder(tmp_path, ML_1M))
    assert list(data.catalog.titles) == [
        "Star Wars: Episode IV - A New Hope (1977)",
        "Amélie (2001)",
        "Nobody Rated: It (1999)",
    ]
    assert data.catalog.genres_of(0) == ("Action", "Sci-Fi")


def test_ml_10m_is_told_by_its_folder(tmp_path: Path) -> None:
    files = {
        "ml-10M100K/ratings.dat": b"1::10::3.5::978300760\n",
        "ml-10M100K/movies.dat": "10::Amélie (2001)::Comedy\n".encode(),
        "ml-10M100K/tags.dat": b"1::10::sweet::5\n2::10::Sweet::6\n",
    }
    data = load(write_folder(tmp_path, files))
    assert data.name == "ml-10m"
    assert data.catalog.titles[0] == "Amélie (2001)"
    assert data.catalog.tags.of(0) == [("sweet", 2)]
    assert data.ratings.stars.tolist() == [3.5]


def test_movielens_csv_with_tags_and_links(tmp_path: Path) -> None:
    data = load(write_zip(tmp_path / "x.zip", MOVIELENS))
    catalog = data.catalog
    assert data.name == "ml-latest-small"
    assert catalog.titles[1] == '"Great Performances" Cats (1998)'
    assert catalog.imdb_ids.tolist() == [113862, 173714, 0]
    assert catalog.tmdb_ids.tolist() == [4415, 0, 0]
    # Two people said "sad", one of them twice; the tag of film 99 is nobody's.
    assert catalog.tags.of(0) == [("sad", 2)]
    assert catalog.tags.of(1) == [("cats, singing", 1)]
    assert catalog.genres_of(2) == ()
    assert data.ratings.scale == matinee.RatingScale(0.5, 4.0, 0.5)


def test_films_without_ratings(tmp_path: Path) -> None:
    files = {name: MOVIELENS[name] for name in MOVIELENS if "ratings" not in name}
    path = write_zip(tmp_path / "films.zip", files)
    with pytest.raises(FormatError, match=r"films\.zip has films .* but no ratings"):
        load(path)
    assert len(load_catalog(path)) == 3


def test_ratings_without_films(tmp_path: Path) -> None:
    data = load(write_folder(tmp_path, {"u.data": ML_100K["ml-100k/u.data"]}))
    assert list(data.catalog.titles) == ["10", "20"]
    with pytest.raises(FormatError, match="has no film table"):
        load_catalog(tmp_path)


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    load(write_folder(tmp_path, ML_1M), progress=events.append)
    size = len(ML_1M["ml-1m/ratings.dat"])
    reading = [event for event in events if event.unit == "bytes"]
    assert reading[-1].done == reading[-1].total == size
    assert not any(event.note for event in events)


# -- names ---------------------------------------------------------------------------------


def test_unknown_name_tells_the_nearest() -> None:
    with pytest.raises(UnknownDatasetError, match=r"'ml-1mm'\. Did you mean 'ml-1m'\?.*data get"):
        load("ml-1mm")


def test_known_name_that_has_not_been_downloaded() -> None:
    with pytest.raises(UnknownDatasetError, match=r"matinee data get ml-20m.*about 199 MB"):
        load("ml-20m")


def test_known_name_in_the_cache(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "cache" / "datasets" / "ml-1m.zip", ML_1M)
    data = load("ml-1m")
    assert (data.name, data.source, len(data.ratings)) == ("ml-1m", str(path), 3)


def test_path_of_a_known_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, ML_1M)
    monkeypatch.chdir(tmp_path)
    assert load("ml-1m").source == "ml-1m"


def test_sample_is_always_the_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve("sample") is None
    assert resolve("./sample") == Path("sample")


def test_bundled_sample() -> None:
    data = load()
    assert (len(data.ratings), data.ratings.n_users, len(data.catalog)) == (100_003, 671, 9_064)
    assert data.catalog.find("the matrix") == 2571
    assert data.ratings.scale == matinee.RatingScale(0.5, 5.0, 0.5)
    assert data.catalog.movie_ids is data.ratings.movie_ids
    assert "GroupLens" in data.licence
    assert len(load_catalog()) == 9_064


# -- tables of one's own -------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "::"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "\n\n"])
def test_separators_line_ends_and_byte_order_marks(
    separator: str, ending: str, bom: str, last: str, table: Table
) -> None:
    lines = ["user,item,stars,time", "1,7,4.5,100", "1,8,3,200", "2,7,0.5,300"]
    text = bom + ending.join(line.replace(",", separator) for line in lines)
    data = load(table(text + last.replace("\n", ending)))
    assert triples(data) == [(1, 7, 4.5, 100), (1, 8, 3.0, 200), (2, 7, 0.5, 300)]
    assert data.name == "mine"


def test_without_a_header(table: Table) -> None:
    assert triples(load(table("1,7,4.5\n1,8,3\n"))) == [(1, 7, 4.5, 0), (1, 8, 3.0, 0)]


def test_without_a_header_and_with_column_numbers(table: Table) -> None:
    path = table("4.5,x,7,1\n3,x,8,1\n")
    data = load(path, columns={"user": "4", "movie": "3", "rating": "1"})
    assert triples(data) == [(1, 7, 4.5, 0), (1, 8, 3.0, 0)]
    with pytest.raises(FormatError, match=r"by its number from 1 to 4: got user=who"):
        load(path, columns={"user": "who"})


def test_columns_of_other_names(table: Table) -> None:
    path = table("comment,points,who,what\ngood,4,ann,Heat\nbad,1,bob,Cats\n")
    data = load(path, columns={"user": "who", "movie": "what", "rating": "Points"})
    assert triples(data) == [("ann", "Heat", 4.0, 0), ("bob", "Cats", 1.0, 0)]
    with pytest.raises(FormatError, match=r"no column for the user: its columns are comment,"):
        load(path)
    with pytest.raises(FormatError, match=r"no column 'whu'.*did you mean 'who'\?"):
        load(path, columns={"user": "whu", "movie": "what", "rating": "points"})
    with pytest.raises(ParameterError, match=r"got 'users'; did you mean 'user'\?"):
        load(path, columns={"users": "who"})


def test_ids_as_text_whole_numbers_and_large_numbers(table: Table) -> None:
    assert triples(load(table("user,movie,rating\nbob,tt2,4\nann,tt1,3\n"))) == [
        ("ann", "tt1", 3.0, 0),
        ("bob", "tt2", 4.0, 0),
    ]
    assert triples(load(table("user,movie,rating\n1.0,5.0,4\n2.0,6,3\n"))) == [
        (1, 5, 4.0, 0),
        (2, 6, 3.0, 0),
    ]
    assert triples(load(table("user,movie,rating\n9007199254740993,5,4\n"))) == [
        (9007199254740993, 5, 4.0, 0)
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2015-03-01", 1425168000),
        ("2015-03-01 12:30:15", 1425213015),
        ("2015-03-01T12:30:15Z", 1425213015),
        ("2015-03-01T12:30:15.250", 1425213015),
        ("2015-03-01T13:30:15+01:00", 1425213015),
        ("2015-03-01 12:30", 1425213000),
        ("1425213015", 1425213015),
        ("1425213015.9", 1425213015),
        ("1425213015123", 1425213015),
    ],
)
def test_times(written: str, seconds: int, table: Table) -> None:
    data = load(table(f"user,movie,rating,timestamp\n1,2,3,{written}\n"))
    assert data.ratings.timestamps.tolist() == [seconds]


def test_quotes_commas_and_line_ends_in_fields(table: Table) -> None:
    text = 'review,user,movie,rating\n"good, ""really""",ann,"Heat, The",4\n"two\nlines",bob,X,2\n'
    assert triples(load(table(text))) == [("ann", "Heat, The", 4.0, 0), ("bob", "X", 2.0, 0)]


def test_quotes_that_come_late(table: Table) -> None:
    plain = "".join(f"{user},{user % 7},3,note\n" for user in range(3000))
    data = load(table("user,movie,rating,note\n" + plain + '9999,1,4,"a, b"\n'))
    assert len(data.ratings) == 3001
    assert triples(data)[-1] == (9999, 1, 4.0, 0)


def test_films_beside_ones_own_ratings(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("user,movie,rating\nann,h,4\nbob,c,2\n")
    (tmp_path / "films.csv").write_text("id,name,genre,year\nc,Cats,Musical,2019\nh,Heat,A|B,\n")
    for source in (tmp_path / "mine.csv", tmp_path):
        catalog = load(source).catalog
        assert list(catalog.titles) == ["Cats", "Heat"]
        assert catalog.years.tolist() == [2019, 0]
        assert catalog.genres_of(1) == ("A", "B")


def test_one_file_of_a_movielens_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, ML_1M)
    data = load(folder / "ml-1m" / "ratings.dat")
    assert data.catalog.titles[1] == "Amélie (2001)"


def test_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"user_id": [1, 1], "item": ["b", "a"], "score": [4, 3]})
    frame.write_parquet(tmp_path / "mine.parquet")
    assert triples(load(tmp_path / "mine.parquet")) == [(1, "a", 3.0, 0), (1, "b", 4.0, 0)]
    write_zip(tmp_path / "p.zip", {"r/mine.parquet": (tmp_path / "mine.parquet").read_bytes()})
    assert len(load(tmp_path / "p.zip").ratings) == 2


def test_parquet_that_is_none(table: Table) -> None:
    with pytest.raises(FormatError, match=r"x\.parquet is not a readable Parquet file"):
        load(table("user,movie,rating\n1,2,3\n", "x.parquet"))


def test_format_can_be_said(table: Table) -> None:
    path = table("1\t2\t3\t4\n", "odd.name")
    assert len(load(path, format="table").ratings) == 1
    with pytest.raises(ParameterError, match=r"format must be one of ml-100k, .*got 'csv'"):
        load(path, format="csv")
    with pytest.raises(FormatError, match=r"not in the format ml-1m .*there is no ratings\.dat"):
        load(path, format="ml-1m")


def test_several_tables(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.csv": b"user,movie,rating\n1,2,3\n", "b.csv": b"1,2,3\n"})
    with pytest.raises(FormatError, match=r"several tables.*a\.csv, b\.csv\. Name the file itself"):
        load(tmp_path)


def test_zip_inside_a_zip(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", ML_1M).read_bytes()
    path = write_zip(tmp_path / "outer.zip", {"ml-1m.zip": inner})
    with pytest.raises(FormatError, match=r"Unpack ml-1m\.zip first"):
        load(path)
    path = write_zip(tmp_path / "outer.zip", {"ratings.csv": inner})
    with pytest.raises(FormatError, match="is an archive inside an archive"):
        load(path)


def test_folder_without_ratings(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"holds no ratings that Matinee knows.*found nothing"):
        load(tmp_path)


# -- wrong rows ----------------------------------------------------------------------------


WRONG = [
    ("1,2\n", "wrong column count", "", "1,2", "2 columns where 4 are expected"),
    ("1,2,3,4,5\n", "wrong column count", "", "1,2,3,4,5", "5 columns where 4 are expected"),
    ("x,2,3,4\n", "not a number", "userId", "x", "not a number"),
    ("1,2.5,3,4\n", "not a number", "movieId", "2.5", "not a number"),
    ("1,2,three,4\n", "not a number", "rating", "three", "not a number"),
    ("1,2,1_0,4\n", "not a number", "rating", "1_0", "not a number"),
    ("1,2,nan,4\n", "not finite", "rating", "nan", "not finite"),
    ("1,2,-inf,4\n", "not finite", "rating", "-inf", "not finite"),
    ("1,2,5.5,4\n", "stars out of scale", "rating", "5.5", "outside the scale of 0.5 to 5"),
    ("1,2,0,4\n", "stars out of scale", "rating", "0", "outside the scale of 0.5 to 5"),
    ("1,,3,4\n", "missing value", "movieId", "", "missing value"),
    ("1,99999999999999999999,3,4\n", "not a number", "movieId", "9" * 20, "not a number"),
]


@pytest.mark.parametrize("above", [2, 1500])
@pytest.mark.parametrize(("row", "kind", "column", "value", "message"), WRONG)
def test_wrong_row(
    row: str, kind: str, column: str, value: str, message: str, above: int, table: Table
) -> None:
    good = "".join(f"{7 + i},{i % 9},4.5,100\n" for i in range(above))
    path = table(HEADER + good + row + "3,3,3,3\n")
    with pytest.raises(BadRowError, match=message) as caught:
        load(path)
    error = caught.value
    expected = value if "\n" not in value else value[:-1]
    assert (error.file, error.line, error.column, error.value) == (
        "mine.csv",
        above + 2,
        column,
        expected,
    )
    data = load(path, skip_bad_rows=True)
    assert data.report is not None
    assert data.report.skipped == {kind: 1}
    assert data.report.rows == above + 2
    assert len(data.ratings) == above + 1


@pytest.mark.parametrize("cell", ["", "soon", "9999999999", "2190-01-01"])
@pytest.mark.parametrize("above", [2, 1500])
def test_an_odd_time_costs_the_time_and_not_the_row(cell: str, above: int, table: Table) -> None:
    good = "".join(f"{7 + i},{i % 9},4.5,100\n" for i in range(above))
    data = load(table(f"{HEADER}{good}1,2,3,{cell}\n"))
    assert len(data.ratings) == above + 1
    assert triples(data)[0] == (1, 2, 3.0, 0)
    assert data.report is not None
    assert data.report.skipped == {}
    assert data.report.emptied == ({"time": 1} if cell else {})


def test_several_wrong_rows_are_counted_by_kind(table: Table) -> None:
    text = HEADER + "1,2,3,4\n1,2\n\n1,3,x,4\nx,3,3,4\n1,4,NaN,4\n1,5,9,4\r\n1,6,4,4"
    events: list[ProgressEvent] = []
    data = load(table(text), skip_bad_rows=True, progress=events.append)
    assert data.report is not None
    assert data.report.skipped == {
        "wrong column count": 1,
        "not a number": 2,
        "not finite": 1,
        "stars out of scale": 1,
    }
    assert len(data.ratings) == 2
    assert "5 wrong rows left out (2 not a number" in "".join(event.note for event in events)


@pytest.mark.parametrize(
    ("files", "member", "bad", "line", "column"),
    [
        (ML_100K, "ml-100k/u.data", b"1\t30\t6\t1\n", 4, "rating"),
        (ML_100K, "ml-100k/u.data", b"1\t30\t0.5\t1\n", 4, "rating"),
        (ML_1M, "ml-1m/ratings.dat", b"1::30::x::1\n", 4, "Rating"),
        (ML_1M, "ml-1m/ratings.dat", b"1:9:30::3::1\n", 4, ""),
        (ML_1M, "ml-1m/ratings.dat", b"1::30::3::1::7\n", 4, ""),
        (MOVIELENS, "ml-latest-small/ratings.csv", b"1,30,nan,1\n", 5, "rating"),
    ],
)
def test_wrong_row_in_movielens_files(
    files: dict[str, bytes], member: str, bad: bytes, line: int, column: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "x.zip", {**files, member: files[member] + bad})
    with pytest.raises(BadRowError, match="--skip-bad-rows") as caught:
        load(path)
    assert (caught.value.file, caught.value.line, caught.value.column) == (member, line, column)
    assert len(load(path, skip_bad_rows=True).ratings) == 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_rated_film_that_is_not_in_the_film_table(layout: str, tmp_path: Path) -> None:
    files = dict(LAYOUTS[layout])
    member = next(name for name in files if "data" in name or "ratings" in name)
    last = files[member].splitlines()[-1]
    files[member] += last.replace(b"10", b"777", 1) + b"\n"
    path = write_folder(tmp_path, files)
    with pytest.raises(BadRowError, match="film not in the film table: '777'") as caught:
        load(path)
    assert (caught.value.file, caught.value.line) == (member, files[member].count(b"\n"))
    data = load(path, skip_bad_rows=True)
    assert data.report is not None
    assert data.report.skipped == {"film not in the film table": 1}
    assert len(data.ratings) == 3


def test_wrong_quotes(table: Table) -> None:
    path = table(HEADER + '1,2,3,4\n1,3,"4,5\n')
    with pytest.raises(BadRowError, match=r"line 3: unbalanced quotes") as caught:
        load(path)
    assert caught.value.line == 3


def test_duplicates_the_latest_stands(table: Table) -> None:
    data = load(table(HEADER + "1,2,3,50\n1,2,4,90\n1,2,5,70\n1,3,1,5\n1,3,2,5\n"))
    assert triples(data) == [(1, 2, 4.0, 90), (1, 3, 2.0, 5)]
    assert data.report is not None
    assert data.report.duplicates == 3
    assert "3 repeated ratings, the latest stands" in str(data.report)


def test_scale_of_ones_own(table: Table) -> None:
    path = table("user,movie,rating\n1,2,10\n1,3,4\n")
    assert load(path).ratings.scale == matinee.RatingScale(4.0, 10.0, 1.0)
    assert load(path, scale=(1, 10)).ratings.scale == matinee.RatingScale(1.0, 10.0)
    with pytest.raises(BadRowError, match=r"outside the scale of 1 to 5 .*--scale MIN:MAX"):
        load(path, scale=(1, 5))
    with pytest.raises(ParameterError, match="from a lower to a higher value"):
        load(path, scale=(5, 1))


def test_one_rating_beyond_movielens_scale_is_wrong_and_a_file_of_them_is_not_movielens(
    table: Table,
) -> None:
    path = table(HEADER + "1,2,8,4\n1,3,4,4\n1,4,2,4\n")
    with pytest.raises(BadRowError, match=r"0\.5 to 5"):
        load(path)
    assert load(path, scale=(1, 10)).ratings.stars.tolist() == [8.0, 4.0, 2.0]
    assert load(table(HEADER + "1,2,8,4\n")).ratings.stars.tolist() == [8.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n \n\n", "is empty"),
        (HEADER, "has no ratings in it"),
        ("just some words\n", "fewer than two columns"),
        ("user,movie,rating".encode("utf-16"), "has no ratings in it"),
        ("user,movie,rating".encode("utf-32"), "is in UTF-32: save it as UTF-8"),
        (b"1,2,3\x00\n", "zero bytes"),
        ("1,2\n3,4\n", "no header and 2 columns: user, movie and rating are needed"),
        ("a,b\n1,2\n", "has no column for the user"),
        (HEADER + "1,2,x,3\n1,2,y,3\n", "no ratings left: all 2 rows are wrong"),
    ],
)
def test_files_that_are_no_ratings(content: str | bytes, message: str, table: Table) -> None:
    with pytest.raises(FormatError, match=message):
        load(table(content), skip_bad_rows=True)


def test_truncated_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", ML_1M)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ArchiveError, match="not a whole zip file"):
        load(path)


def test_wrong_rows_of_the_film_table(tmp_path: Path) -> None:
    bad = b"40,Too,Many,Columns\nx,Name (1990),Drama\n50,,Drama\n10,Again (1990),War\n"
    files = {
        **MOVIELENS,
        "ml-latest-small/movies.csv": MOVIELENS["ml-latest-small/movies.csv"] + bad,
    }
    path = write_folder(tmp_path, files)
    with pytest.raises(BadRowError, match=r"movies\.csv, line 5: 4 columns where 3 are expected"):
        load(path)
    data = load(path, skip_bad_rows=True)
    assert data.report is not None
    assert data.report.skipped == {
        "wrong column count": 1,
        "not a number": 1,
        "missing value": 1,
        "film listed twice": 1,
    }
    assert data.catalog.titles[0] == "Misérables, Les (1995)"


def test_rows_need_not_be_sorted(table: Table) -> None:
    rng = np.random.default_rng(0)
    pairs = [(user, movie) for user in range(40) for movie in range(25)]
    order = rng.permutation(len(pairs))
    lines = "".join(f"{pairs[i][0]},{pairs[i][1]},{i % 9 / 2 + 0.5},{i}\n" for i in order)
    data = load(table(HEADER + lines))
    assert [row[:2] for row in triples(data)] == pairs
    assert data.ratings.timestamps.tolist() == list(range(1000))


# -- the real files ------------------------------------------------------------------------


@pytest.mark.movielens
def test_real_ml_100k(ml_100k: Path) -> None:
    data = load(ml_100k)
    assert (len(data.ratings), data.ratings.n_users, len(data.catalog)) == (99_693, 943, 1_664)
    assert data.catalog.movie_ids.aliases[246] == 268
    assert data.ratings.scale == matinee.RatingScale(1.0, 5.0, 1.0)
    data = load(ml_100k, merge_films=False)
    assert (len(data.ratings), data.ratings.n_users, len(data.catalog)) == (100_000, 943, 1_682)
    assert round(data.ratings.mean, 5) == 3.52986


@pytest.mark.movielens
def test_real_ml_1m(ml_1m: Path) -> None:
    data = load(ml_1m)
    assert (len(data.ratings), data.ratings.n_users, len(data.catalog)) == (1_000_209, 6_040, 3_883)
    assert int((data.ratings.movie_stats.counts > 0).sum()) == 3_706
    assert data.catalog.years.min() > 1900


@pytest.mark.movielens
def test_real_ml_latest_small(ml_latest_small: Path) -> None:
    data = load(ml_latest_small)
    assert (len(data.ratings), data.ratings.n_users, len(data.catalog)) == (100_832, 610, 9_737)
    assert data.catalog.code_of(64997) == data.catalog.code_of(34048)
    assert int((data.catalog.imdb_ids > 0).sum()) == 9_737
    assert "pixar" in [name for name, _ in data.catalog.tags.of(0)]
    assert data.catalog[2571].imdb_id == "tt0133093"


@pytest.mark.movielens
def test_real_catalog_of_ml_25m(ml_25m_catalog: Path) -> None:
    catalog = load_catalog(ml_25m_catalog)
    assert len(catalog) == 62_323
    assert len(catalog.movie_ids.aliases) == 100
    assert catalog[1].tmdb_id == 862
