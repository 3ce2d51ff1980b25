"""What people say is kept, follows from its history, and can be taken back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.catalog import Catalog
from matinee.errors import ParameterError, UnknownPersonError
from matinee.importers.form import without_mark
from matinee.store import LOCAL_PERSON, Entry, Film, Store
from matinee.store.schema import current, events

NOW = 1_700_000_000
HEAT = Film("6", "Heat", 1995, "tt0113277", 949)
Clock = Callable[[int], None]


def test_the_local_person_is_always_there(store: Store) -> None:
    assert [(one.person_id, one.name) for one in store.people()] == [(LOCAL_PERSON, "me")]


def test_a_rating_is_kept_with_its_film_and_time(store: Store, clock: Clock) -> None:
    event = store.rate(1, 6, 4.5, film=HEAT, source="api")
    assert event is not None
    assert (event.movie_id, event.kind, event.value, event.at) == ("6", "rating", 4.5, NOW)
    (rating,) = store.ratings(1)
    assert (rating.movie_id, rating.stars, rating.at, rating.source) == ("6", 4.5, NOW, "api")
    assert rating.film == HEAT
    assert store.state(1).stars == {"6": 4.5}


def test_saying_the_same_again_is_no_event(store: Store) -> None:
    assert store.rate(1, 6, 4.5) is not None
    assert store.rate(1, 6, 4.5) is None
    assert store.rate(1, 7, None) is None
    assert store.mark(1, 8, "seen", on=False) is None
    assert len(store.history(1)) == 1


def test_a_change_is_a_new_event_and_nothing_is_overwritten(store: Store) -> None:
    for stars in (4.5, 2.0, None):
        store.rate(1, 6, stars)
    assert [event.value for event in store.history(1)] == [None, 2.0, 4.5]
    assert store.ratings(1) == []


def test_marks_are_apart_from_stars(store: Store) -> None:
    store.rate(1, 6, 3.0)
    for kind in ("seen", "watchlist", "not-interested"):
        store.mark(1, 6, kind)  # type: ignore[arg-type]
    store.mark(1, 6, "watchlist", on=False)
    state = store.state(1)
    assert [len(marks) for marks in (state.seen, state.watchlist, state.not_interested)] == [
        1,
        0,
        1,
    ]
    assert state.stars == {"6": 3.0}
    with pytest.raises(ParameterError, match=r"Store\.rate"):
        store.mark(1, 6, "rating")


def test_what_is_said_now_stands_whatever_the_clock_says(store: Store, clock: Clock) -> None:
    store.rate(1, 6, 4.5)
    clock(NOW - 86_400)
    store.rate(1, 6, 2.0)
    assert store.state(1).stars == {"6": 2.0}


def test_what_was_said_earlier_goes_into_the_history_only(store: Store, clock: Clock) -> None:
    store.rate(1, 6, 4.5)
    store.rate(1, 6, 1.0, at=NOW - 86_400)
    assert store.state(1).stars == {"6": 4.5}
    assert len(store.history(1)) == 2


def test_the_latest_comes_first(store: Store, clock: Clock) -> None:
    for day, movie in enumerate((5, 3, 9)):
        clock(NOW + day)
        store.rate(1, movie, 3.0)
    store.rate(1, 1, 3.0, at=NOW - 5)
    assert [rating.movie_id for rating in store.ratings(1)] == ["9", "3", "5", "1"]


def test_history_comes_in_pages(store: Store) -> None:
    for movie in range(5):
        store.rate(1, movie, 3.0)
    first = store.history(1, limit=2)
    second = store.history(1, limit=2, before=first[-1].event_id)
    assert [event.movie_id for event in first + second] == ["4", "3", "2", "1"]
    with pytest.raises(ParameterError, match="1 to 1000"):
        store.history(1, limit=0)


# -- wrong values -------------------------------------------------------------------------------


@pytest.mark.parametrize("stars", [0.0, 5.5, -1.0, float("nan"), float("inf")])
def test_stars_outside_are_refused(store: Store, stars: float) -> None:
    with pytest.raises(ParameterError, match=r"must be 0\.5 to 5 in the store"):
        store.rate(1, 6, stars)
    assert store.history(1) == []


@pytest.mark.parametrize("movie_id", ["", "x" * 201, "a\0b", "\ud800"])
def test_ids_that_no_database_takes_are_refused(store: Store, movie_id: str) -> None:
    with pytest.raises(ParameterError, match="1 to 200 characters"):
        store.rate(1, movie_id, 4.0)


def test_times_outside_are_refused(store: Store) -> None:
    for at in (2**60, -(2**60)):
        with pytest.raises(ParameterError, match="Unix seconds"):
            store.rate(1, 6, 4.0, at=at)


def test_an_unknown_person_is_named(store: Store) -> None:
    for call in (
        lambda: store.rate(77, 6, 4.0),
        lambda: store.state(77),
        lambda: store.history(77),
        lambda: store.revision(77),
        lambda: store.undo(77),
        lambda: store.add_many(77, [], source="x"),
    ):
        with pytest.raises(UnknownPersonError, match="no person 77"):
            call()


def test_a_wrong_row_keeps_the_whole_file_out(store: Store) -> None:
    rows = [Entry(1, value=4.0), Entry(2, value=9.0)]
    with pytest.raises(ParameterError, match="movie '2'"):
        store.add_many(1, rows, source="import:x")
    assert store.history(1) == []
    assert store.revision(1) == 0


def test_kinds_and_marks_are_checked(store: Store) -> None:
    with pytest.raises(ParameterError, match="kind must be one of rating, seen"):
        store.add_many(1, [Entry(1, "liked")], source="x")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="1 or None"):
        store.add_many(1, [Entry(1, "seen", 2.0)], source="x")
    with pytest.raises(ParameterError, match="source"):
        store.add_many(1, [Entry(1, "seen")], source="")
    with pytest.raises(ParameterError, match="batch"):
        store.add_many(1, [Entry(1, "seen")], source="x", batch="b" * 65)


# -- undo ---------------------------------------------------------------------------------------


def test_undo_goes_back_step_by_step(store: Store) -> None:
    store.rate(1, 6, 4.5)
    store.mark(1, 7, "seen")
    store.rate(1, 6, 2.0)
    store.rate(1, 6, None)
    seen: list[tuple[object, int]] = []
    while (event := store.undo(1)) is not None:
        assert event.undoes is not None
        state = store.state(1)
        seen.append((dict(state.stars), len(state.seen)))
    assert seen == [({"6": 2.0}, 1), ({"6": 4.5}, 1), ({"6": 4.5}, 0), ({}, 0)]
    history = store.history(1)
    assert len(history) == 8
    assert [event.undone for event in history] == [False] * 4 + [True] * 4


def test_undo_brings_the_earlier_date_back(store: Store, clock: Clock) -> None:
    store.add_many(1, [Entry(6, value=4.5, at=1000)], source="import:x")
    store.rate(1, 6, 1.0)
    store.undo(1)
    (rating,) = store.ratings(1)
    assert (rating.stars, rating.at, rating.source) == (4.5, 1000, "import:x")


def test_undo_concerns_one_person(store: Store) -> None:
    ann = store.create_person("Ann")
    store.rate(1, 6, 4.5)
    store.rate(ann.person_id, 6, 1.0)
    store.undo(ann.person_id)
    assert store.undo(ann.person_id) is None
    assert store.state(1).stars == {"6": 4.5}


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.integers(1, 3), st.sampled_from([1.0, 2.5, 5.0, None])),
        st.tuples(st.just("import"), st.integers(1, 3), st.integers(NOW - 3, NOW + 3)),
        st.tuples(st.just("undo"), st.none(), st.none()),
    ),
    max_size=12,
)


@given(steps=_STEPS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_stands_follows_from_the_history(
    store: Store, clock: Clock, steps: list[tuple[str, Any, Any]]
) -> None:
    person = store.create_person("Ann").person_id
    for kind, movie, value in steps:
        if kind == "rate":
            store.rate(person, movie, value)
        elif kind == "import":
            store.add_many(person, [Entry(movie, value=3.0, at=value)], source="x")
        else:
            store.undo(person)
    best: dict[str, tuple[int, int, float | None]] = {}
    for event in store.history(person, limit=1000):
        if event.undoes is None and not event.undone:
            key = (event.at, event.event_id, event.value)
            best[event.movie_id] = max(best.get(event.movie_id, key), key, key=lambda k: k[:2])
    expected = {movie: value for movie, (_, _, value) in best.items() if value is not None}
    assert store.state(person).stars == expected


# -- files --------------------------------------------------------------------------------------

FILE = [
    Entry(6, value=4.5, at=1000, film=HEAT),
    Entry(6, value=3.0, at=500),
    Entry(7, "seen", at=900),
    Entry(8, "watchlist"),
    Entry(9, value=2.0),
]


def test_adding_a_file_twice_changes_nothing(store: Store, clock: Clock) -> None:
    first = store.add_many(1, FILE, source="import:x", batch="one")
    assert (first.batch, first.added, first.older, first.unchanged) == ("one", 4, 1, 0)
    before = (store.state(1), store.history(1))
    clock(NOW + 1000)
    again = store.add_many(1, FILE, source="import:x")
    assert (again.added, again.older, again.unchanged, again.event_ids) == (0, 0, 5, ())
    after = store.state(1)
    assert (after.ratings, after.seen, after.watchlist) == (
        before[0].ratings,
        before[0].seen,
        before[0].watchlist,
    )
    assert store.history(1) == before[1]


def test_an_undated_row_that_says_what_stands_is_no_event(store: Store) -> None:
    store.rate(1, 6, 4.0)
    added = store.add_many(1, [Entry(6, value=4.0), Entry(7, value=4.0)], source="x")
    assert (added.added, added.unchanged) == (1, 1)
    assert len(store.history(1)) == 2


def test_a_file_does_not_overrule_what_was_said_since(store: Store, clock: Clock) -> None:
    store.add_many(1, FILE, source="import:x")
    clock(NOW + 10)
    store.rate(1, 9, None)
    store.rate(1, 6, 1.0)
    clock(NOW + 20)
    store.add_many(1, FILE, source="import:x")
    assert store.state(1).stars == {"6": 1.0}


def test_dates_in_the_future_do_not_block_the_person(store: Store, clock: Clock) -> None:
    store.add_many(1, [Entry(6, value=4.5, at=NOW + 10**8)], source="import:x")
    clock(NOW + 1)
    store.rate(1, 6, 1.0)
    assert store.state(1).stars == {"6": 1.0}


def test_an_import_is_taken_back_as_a_whole(store: Store, clock: Clock) -> None:
    store.rate(1, 6, 2.0, at=100)
    store.add_many(1, FILE, source="import:x", batch="one")
    clock(NOW + 5)
    store.rate(1, 9, 5.0)
    assert store.undo_batch(1, "one") == 5
    state = store.state(1)
    assert state.stars == {"6": 2.0, "9": 5.0}
    assert (state.seen, state.watchlist) == ((), ())
    assert store.undo_batch(1, "one") == 0
    again = store.add_many(1, FILE, source="import:x", batch="two")
    assert (again.added, again.older, again.unchanged) == (4, 1, 0)
    # A row without a date is said now.
    assert store.state(1).stars == {"6": 4.5, "9": 2.0}


def test_more_rows_than_fit_one_statement(store: Store) -> None:
    rows = [Entry(movie, value=3.5, at=movie, film=Film(str(movie), "x")) for movie in range(2500)]
    added = store.add_many(1, rows, source="import:x", batch="big")
    assert added.added == len(added.event_ids) == 2500
    order = [event.movie_id for event in store.history(1, limit=1000)]
    assert order == [str(movie) for movie in range(2499, 1499, -1)]
    assert store.undo_batch(1, "big") == 2500
    assert store.ratings(1) == []


# -- people -------------------------------------------------------------------------------------


def test_people_come_and_go(store: Store) -> None:
    ann = store.create_person("  Ann  of  Ghent ")
    assert ann.name == "Ann of Ghent"
    store.rate(ann.person_id, 6, 4.0)
    assert store.rename_person(ann.person_id, "Anna").name == "Anna"
    store.remove_person(ann.person_id)
    assert [one.name for one in store.people()] == ["me"]
    assert store.create_person("Bob").person_id > ann.person_id
    for name in ("", " ", "x" * 201, "a\nb\x07"):
        with pytest.raises(ParameterError, match="a name has"):
            store.create_person(name)
    store.rate(1, 6, 4.0)
    store.remove_person(1)
    assert store.history(1) == []
    assert store.person(1).name == "me"


def test_people_go_by_number_name_or_login(store: Store) -> None:
    ann = store.create_person("Ann Smith")
    bob = store.accounts.create("bob", "correct horse battery", name="Robert").person_id
    assert store.person(ann.person_id) == store.person("ann smith") == ann
    assert store.person(str(ann.person_id)) == ann
    assert store.person("BOB").person_id == store.person("robert").person_id == bob
    for nobody in ("carl", "", "99", "²", 99):
        with pytest.raises(UnknownPersonError, match=r"no person .*`matinee people list`"):
            store.person(nobody)
    two = store.create_person("ANN SMITH").person_id
    with pytest.raises(UnknownPersonError, match=f"several .* say one of {ann.person_id}, {two}"):
        store.person("Ann Smith")


def test_the_only_person_is_meant(store: Store) -> None:
    only = store.only_person()
    assert only is not None
    assert only.person_id == 1
    ann = store.create_person("Ann")
    assert store.only_person() == ann
    store.rate(1, 6, 4.0)
    assert store.only_person() is None
    store.undo(1)
    assert store.only_person() == ann
    store.create_person("Bob")
    assert store.only_person() is None


def test_delete_everything_leaves_nothing_of_one_person(store: Store) -> None:
    ann = store.create_person("Ann").person_id
    for person in (1, ann):
        store.rate(person, 6, 4.0)
        store.rate(person, 6, 3.0)
        store.decide(person, {"Heat (1995)": 6})
    store.undo(1)
    assert store.delete_everything(1) == 3
    assert (store.history(1), store.ratings(1), store.decisions(1)) == ([], [], {})
    with store.database.read() as connection:
        for table in (events, current):
            owners = set(connection.scalars(sa.select(table.c.person_id)))
            assert owners == {ann}
    assert len(store.history(ann)) == 2


def test_the_revision_counts_changes(store: Store) -> None:
    seen = [store.revision(1)]
    for change in (
        lambda: store.rate(1, 6, 4.0),
        lambda: store.undo(1),
        lambda: store.delete_everything(1),
    ):
        change()
        seen.append(store.revision(1))
    assert seen == sorted(set(seen))
    assert store.state(1).revision == store.person(1).revision == seen[-1]


def test_decisions_are_kept_and_changed(store: Store) -> None:
    store.decide(1, {"The Thing (1982)": 2288})
    store.decide(1, {"Nothing (2000)": None})
    store.decide(1, {"The Thing (1982)": 9})
    assert store.decisions(1) == {"The Thing (1982)": "9", "Nothing (2000)": None}
    with pytest.raises(ParameterError, match="1 to 500"):
        store.decide(1, {"": 9})


def test_threads_and_connections_write_at_once(store: Store, url: str) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with Store(url) as own:
                for step in range(10):
                    own.rate(1, step % 5, 0.5 + (number + step) % 9 / 2)
                    own.mark(1, f"{number}-{step}", "seen")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    state = store.state(1)
    assert len(state.seen) == 40
    latest: dict[str, float | None] = {}
    for event in reversed(store.history(1, limit=1000)):
        if event.kind == "rating":
            latest[event.movie_id] = event.value
    assert state.stars == latest


def test_a_file_does_not_rename_what_others_know(store: Store) -> None:
    ann = store.create_person("Ann").person_id
    store.rate(1, 6, 4.5, film=HEAT)
    other = Film("7", "Sabrina", 1995)
    lie = Film("6", "Spam", 1900, "tt0000001")
    lying = [Entry(6, film=lie), Entry(7, film=other)]
    store.add_many(ann, lying, source="import:matinee")
    assert [one.film for one in store.ratings(1)] == [HEAT]
    assert {str(one.film) for one in store.ratings(ann)} == {str(lie), str(other)}
    store.add_many(1, [Entry(7, film=Film("7", "sabrina!", 1995))], source="import:matinee")
    assert other in [one.film for one in store.ratings(1)]
    renamed = Film("7", "Sabrina", 1995, "tt0114319")
    store.rate(1, 7, 2.0, film=renamed)  # what the catalogue says now
    assert {one.movie_id: one.film for one in store.ratings(ann)}["7"] == renamed


def test_a_film_that_the_catalogue_lacks_is_kept_until_it_has_it(store: Store) -> None:
    film = Film.unlisted("Heat", 1995, "tt0113277")
    marked = Film.unlisted("Collateral", 2004)
    rows = [Entry(film.movie_id, value=4.5, at=100, film=film)]
    rows.append(Entry(marked.movie_id, "watchlist", at=200, film=marked))
    first = store.add_many(1, rows, source="import:letterboxd")
    assert (first.added, store.add_many(1, rows, source="import:letterboxd").added) == (2, 0)
    empty = Catalog.from_columns([1], ["Toy Story (1995)"])
    later = Catalog.from_columns([1, 6], ["Toy Story (1995)", "Heat (1995)"])
    state = store.state(1)
    assert store.profile(1, empty).ratings == {}
    assert store.profile(1, later).ratings == {6: 4.5}
    assert [str(row.film) for row in state.not_in(empty)] == ["Heat (1995)", "Collateral (2004)"]
    assert [str(row.film) for row in state.not_in(later)] == ["Collateral (2004)"]
    exported = store.export(1)
    assert exported["ratings"] == [
        {
            "movie_id": "imdb:tt0113277",
            "title": "Heat",
            "year": 1995,
            "imdb_id": "tt0113277",
            "tmdb_id": None,
            "stars": 4.5,
            "at": "1970-01-01T00:01:40Z",
        }
    ]
    assert "rating,imdb:tt0113277,Heat,1995,tt0113277,,4.5," in store.export_csv(1)


def test_what_is_said_of_it_later_is_said_of_the_same_film(store: Store) -> None:
    film = Film.unlisted("Heat", 1995, "tt0113277")
    store.rate(1, film.movie_id, 4.5, at=100, film=film)
    # The catalogue knows it now; another service names it by title only.
    store.rate(1, 6, 3.0, film=Film("6", "Heat", 1995, "tt0113277", 949))
    titled = Film.unlisted("Heat", 1995)
    added = store.add_many(1, [Entry(titled.movie_id, value=1.0, at=50, film=titled)], source="x")
    assert (added.added, added.older) == (0, 1)
    assert store.state(1).stars == {"imdb:tt0113277": 3.0}
    assert store.rate(1, 6, None, film=Film("6", "Heat", 1995, "tt0113277", 949)) is not None
    assert store.state(1).stars == {}


def test_one_id_in_two_catalogues_is_two_films(store: Store) -> None:
    ann = store.create_person("Ann").person_id
    store.rate(1, 6, 4.5, film=Film("6", "Heat", 1995, "tt0113277"))
    store.rate(ann, 6, 1.0, film=Film("6", "Cats", 2019, "tt5697572"))
    assert [str(row.film) for row in store.ratings(1)] == ["Heat (1995)"]
    assert [str(row.film) for row in store.ratings(ann)] == ["Cats (2019)"]
    store.rate(1, 6, 0.5, film=Film("6", "Cats", 2019, "tt5697572"))
    other = Catalog.from_columns([6, 7], ["Cats (2019)", "Heat (1995)"])
    assert store.profile(1, other).ratings == {6: 0.5, 7: 4.5}


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠", " ="])
def test_no_cell_of_the_csv_is_a_formula(store: Store, sign: str) -> None:
    store.rate(1, 6, 4.0, film=Film("6", f"{sign}HYPERLINK(1)", 1995))
    (row,) = list(csv.DictReader(io.StringIO(store.export_csv(1))))
    assert row["title"] == f"'{sign}HYPERLINK(1)"
    assert without_mark(row["title"]) == f"{sign}HYPERLINK(1)"


@pytest.mark.parametrize(
    ("film", "key"),
    [
        (Film.unlisted("Heat", 1995, "tt0113277", 949), "imdb:tt0113277"),
        (Film.unlisted("Heat", 1995, "113277"), "imdb:tt0113277"),
        (Film.unlisted("Heat", 1995, None, 949), "tmdb:949"),
        (Film.unlisted("The Heat", 1995, "nonsense"), "title:heat:1995"),
        (Film.unlisted("Heat"), "title:heat:"),
        (Film.unlisted("!!!", 2004), "title:!!!:2004"),
    ],
)
def test_an_unlisted_film_goes_by_what_is_known_of_it(film: Film, key: str) -> None:
    assert film.movie_id == key
    assert len(Film.unlisted("long " * 1000).movie_id) <= 200


def test_export_is_complete(store: Store, clock: Clock) -> None:
    store.rate(1, 6, 4.5, film=HEAT)
    store.mark(1, 7, "watchlist")
    store.mark(1, 8, "not-interested")
    store.decide(1, {"Heat": 6})
    store.undo(1)
    document = store.export(1)
    assert document["format"] == "matinee-export"
    when = dt.datetime.fromtimestamp(NOW, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert document["ratings"] == [
        {"movie_id": "6", "title": "Heat", "year": 1995, "imdb_id": "tt0113277", "tmdb_id": 949,
         "stars": 4.5, "at": when}
    ]  # fmt: skip
    assert [mark["movie_id"] for mark in document["watchlist"]] == ["7"]
    assert document["not_interested"] == []
    assert document["decisions"] == {"Heat": "6"}
    assert [event["undoes"] is not None for event in document["history"]] == [False] * 3 + [True]
    assert store.export_csv(1).splitlines() == [
        "kind,movie_id,title,year,imdb_id,tmdb_id,stars,at",
        f"rating,6,Heat,1995,tt0113277,949,4.5,{when}",
        f"watchlist,7,,,,,,{when}",
    ]
