"""From a file to the store: matching, the review desk, and imports that are repeated."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.importers.files import DIARY, IMDB, RATINGS, as_json, trakt, zipped

from matinee.catalog import Catalog
from matinee.importers import (
    ImportFile,
    ImportRow,
    Matcher,
    Report,
    read,
)
from matinee.importers.form import with_mark, without_mark
from matinee.store import Entry, Film, PersonState, Store
from matinee.store.importing import apply, known_to

CATALOG = Catalog.from_columns(
    [1, 6, 7, 8, 2571, 29, 30],
    [
        "Toy Story (1995)",
        "Heat (1995)",
        "Heat (1986)",
        "Sabrina (1995)",
        "Matrix, The (1999)",
        "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
        "Crash (2004)",
    ],
    imdb_ids=[114709, 113277, 93164, 114319, 133093, 112682, 0],
    tmdb_ids=[862, 949, 0, 11860, 603, 902, 1640],
)
MATCHER = Matcher(CATALOG)


def match(*rows: ImportRow, **decided: str | None) -> Report:
    return MATCHER.match(ImportFile("letterboxd", list(rows)), decided)


def found(report: Report) -> list[tuple[object, str]]:
    return [(one.film.movie_id, one.film.how) for one in report.matched]


def bring(store: Store, data: bytes, name: str = "", person: int = 1) -> Report:
    report = MATCHER.match(
        read(data, name), store.decisions(person), known_to(store, person, CATALOG)
    )
    apply(report, store, person, CATALOG)
    return report


def stands(state: PersonState) -> tuple[object, ...]:
    rated = {(one.movie_id, one.stars, one.at, one.film) for one in state.ratings}
    marks = (state.seen, state.watchlist, state.not_interested)
    return rated, *({(one.movie_id, one.at, one.film) for one in part} for part in marks)


# -- matching -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "movie_id"),
    [
        (ImportRow("Heat", 1995), 6),
        (ImportRow("Heat", 1987), 7),
        (ImportRow("The Matrix", 1999), 2571),
        (ImportRow("La cité des enfants perdus", 1995), 29),
        (ImportRow("Something else", 1950, imdb_id="tt0113277"), 6),
        (ImportRow("Something else", 1950, tmdb_id=603), 2571),
        (ImportRow("Unknown", 1995, original_title="La Cité des enfants perdus"), 29),
    ],
)
def test_sure_films(row: ImportRow, movie_id: int) -> None:
    assert [number for number, _ in found(match(row))] == [movie_id]


def test_ids_are_named_as_the_reason() -> None:
    assert found(match(ImportRow("X", 1950, imdb_id="tt0113277"))) == [(6, "IMDb id")]
    assert found(match(ImportRow("X", 1950, tmdb_id=603))) == [(2571, "TMDB id")]


@pytest.mark.parametrize(
    "row",
    [
        ImportRow("Heat"),
        ImportRow("Heat", 1997),
        ImportRow("The Heat", 1998),
        ImportRow("Toy Stori", 1995),
        ImportRow("Sabrina", 1995, imdb_id="tt0047437"),
        ImportRow("Sabrina", 1995, tmdb_id=6620),
    ],
)
def test_uncertain_films_have_candidates_and_all_their_rows(row: ImportRow) -> None:
    report = match(row, row)
    assert not report.matched
    (entry,) = report.uncertain
    assert entry.rows == (row, row)
    assert 0.1 <= entry.candidates[0].confidence < 0.9
    confidences = [film.confidence for film in entry.candidates]
    assert confidences == sorted(confidences, reverse=True)
    assert report.counts["uncertain"] == 1


@pytest.mark.parametrize(
    "row",
    [
        ImportRow("Solaris", 1972),
        ImportRow("Heat", 1990),  # neither that of 1986 nor that of 1995
        ImportRow("Toy Stori", 1997),  # a slip, and another year
        ImportRow("Toy", 1982),
        ImportRow("The Lost Children", 2008),
    ],
)
def test_films_that_are_not_there(row: ImportRow) -> None:
    report = match(row)
    assert [entry.rows[0].title for entry in report.unknown] == [row.title]
    assert report.counts["unknown"] == 1


def test_a_year_further_off_is_asked_about_beside_what_fits_better() -> None:
    catalog = Catalog.from_columns([1, 2], ["Solaris (1972)", "The Heat of Solaris (1975)"])
    (entry,) = (
        Matcher(catalog).match(ImportFile("letterboxd", [ImportRow("Solaris", 1975)])).uncertain
    )
    assert {film.movie_id: film.how for film in entry.candidates} == {
        1: "title, another year",
        2: "words of the title",
    }


def test_two_entries_do_not_take_one_film_unasked() -> None:
    better, worse = ImportRow("Crash", 2004), ImportRow("Crash", 2005)
    report = match(better, worse)
    assert [one.row for one in report.matched] == [better]
    assert [entry.rows for entry in report.uncertain] == [(worse,)]
    assert [one.row for one in match(worse).matched] == [worse]


def test_decisions_stand_above_everything() -> None:
    row = ImportRow("Heat", 1995, line=7)
    assert found(match(row, **{row.key: "7"})) == [(7, "your decision")]
    left_out = match(row, **{row.key: None})
    assert [(one.line, one.reason) for one in left_out.skipped] == [
        (7, "left out by your decision")
    ]
    assert found(match(row, **{row.key: "999"}))[0][0] == 6  # a film that has gone


# -- into the store -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (RATINGS.encode(), "ratings.csv"),
        (DIARY.encode(), "diary.csv"),
        (zipped({"ratings.csv": RATINGS, "diary.csv": DIARY}), "me.zip"),
        (IMDB.encode(), "imdb.csv"),
        (as_json([trakt(), trakt(rated_at=None)]), "trakt.json"),
    ],
    ids=["ratings", "diary", "zip", "imdb", "trakt"],
)
def test_importing_twice_changes_nothing(store: Store, data: bytes, name: str) -> None:
    first = bring(store, data, name)
    assert first.matched
    before, history = stands(store.state(1)), store.history(1)
    second = bring(store, data, name)
    assert not second.matched
    assert len(second.already) == len(first.matched) + len(first.already)
    assert second.counts["already"] == first.counts["matched"]
    assert (stands(store.state(1)), store.history(1)) == (before, history)


def test_what_was_said_later_stands(store: Store) -> None:
    store.rate(1, 6, 2.0, film=Film("6", "Heat", 1995))
    bring(store, RATINGS.encode(), "ratings.csv")
    assert store.state(1).stars == {"6": 2.0, "29": 3.0, "2571": 0.5}
    heat = next(one for one in store.ratings(1) if one.movie_id == "6")
    assert heat.film == Film("6", "Heat", 1995)


def test_ten_points_become_half_stars_and_series_stay_out(store: Store) -> None:
    report = bring(store, IMDB.encode())
    assert store.state(1).stars == {"6": 4.5, "29": 3.5}
    assert [*report.counts.values()] == [2, 0, 0, 3, 0]


def test_watched_and_liked_are_seen(store: Store) -> None:
    rows = [ImportRow("Heat", 1995, "watched"), ImportRow("The Matrix", 1999, "like")]
    rows.append(ImportRow("Toy Story", 1995, "watchlist"))
    apply(match(*rows), store, 1, CATALOG)
    state = store.state(1)
    assert {one.movie_id for one in state.seen} == {"6", "2571"}
    assert [one.movie_id for one in state.watchlist] == ["1"]


def test_answers_are_kept_for_the_next_import(store: Store) -> None:
    file = ImportFile(
        "letterboxd", [ImportRow("Heat", 1993, value=4.0), ImportRow("Crash", 2001, "like")]
    )
    report = MATCHER.match(file, store.decisions(1))
    heat, crash = report.uncertain
    store.decide(1, {heat.key: "6", crash.key: None})
    again = MATCHER.match(file, store.decisions(1))
    assert found(again) == [(6, "your decision")]
    assert (len(again.uncertain), len(again.skipped)) == (0, 1)
    assert store.history(1) == []


def test_an_import_can_be_taken_back(store: Store) -> None:
    file = read(RATINGS.encode(), "ratings.csv")
    added = apply(MATCHER.match(file), store, 1, CATALOG)
    assert store.undo_batch(1, added.batch) == added.added == 3
    assert store.ratings(1) == []
    assert len(MATCHER.match(file, {}, known_to(store, 1, CATALOG)).matched) == 3


# -- Matinee's own --------------------------------------------------------------------------------


def test_own_json_brings_back_everything(store: Store) -> None:
    store.rate(1, 6, 3.0, at=1_000_000, film=Film.of(CATALOG[6]))
    store.rate(1, 6, 4.5, film=Film.of(CATALOG[6]))
    store.rate(1, 1, 2.0, film=Film.of(CATALOG[1]))
    store.rate(1, 1, None)
    store.rate(1, 29, 1.0, film=Film.of(CATALOG[29]))
    store.undo(1)
    store.mark(1, 999, "seen", film=Film("999", "Elsewhere", 2001, "tt0000999", 5))
    store.mark(1, 2571, "not-interested", film=Film.of(CATALOG[2571]))
    store.decide(1, {"film:heat (?)": "6"})
    text = store.export_json(1).encode()
    other = store.create_person("Ann").person_id
    report = bring(store, text, person=other)
    assert stands(store.state(other)) == stands(store.state(1))
    assert store.decisions(other) == {"film:heat (?)": "6"}
    assert {one.film.how for one in report.matched} == {"movie id", "kept from the export"}
    before = store.history(other)
    assert not bring(store, text, person=other).matched
    assert not bring(store, text).matched
    assert store.history(other) == before
    older = [event.value for event in store.history(other) if event.movie_id == "6"]
    assert older == [4.5, 3.0]


def test_own_export_of_a_newer_version_and_broken_ones() -> None:
    document = {"format": "matinee-export", "version": 2}
    with pytest.raises(Exception, match=r"export of version 2; this Matinee reads version 1"):
        read(as_json(document))
    with pytest.raises(Exception, match=r"'ratings' is not a list of films"):
        read(as_json({"format": "matinee-export", "version": 1, "ratings": {}}))
    row = {"movie_id": "6", "title": "Heat", "stars": 9, "at": "2024-05-01T00:00:00Z"}
    skipped = read(as_json({"format": "matinee-export", "version": 1, "ratings": [row]})).skipped
    assert skipped[0].reason == "'9' is not 0.5 to 5 stars"


def test_an_id_of_another_data_set_is_not_taken_for_this_one(store: Store) -> None:
    row = {"movie_id": "6", "title": "The Matrix", "year": 1999, "stars": 5}
    row["at"] = "2024-05-01T00:00:00Z"
    bring(store, as_json({"format": "matinee-export", "version": 1, "ratings": [row]}))
    assert store.state(1).stars == {"2571": 5.0}


titles = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20) | (
    st.sampled_from(["=1+1", "+1", "-30-", "@me", "'=x", "''-", "'Tis", 'a,"b', "=HYPERLINK(1)"])
)
films = st.builds(
    Film,
    st.integers(1000, 9999).map(str),
    titles,
    st.none() | st.integers(1900, 2030),
    st.none() | st.integers(10**6, 10**7).map(lambda n: f"tt{n:07d}"),
    st.none() | st.integers(10**6, 10**7),
)
kinds = st.sampled_from(["rating", "seen", "watchlist", "not-interested"])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(films, kinds, st.floats(0.5, 5.0), st.integers(0, 10**9)), max_size=12))
def test_own_exports_are_round_trips(tmp_path_factory: pytest.TempPathFactory, said: list) -> None:
    with Store(str(tmp_path_factory.mktemp("store") / "people.db")) as store:
        entries = [
            Entry(film.movie_id, kind, round(stars, 2) if kind == "rating" else 1.0, at, film)
            for film, kind, stars, at in said
        ]
        store.add_many(1, entries, source="test")
        state = store.state(1)
        for text in (store.export_json(1), store.export_csv(1)):
            person = store.create_person("Ann").person_id
            report = bring(store, text.encode(), person=person)
            assert not report.skipped
            assert stands(store.state(person)) == stands(state)


@given(st.text())
def test_formulas_are_neutralised_and_come_back(text: str) -> None:
    assert without_mark(with_mark(text)) == text
    assert not re.match(r"\s*[=+\-@\t\r]", with_mark(text))


def test_no_cell_of_the_csv_is_a_formula(store: Store) -> None:
    store.rate(1, "=2+5", 4.0, film=Film("=2+5", '=HYPERLINK("http://x","y")', 1999))
    rows = list(csv.reader(io.StringIO(store.export_csv(1))))
    assert rows[1][1:3] == ["'=2+5", '\'=HYPERLINK("http://x","y")']
    assert json.loads(store.export_json(1))["ratings"][0]["movie_id"] == "=2+5"
