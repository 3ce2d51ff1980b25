"""Candidates for films of another service."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.errors import ParameterError
from matinee.ids import IdVocabulary
from matinee.titles import TitleIndex

RAW = [
    "Aladdin (1992)",
    "Aladdin (1992)",
    "Halloween (1978)",
    "Halloween (2018)",
    "Sorcerer's Stone, The (a.k.a. The Philosopher's Stone) (2001)",
    "Lion King, The (1994)",
    "Seven Samurai (Shichinin no samurai) (1954)",
    "Star Wars: Episode IV - A New Hope (1977)",
    "Three Colors: Blue (Trois couleurs: Bleu) (1993)",
    "1917 (2019)",
    "Undated",
]
IMDB = [103639, 0, 77651, 1502407, 241527, 110357, 47478, 76759, 108394, 8579674, 0]


@pytest.fixture(scope="module")
def index() -> TitleIndex:
    return TitleIndex(
        RAW,
        IdVocabulary(range(10, 10 + len(RAW))),
        imdb_ids=np.array(IMDB),
        popularity=np.arange(11),
    )


@pytest.mark.parametrize(
    ("title", "year", "first", "sure"),
    [
        ("Halloween", 2018, 3, True),
        ("Halloween", 2017, 3, True),
        ("The Lion King", 1994, 5, True),
        ("Lion King", 1995, 5, False),  # neither the article nor the year
        ("The Lion King", 1997, 5, False),
        ("The Philosopher's Stone", 2001, 4, True),
        ("Shichinin no samurai", 1954, 6, True),
        ("Star Wars", 1977, 7, True),
        ("Three Colours: Blue", 1993, 8, False),
        ("1917", 2019, 9, True),
        ("1917", 2020, 9, True),
        ("Halloween (1978)", 1978, 2, True),
        ("Undated", 1990, 10, True),
        ("Seven Samurai", None, 6, False),  # a remake would be called so, too
        ("Nothing like it", 1990, None, False),
        ("", 1990, None, False),
    ],
)
def test_first_candidate(
    index: TitleIndex, title: str, year: int | None, first: int | None, sure: bool
) -> None:
    found = index.match(title, year)
    assert (found[0].code if found else None) == first
    assert (bool(found) and found[0].confidence >= 0.9) == sure


def test_only_whole_titles_are_offered_three_years_off(index: TitleIndex) -> None:
    for title in ("Lion", "The Lion Kink"):
        assert index.match(title, 1994)
        assert index.match(title, 1997) == []
    (far,) = index.match("The Lion King", 1997)
    assert (far.code, far.how) == (5, "title, another year")
    assert far.confidence < 0.6
    assert index.match("The Lion King", 1998) == []


def test_imdb_id_settles_it(index: TitleIndex) -> None:
    for imdb_id in ("tt0077651", 77651, "https://www.imdb.com/title/tt0077651"):
        (found,) = index.match("Something else", 1900, imdb_id=imdb_id)
        assert (found.label, found.confidence, found.how) == ("Halloween (1978)", 1.0, "IMDb id")


def test_another_imdb_id_speaks_against(index: TitleIndex) -> None:
    plain, doubted = (
        index.match("The Lion King", 1994, imdb_id=imdb_id)[0] for imdb_id in (None, "tt6105098")
    )
    assert plain.confidence == 1.0
    assert doubted.confidence == 0.6
    assert doubted.how == "title, another IMDb id"
    undated = index.match("Undated", 1990, imdb_id="tt6105098")[0]  # it has no id to contradict
    assert undated.confidence > 0.9


def test_equal_films_share_the_confidence(index: TitleIndex) -> None:
    found = index.match("Aladdin", 1992)
    assert [match.confidence for match in found] == [0.5, 0.5]
    assert found[0].code == 1  # the more rated first


def test_original_title(index: TitleIndex) -> None:
    found = index.match("Les Sept Samouraïs", 1954, original_title="Shichinin no samurai")
    assert found[0].code == 6
    assert found[0].confidence > 0.9


def test_tolerance(index: TitleIndex) -> None:
    two_off, within = index.match("Halloween", 1976)[0], index.match("Halloween", 1976, tolerance=2)
    assert (two_off.code, within[0].code) == (2, 2)
    assert two_off.confidence < 0.6 < within[0].confidence
    assert index.match("Halloween", 1977, tolerance=0)[0].confidence < 0.6


def test_confidences_are_ordered_and_bounded(index: TitleIndex) -> None:
    for year in (None, 1978, 2017):
        found = index.match("Halloween", year)
        confidences = [match.confidence for match in found]
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 < value <= 1 for value in confidences)
        assert sum(confidences) <= 1.0001


def test_limit(index: TitleIndex) -> None:
    assert len(index.match("Halloween", limit=1)) == 1
    with pytest.raises(ParameterError, match="tolerance is -1 and limit 10"):
        index.match("Halloween", 1978, tolerance=-1)
    with pytest.raises(ParameterError, match="limit 0"):
        index.match("Halloween", 1978, limit=0)
    with pytest.raises(ParameterError, match="501 characters"):
        index.match("a" * 501, 1978)


def test_without_a_year_a_film_that_many_have_rated_is_sure() -> None:
    titles = ["Heat (1995)", "Heat (1986)", "Jaws (1975)", "Rarely Seen (1990)"]
    ids = IdVocabulary([6, 7, 8, 9])
    index = TitleIndex(titles, ids, popularity=np.array([200, 9, 50, 3]))
    heat, jaws, rare = (index.match(title)[0] for title in ("Heat", "Jaws", "Rarely Seen"))
    assert (heat.movie_id, heat.how) == (6, "title, by far the most rated of 2")
    assert (jaws.movie_id, jaws.confidence) == (8, 0.92)
    assert rare.confidence < 0.9
