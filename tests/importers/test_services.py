"""Each service's files, read to what they say of films."""

# ruff: noqa: ISC004  (files of several lines)

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.importers.files import as_json, zipped

from matinee.catalog import Catalog
from matinee.errors import FormatError
from matinee.importers import ImportRow, read, read_ratings
from matinee.scale import RatingScale

CATALOG = Catalog.from_columns(
    [6, 7, 1214, 1387, 260, 4973, 4963, 67923],
    [
        "Heat (1995)",
        "Heat (1986)",
        "Alien (1979)",
        "Jaws (1975)",
        "Star Wars: Episode IV - A New Hope (1977)",
        "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",
        "Ocean's Eleven (2001)",
        "Fast & Furious (Fast and the Furious 4, The) (2009)",
    ],
    imdb_ids=[113277, 93164, 78748, 73195, 76759, 211915, 240772, 1013752],
    tmdb_ids=[949, 0, 348, 578, 11, 194, 161, 13804],
)
HEAT = {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277", "tmdb": 949}}
Said = list[tuple[str, str, float | None]]


def said(data: bytes | str, name: str = "") -> tuple[str, Said]:
    found = read(data.encode() if isinstance(data, str) else data, name)
    return found.kind, [(row.label, row.kind, row.stars) for row in found.rows]


FILES: dict[str, tuple[str | bytes, str, Said, list[str]]] = {
    "IMDb before November 2017": (
        '"position","const","created","modified","description","Title","Title type","Directors",'
        '"You rated","IMDb Rating","Year"\n'
        '"1","tt0113277","Sat Nov 12 00:00:00 2016","","","Heat","Feature Film","Michael Mann",'
        '"9","8.2","1995"\n',
        "imdb",
        [("Heat (1995)", "rating", 4.5)],
        [],
    ),
    "IMDb's watchlist": (
        "Position,Const,Created,Title,Original Title,Title Type,Year,Your Rating,Date Rated\n"
        "1,tt0113277,2024-07-09,Heat,Heat,Movie,1995,9,2024-07-10\n"
        "2,tt0078748,2024-07-09,Alien,Alien,Movie,1979,,\n",
        "imdb",
        [("Heat (1995)", "rating", 4.5), ("Alien (1979)", "watchlist", None)],
        [],
    ),
    "TMDB": (
        "TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Rating,Your Rating,Date Rated\n"
        "949,tt0113277,movie,Heat,1995-12-15T00:00:00Z,,7.9,9.0,2024-11-08T00:00:00Z\n"
        "1396,tt0903747,tv,Breaking Bad,2008-01-20T00:00:00Z,,8.9,10.0,2024-11-08T00:00:00Z\n",
        "tmdb",
        [("Heat (1995)", "rating", 4.5)],
        ["a TV series, no film"],
    ),
    "the form that Letterboxd imports": (
        'tmdbID,imdbID,Title,Year,Directors,Rating10,WatchedDate,Tags,Review\n'
        '949,tt0113277,Heat,1995,Michael Mann,9,2024-03-02,"a, b","Good\nfilm"\n',
        "letterboxd",
        [("Heat (1995)", "rating", 4.5), ("Heat (1995)", "watched", None)],
        [],
    ),
    "the same with stars": (
        "Title,Year,Directors,Rating,WatchedDate\nAlien,1979,Ridley Scott,5,2020-08-26\n",
        "letterboxd",
        [("Alien (1979)", "rating", 5.0), ("Alien (1979)", "watched", None)],
        [],
    ),
    "a list of Letterboxd's": (
        "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2024-01-02,Mine,,u,\n\n"
        "Position,Name,Year,URL,Description\n1,Heat,1995,u,\n2,Alien,1979,u,\n",
        "letterboxd",
        [("Heat (1995)", "watchlist", None), ("Alien (1979)", "watchlist", None)],
        [],
    ),
    "Netflix's history": (
        'Title,Date\n"Heat","6/19/25"\n"Stranger Things: Season 1: Chapter One","6/18/25"\n',
        "netflix",
        [("Heat", "watched", None)],
        ["an episode of a TV series, no film"],
    ),
    "Netflix's ratings": (
        "Profile Name,Title Name,Rating Type,Star Value,Thumbs Value,Device Model,Event Utc Ts\n"
        "Me,Heat,thumb,,2,TV,2025-06-19 19:13:22\nMe,Alien,thumb,,1,TV,2025-06-19 19:13:22\n",
        "netflix",
        [("Heat", "rating", 4.0), ("Alien", "rating", 1.0)],
        [],
    ),
    "Movary": (
        "title,year,tmdbId,imdbId,userRating\nHeat,1995,949,tt0113277,9\n",
        "movary",
        [("Heat (1995)", "rating", 4.5)],
        [],
    ),
    "Criticker": (
        "Score, Tier, Film Name, Year, Date Rated, Mini Review, URL, IMDB ID\n"
        '88, 9, "Heat", 1995, "Dec 11 2018, 20:39", "", "https://x/", tt0113277\n',
        "criticker",
        [("Heat (1995)", "rating", 4.4)],
        [],
    ),
    "Criticker's XML": (
        '<?xml version="1.0"?><recentratings><film><filmid>1</filmid>'
        "<filmname>Heat (1995)</filmname><filmyear>1995</filmyear><rating>88</rating></film>"
        "</recentratings>",
        "criticker",
        [("Heat (1995)", "rating", 4.4)],
        [],
    ),
    "Simkl's JSON": (
        as_json({"movies": [{"status": "completed", "user_rating": 9, "movie": HEAT,
                             "last_watched_at": "2024-01-02T10:00:00Z"},
                            {"status": "plantowatch", "movie": {"title": "Alien", "year": 1979}}],
                 "shows": []}),
        "simkl",
        [("Heat (1995)", "rating", 4.5), ("Heat (1995)", "watched", None),
         ("Alien (1979)", "watchlist", None)],
        [],
    ),
    "Simkl's CSV": (
        "SIMKL_ID,Title,Type,Year,Watchlist,WatchedDate,Rating,TMDB,IMDB\n"
        "1,Heat,movie,1995,completed,2024-01-02,9,949,tt0113277\n"
        "2,Alien,movie,1979,plantowatch,,,348,tt0078748\n3,Lost,tv,2004,completed,,8,,\n",
        "simkl",
        [("Heat (1995)", "rating", 4.5), ("Heat (1995)", "watched", None),
         ("Alien (1979)", "watchlist", None)],
        ["a TV series, no film"],
    ),
    "Trakt's zip of an account": (
        zipped(
            {
                "u/user/user-profile.json": b"{}",
                "u/ratings/ratings-movies.json": as_json([{"rating": 9, "movie": HEAT}]),
                "u/ratings/ratings-shows.json": as_json([{"rating": 9, "show": {}}]),
                "u/watched/watched-history-1.json": as_json(
                    [{"watched_at": "2014-04-05T15:27:00.000Z", "movie": HEAT}]
                ),
                "u/watched/watched-history-2.json": as_json(
                    [{"watched_at": "2015-04-05T15:27:00.000Z", "episode": {}, "show": {}}]
                ),
                "u/lists/watchlist.json": as_json(
                    [{"listed_at": "2019-04-05T15:27:00.000Z", "movie": {"title": "Alien"}}]
                ),
            }
        ),
        "trakt",
        [("Alien", "watchlist", None), ("Heat (1995)", "rating", 4.5),
         ("Heat (1995)", "watched", None)],
        ["an episode of a TV series, no film"],
    ),
    "Trakt's JSON with odd cells": (
        as_json(
            [
                {"rating": 0, "movie": HEAT},
                {"rating": "9", "movie": {"title": "Alien", "ids": {"imdb": "0078748"}}},
                {"rated_at": None, "rating": 8, "movie": {"title": "Jaws", "year": 1975, "ids": {
                    "imdb": "https://www.imdb.com/title/tt0073195/", "tmdb": "578"}}},
                {"rated_at": 1554478020, "rating": 8, "movie": {"title": "Rocky", "ids": None}},
                {"collected_at": "2019-04-05T15:27:00.000Z", "movie": {"title": "Casino"}},
            ]
        ),
        "trakt",
        [("Heat (1995)", "watched", None), ("Alien", "rating", 4.5), ("Jaws (1975)", "rating", 4.0),
         ("Rocky", "rating", 4.0)],
        ["neither rated nor watched nor on the watchlist"],
    ),
    "a table with a title": ("title,rating\nHeat,4.5\n", "table", [("Heat", "rating", 4.5)], []),
    "a table with an IMDb id and ten points": (
        "imdb_id,rating\ntt0113277,9\n",
        "table",
        [("tt0113277", "rating", 4.5)],
        [],
    ),
    "a table with an index and a TMDB id": (
        ",tmdb,rating\n1,949,4\n",
        "table",
        [("TMDB 949", "rating", 4.0)],
        [],
    ),
    "one's own stars beside everybody's": (
        "Title,Year,Rating,Your Rating\nHeat,1995,3.9,1\n",
        "table",
        [("Heat (1995)", "rating", 1.0)],
        [],
    ),
    "a list of titles": ("title\nHeat\nAlien\n", "table",
                         [("Heat", "watchlist", None), ("Alien", "watchlist", None)], []),
    "stars as signs": ("title;stars\nHeat;★★★½\n", "table", [("Heat", "rating", 3.5)], []),
}  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_file(file: str) -> None:
    data, kind, rows, reasons = FILES[file]
    assert said(data) == (kind, rows)
    found = read(data.encode() if isinstance(data, str) else data)
    assert [one.reason for one in found.skipped] == reasons


def test_letterboxd_saved_by_a_spreadsheet() -> None:
    head = "Date;Name;Year;Letterboxd URI;Rating\n"
    text = f"{head}2024-01-02;Heat;1995;u;4,5\n02/01/2024;Alien;1979;u;5\n"
    found = read(text.encode(), "ratings.csv")
    assert [(row.stars, row.rated_at) for row in found.rows] == [(4.5, 1704153600), (5.0, None)]
    assert (dict(found.emptied), found.skipped) == ({"date": 1}, [])


@pytest.mark.parametrize(
    ("row", "movie_id"),
    [
        (ImportRow("Star Wars", 1977), 260),
        (ImportRow("Le Fabuleux Destin d'Amélie Poulain", 2001), 4973),
        (ImportRow("Amélie", 2002), 4973),
        (ImportRow("Ocean's Eleven", 2001), 4963),
        (ImportRow("", imdb_id="tt0113277"), 6),
    ],
)
def test_names_that_services_write_differently_are_sure(row: ImportRow, movie_id: int) -> None:
    from matinee.importers import ImportFile, Matcher

    (matched,) = Matcher(CATALOG).match(ImportFile("table", [row])).matched
    assert matched.film.movie_id == movie_id


def test_entities_in_titles() -> None:
    text = (
        "Date,Name,Year,Letterboxd URI,Rating\n2024-01-02,Ocean&#039;s Eleven,2001,u,4\n"
        "2024-01-02,Fast &amp; Furious,2009,u,3\n"
    )
    found = read_ratings(text.encode(), CATALOG, name="ratings.csv")
    assert found.ratings == {4963: 4.0, 67923: 3.0}
    assert found.left_out == ()


# -- for --ratings ---------------------------------------------------------------------------


def test_a_file_becomes_a_profile_and_what_is_not_here_is_told() -> None:
    text = "title,year,rating\nHeat,1995,9\nNobody Knows It,1950,7\nAlien,1979,many\nHeat,1990,2\n"
    found = read_ratings(text.encode(), CATALOG)
    assert found.profile(RatingScale(1.0, 10.0, 1.0)).ratings == {6: 9.0}
    assert found.profile().ratings == {6: 4.5}
    assert found.left_out == ("Nobody Knows It (1950)", "Heat (1990)")
    assert found.notes() == [
        "2 not in this catalogue: Nobody Knows It (1950); Heat (1990)",
        "1 rows left out: line 4: the rating 'many' is not one of 0 to 100 in steps of 1",
    ]


def test_of_two_ratings_of_a_film_the_later_counts() -> None:
    text = (
        "title,year,rating,date\nHeat,1995,2,2024-05-02\nHeat,1995,5,2024-05-01\nAlien,1979,1,\n"
        "Alien,1979,3,\n"
    )
    assert read_ratings(text.encode(), CATALOG).ratings == {6: 2.0, 1214: 3.0}


def test_seen_and_listed_films() -> None:
    data, *_ = FILES["Simkl's CSV"]
    found = read_ratings(str(data).encode(), CATALOG)
    assert (found.seen, found.listed, found.films) == ({6}, (1214,), (6, 1214))
    assert found.profile().seen == frozenset()  # rated is more than seen
    assert str(found).splitlines()[0] == "simkl: 1 films rated, 1 seen, 1 listed"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [("movie_id", "6", {6: 4.0}), ("id", "tt0113277", {6: 4.0}), ("movie", "7", {7: 4.0}),
     ("movie", "Alien", {1214: 4.0}), ("movie_id", "999", {})],
)  # fmt: skip
def test_ids_of_the_catalogue_and_of_others(column: str, value: str, expected: object) -> None:
    found = read_ratings(f"{column},rating\n{value},4\n".encode(), CATALOG)
    assert found.ratings == expected


