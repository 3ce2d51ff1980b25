"""Reading each service's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.importers.files import DIARY, IMDB, RATINGS, WATCHED, as_json, trakt, zipped

from matinee.errors import FormatError
from matinee.importers import (
    ImportRow,
    Skipped,
    read,
)
from matinee.scale import TEN_POINTS

MAY_1 = 1714521600
DAY = 86400


def said(row: ImportRow) -> tuple[object, ...]:
    return row.title, row.year, row.kind, row.stars, row.rated_at


# -- Letterboxd -----------------------------------------------------------------------------------


def test_letterboxd_ratings() -> None:
    found = read(RATINGS.encode(), "ratings.csv")
    assert found.kind == "letterboxd"
    assert [said(row) for row in found.rows] == [
        ("Heat", 1995, "rating", 4.5, MAY_1),
        ("City of Lost Children, The", 1995, "rating", 3.0, MAY_1 + DAY),
        ("The Matrix", 1999, "rating", 0.5, MAY_1 + 2 * DAY),
    ]
    assert [row.line for row in found.rows] == [2, 3, 4]
    assert not found.skipped


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_letterboxd_with_semicolons_and_any_line_end(end: str, bom: str) -> None:
    text = "Date;Name;Year;Letterboxd URI;Rating\n2024-05-01;Face/Off, or so;1997;u;4,5\n"
    found = read((bom + text.replace("\n", end)).encode(), "ratings.csv")
    assert [said(row) for row in found.rows] == [("Face/Off, or so", 1997, "rating", 4.5, MAY_1)]


def test_letterboxd_diary_alone_has_ratings_and_when_films_were_watched() -> None:
    found = read(DIARY.encode(), "anything.csv")
    assert [said(row) for row in found.rows] == [
        ("Heat", 1995, "rating", 4.5, MAY_1),
        ("Heat", 1995, "watched", None, MAY_1 - DAY),
        ("Toy Story", 1995, "watched", None, MAY_1 + 30 * DAY),
    ]


@pytest.mark.parametrize("folder", ["", "letterboxd-me-2024/"])
def test_letterboxd_zip(folder: str) -> None:
    members = {
        "profile.csv": "Date Joined,Username\n",
        "ratings.csv": RATINGS,
        "diary.csv": DIARY,
        "watched.csv": WATCHED,
        "watchlist.csv": WATCHED.replace("Heat", "Jaws"),
        "likes/films.csv": WATCHED,
        "deleted/diary.csv": DIARY.replace("Heat", "Gone"),
        "lists/best.csv": "Letterboxd list export v7\n",
    }
    found = read(zipped({f"{folder}{name}": text for name, text in members.items()}))
    kinds = [(row.title, row.kind) for row in found.rows]
    assert kinds == [
        ("Heat", "rating"),
        ("City of Lost Children, The", "rating"),
        ("The Matrix", "rating"),
        ("Heat", "watched"),
        ("Toy Story", "watched"),
        ("Heat", "watched"),
        ("Jaws", "watchlist"),
        ("Heat", "like"),
    ]
    assert found.rows[3].file == f"{folder}diary.csv"
    ignored = ["deleted/diary.csv", "lists/best.csv", "profile.csv"]
    assert found.ignored == [f"{folder}{name}" for name in ignored]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("watched.csv", "watched"),
        ("watchlist (2).csv", "watchlist"),
        ("likes/films.csv", "like"),
        ("C:\\exports\\WATCHED.CSV", "watched"),
    ],
)
def test_letterboxd_files_with_the_same_columns_go_by_their_name(name: str, kind: str) -> None:
    assert read(WATCHED.encode(), name).rows[0].kind == kind


def test_letterboxd_file_of_another_name() -> None:
    with pytest.raises(FormatError, match=r"mine\.csv: .* give the file its own name again"):
        read(WATCHED.encode(), "mine.csv")


def test_letterboxd_zip_with_another_services_ratings() -> None:
    with pytest.raises(FormatError, match=r"ratings\.csv has not the columns of Letterboxd's"):
        read(zipped({"ratings.csv": "userId,movieId,rating\n1,2,3\n", "watched.csv": WATCHED}))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2024-05-01,Heat,1995,u,", "no rating"),
        ("2024-05-01,Heat,1995,u,5.5", "the rating '5.5' is not one of 0.5 to 5 in steps of 0.5"),
        ("2024-05-01,Heat,1995,u,nan", "the rating 'nan' is not one of 0.5 to 5 in steps of 0.5"),
        ("2024-05-01,,1995,u,3", "no title"),
        (f"2024-05-01,{'x' * 301},1995,u,3", "a title of 301 characters, more than 300"),
    ],
)
def test_rows_that_are_wrong_are_skipped_with_a_reason(row: str, reason: str) -> None:
    found = read(f"{RATINGS}{row}\n".encode(), "ratings.csv")
    assert len(found.rows) == 3
    skipped = found.skipped[0]
    assert (skipped.line, skipped.reason, skipped.file) == (5, reason, "ratings.csv")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("2024-05-01,Heat,95,u,3", "year"),
        ("2024-05-01,Heat,soon,u,3", "year"),
        ("2024-13-01,Heat,1995,u,3", "date"),
        ("02/01/2024,Heat,1995,u,3", "date"),
        ("2190-01-01,Heat,1995,u,3", "date"),
    ],
)
def test_odd_optional_cells_are_left_empty_and_counted(row: str, what: str) -> None:
    found = read(f"{RATINGS}{row}\n".encode(), "ratings.csv")
    assert (len(found.rows), found.skipped) == (4, [])
    assert found.rows[3].value == 3.0
    assert (found.rows[3].year is None) == (what == "year")
    assert dict(found.emptied) == {what: 1}


def test_a_rating_of_0_is_none_and_the_film_is_seen() -> None:
    found = read((RATINGS + "2024-05-01,Jaws,1975,u,0\n").encode(), "ratings.csv")
    assert said(found.rows[3]) == ("Jaws", 1975, "watched", None, MAY_1)


def test_titles_lose_what_a_terminal_would_obey() -> None:
    text = RATINGS.replace("Heat", "H\x1b[2Je\u202ea\tt")
    assert read(text.encode(), "ratings.csv").rows[0].title == "H [2Je a t"


# -- IMDb -----------------------------------------------------------------------------------------


def test_imdb_ratings_with_series_and_games_told_apart() -> None:
    found = read(IMDB.encode(), "ratings.csv")
    assert found.kind == "imdb"
    heat, city = found.rows
    assert said(heat) == ("Heat", 1995, "rating", 4.5, 1577923200)
    assert (heat.value, heat.scale, heat.imdb_id) == (9.0, TEN_POINTS, "tt0113277")
    assert city.original_title == "La cité des enfants perdus"
    assert found.skipped == [
        Skipped(4, "a TV series, no film", "ratings.csv", "Game of Thrones"),
        Skipped(5, "an episode of a TV series, no film", "ratings.csv", "Pilot"),
        Skipped(6, "a video game, no film", "ratings.csv", "Portal"),
    ]


def test_imdb_older_export_without_original_title() -> None:
    text = "Const,Your Rating,Date Rated,Title,URL,Title Type\ntt0113277,1,2020-01-02,Heat,u,movie"
    row = read(text.encode()).rows[0]
    assert (row.stars, row.year, row.original_title) == (0.5, None, "")


def test_imdb_list_without_ratings_is_a_watchlist() -> None:
    text = b"Position,Const,Created,Title,URL\n1,tt0113277,2020-01-02,Heat,u\n"
    assert [said(row) for row in read(text, "list.csv").rows] == [
        ("Heat", None, "watchlist", None, 1577923200)
    ]


def test_imdb_id_that_is_none_costs_the_id() -> None:
    found = read(IMDB.replace("tt0113277,9", "nm1,9", 1).encode())
    assert (found.rows[0].title, found.rows[0].imdb_id) == ("Heat", None)
    assert dict(found.emptied) == {"IMDb id": 1}


@pytest.mark.parametrize(("old", "new"), [(",9,", ",11,"), (",9,", ",,")])
def test_imdb_row_that_is_wrong(old: str, new: str) -> None:
    found = read(IMDB.replace(old, new, 1).encode())
    assert len(found.rows) == 1
    assert found.skipped[0].line == 2


# -- Trakt ----------------------------------------------------------------------------------------


def test_trakt_ratings() -> None:
    found = read(as_json([trakt()]), "ratings-movies.json")
    assert found.kind == "trakt"
    row = found.rows[0]
    assert said(row) == ("Heat", 1995, "rating", 4.5, 1409562611)
    assert (row.imdb_id, row.tmdb_id) == ("tt0113277", 949)


def test_trakt_watched_and_watchlist() -> None:
    movie = trakt()["movie"]
    watched = {"plays": 2, "last_watched_at": "2015-01-01T00:00:00.000Z", "movie": movie}
    listed = {"rank": 1, "listed_at": "2016-01-01T00:00:00.000Z", "type": "movie", "movie": movie}
    rows = read(as_json([watched, listed])).rows
    assert [row.kind for row in rows] == ["watched", "watchlist"]
    assert rows[0].rated_at == 1420070400


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"rating": 9, "type": "show", "show": {"title": "Lost"}}, "a TV series, no film"),
        (trakt(rating=True), "the rating True is not one of 1 to 10 in steps of 1"),
        (trakt(rating=[9]), "the rating of another type is not one of 1 to 10 in steps of 1"),
        (trakt(movie=None), "no film is named"),
        (trakt(movie={"title": 3}), "no title"),
        (trakt(rating=None), "neither rated nor watched nor on the watchlist"),
        ("Heat", "not an entry of an export"),
    ],
)
def test_trakt_entries_that_are_skipped(entry: object, reason: str) -> None:
    found = read(as_json([trakt(), entry]))
    assert len(found.rows) == 1
    assert (found.skipped[0].line, found.skipped[0].reason) == (2, reason)


# -- any ------------------------------------------------------------------------------------------


def test_paths_are_read_as_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.csv"
    path.write_text(WATCHED)
    assert read(path).rows == read(WATCHED.encode(), "watchlist.csv").rows


def test_a_zip_with_one_file_is_that_file() -> None:
    assert read(zipped({"me/ratings-movies.json": as_json([trakt()])})).kind == "trakt"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\nHeat,5\n", r"its first line is 'a, b'\): a column for the title, or for an IMDb"),
        (b'{"a": 1}', r"is JSON, but of no export that Matinee reads"),
        (b"[1, 2]", r"is JSON, but of no export that Matinee reads"),
        (zipped({"a.csv": RATINGS, "b.csv": RATINGS}), r"it holds 2 files; unpack it"),
    ],
)
def test_files_of_no_service(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(data, "mine")


def test_scales() -> None:
    assert [TEN_POINTS.to_five(n) for n in range(1, 11)] == [n / 2 for n in range(1, 11)]
    assert [TEN_POINTS.from_five(n / 2) for n in range(1, 11)] == list(range(1, 11))
