"""Every result that a notebook shows: well-formed HTML, without scripts, with all text escaped."""

from __future__ import annotations

import html.parser
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee.catalog import Catalog
from matinee.dataset import Dataset, ReadReport
from matinee.datasets.curation import MinMovieRatings, curate
from matinee.datasets.splits import random
from matinee.filters import Filter
from matinee.importers.matching import Matcher
from matinee.importers.records import ImportFile, ImportRow
from matinee.models import create_model
from matinee.models.base import Recommender
from matinee.models.publishing import Published
from matinee.profile import Profile
from matinee.ratings import Ratings
from matinee.results import Reason, Recommendation, Recommendations

HOSTILE = "<script>alert('x')</script> & \"Co\" <img src=x onerror=y>"


@cache
def data() -> Dataset:
    """Forty people and ten films; titles, ids, genres and names would run if they were markup."""
    rng = np.random.default_rng(3)
    users = np.repeat([f"{HOSTILE} {n}" for n in range(40)], 10)
    movies = np.tile([f"{HOSTILE} {n}" for n in range(10)], 40)
    kept = rng.random(400) < 0.8
    stars = rng.integers(1, 6, 400).astype(np.float32)
    catalog = Catalog.from_columns(
        [f"{HOSTILE} {n}" for n in range(10)],
        [f"{HOSTILE} {n} (199{n})" for n in range(10)],
        genres=[[HOSTILE, "Drama"]] * 10,
    )
    ratings = Ratings.from_columns(users[kept], movies[kept], stars[kept], np.arange(400)[kept])
    return Dataset(
        ratings.with_movies(catalog.movie_ids),
        catalog,
        HOSTILE,
        source=HOSTILE,
        licence=HOSTILE,
        citation=HOSTILE,
        report=ReadReport(9, {HOSTILE: 2}, 1),
    )


@cache
def model() -> Recommender:
    return create_model("bias").fit(data())


def person() -> Profile:
    return data().profile(f"{HOSTILE} 0")


def recommendation() -> Recommendation:
    reason = Reason("movie", f"you gave {HOSTILE} 5", 0.5)
    genres = (HOSTILE,)
    return Recommendation(HOSTILE, HOSTILE, 1999, genres, 0.5, 4.0, (3.0, 5.0), (reason,))


def import_file() -> ImportFile:
    rows = [ImportRow(HOSTILE, 1991, value=4.0), ImportRow("Heat", 1995, "watched")]
    return ImportFile("letterboxd", rows, [], [HOSTILE])


SHOWN: dict[str, Callable[[], Any]] = {
    "Ratings": lambda: data().ratings,
    "Ratings without times": lambda: Ratings.from_columns([1], [2], [3.0]),
    "Catalog": lambda: data().catalog,
    "Dataset": data,
    "ReadReport": lambda: data().report,
    "Profile": person,
    "Filter": lambda: Filter([HOSTILE], ["Drama"], 1990, 2000, 5, 3.5, ["a"], ["b"]),
    "Filter of nothing": Filter,
    "Movie": lambda: data().catalog.movie(0),
    "TitleMatch": lambda: data().catalog.search("alert")[0],
    "TitleMatches": lambda: data().catalog.search("alert"),
    "TitleMatches of a film elsewhere": lambda: data().catalog.index.match(HOSTILE, 1991),
    "Recommendation": recommendation,
    "Recommendations": lambda: Recommendations([recommendation()], asked=3),
    "CurationReport": lambda: curate(data(), [MinMovieRatings(30)])[1],
    "Split": lambda: random(data(), validation=True),
    "Recommender": model,
    "Recommender, not fitted": lambda: create_model("svd", factors=7),
    "Published": lambda: Published(HOSTILE, Path(HOSTILE), True),
    "ImportFile": import_file,
    "ImportReport": lambda: Matcher(data().catalog).match(import_file()),
}


class Reader(html.parser.HTMLParser):
    """Collects elements, attributes and text, and fails where a tag is not closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def read(shown: str) -> Reader:
    reader = Reader()
    reader.feed(shown)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", SHOWN)
def test_a_notebook_shows_it_safely(name: str) -> None:
    found = read(SHOWN[name]()._repr_html_())
    assert found.tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert found.attributes <= {"style"}
    assert found.words.strip()


@pytest.mark.parametrize("name", ["Dataset", "Catalog", "Movie", "TitleMatches", "Recommendations"])
def test_a_hostile_title_is_shown_as_it_is_written(name: str) -> None:
    assert "<script>alert('x')</script>" in read(SHOWN[name]()._repr_html_()).words


def test_the_list_knows_every_class_that_shows_itself() -> None:
    known = {type(make()).__name__ for make in SHOWN.values()}
    # A model is shown by its base class.
    missing = showing_classes() - known - {"Family"}
    assert missing == set(), f"add an example to SHOWN for {sorted(missing)}"


def showing_classes() -> set[str]:
    """Names of the classes in the sources that write ``_repr_html_``."""
    import ast

    names: set[str] = set()
    for path in (Path(matinee.__file__).parent).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(each, ast.FunctionDef) and each.name == "_repr_html_"
                for each in node.body
            ):
                names.add(node.name)
    return names


def test_figures_of_ratings() -> None:
    ratings = Ratings.from_columns([1, 1, 2], [1, 2, 2], [4.0, 3.0, 5.0], [86_400, 0, 864_000])
    words = read(ratings._repr_html_()).words
    assert "1970-01-02 to 1970-01-11" in words
    assert "75.00% have a rating" in words
    assert "3 to 5 in steps of 1, 4.00 on average" in words


def test_times_that_are_none_are_not_told() -> None:
    ratings = Ratings.from_columns([1], [1], [4.0], [10**18])
    assert "Time" not in ratings._repr_html_()


def test_a_catalogue_shows_its_most_rated_films_first() -> None:
    catalog = Catalog.from_columns([1, 2], ["Heat (1995)", "Alien (1979)"])
    words = read(catalog.with_popularity(np.int32([3, 70]))._repr_html_()).words
    assert words.index("Alien") < words.index("Heat")
    assert "1979 to 1995" in words


def test_a_model_shows_what_was_changed() -> None:
    words = read(create_model("svd", factors=7)._repr_html_()).words
    assert "nothing yet: call fit(dataset)" in words
    assert "factors750" in words, "the value, and the default beside it"