def test_an_id_whose_title_is_another_film_is_not_taken() -> None:
    found = read_ratings(b"movie_id,title,year,rating\n6,Alien,1979,4\n", CATALOG)
    assert found.ratings == {1214: 4.0}


def test_the_scale_of_a_table_is_the_models_where_it_fits() -> None:
    text = b"title,year,rating\nHeat,1995,5\nAlien,1979,3\n"
    ten = RatingScale(1.0, 10.0, 1.0)
    assert read_ratings(text, CATALOG).profile(ten).ratings == {6: 10.0, 1214: 6.0}
    assert read_ratings(text, CATALOG, scale=ten).profile(ten).ratings == {6: 5.0, 1214: 3.0}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><recentratings/>", "XML with declarations"),
        (b"<html></html>", "of no export that Matinee reads"),
        (b"<recentratings><film>", "not whole XML"),
        (b'{"movies": 1}', "JSON, but of no export"),
    ],
)
def test_documents_of_no_service(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(data, "x")


def test_rows_are_in_one_count_and_counts_are_films() -> None:
    data, *_ = FILES["Trakt's zip of an account"]
    assert isinstance(data, bytes)
    report: Callable[[], dict[str, int]] = lambda: read_ratings(data, CATALOG).report.counts  # noqa: E731
    assert report() == {"matched": 2, "uncertain": 0, "unknown": 0, "skipped": 1, "already": 0}
