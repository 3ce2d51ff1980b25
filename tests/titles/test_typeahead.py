"""The search while typing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import ParameterError
from matinee.ids import IdVocabulary
from matinee.titles import TitleIndex, parse_title
from matinee.titles.normalize import words_of

RAW = [
    "Matrix, The (1999)",
    "Matrix Reloaded, The (2003)",
    "Mask, The (1994)",
    "Star Wars: Episode IV - A New Hope (1977)",
    "In the Line of Fire (1993)",
    "Interview with the Vampire (Entretien) (1994)",
    "Spider-Man 2 (2004)",
    "2012 (2009)",
    "Argo (2012)",
    "Rocky II (1979)",
    "Toy, The (1982)",
    "Toy Story (1995)",
    "Home of a New Age, Happy (2001)",
    "Seven (a.k.a. Se7en) (1995)",
]


@pytest.fixture(scope="module")
def index() -> TitleIndex:
    ratings = [9, 8, 7, 9, 3, 6, 5, 2, 4, 5, 1, 9, 2, 9]
    return TitleIndex(RAW, IdVocabulary(range(len(RAW))), popularity=np.array(ratings))


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("mat", ["The Matrix (1999)", "The Matrix Reloaded (2003)"]),
        (
            "MA",
            [
                "The Matrix (1999)",
                "The Matrix Reloaded (2003)",
                "The Mask (1994)",
                "Spider-Man 2 (2004)",
            ],
        ),
        ("the mat", ["The Matrix (1999)", "The Matrix Reloaded (2003)"]),
        ("matrix rel", ["The Matrix Reloaded (2003)"]),
        ("matrix 2003", ["The Matrix Reloaded (2003)"]),
        ("toy", ["The Toy (1982)", "Toy Story (1995)"]),
        ("in t", ["In the Line of Fire (1993)", "Interview with the Vampire (1994)"]),
        (
            "a new ho",
            ["Star Wars: Episode IV - A New Hope (1977)", "Home of a New Age, Happy (2001)"],
        ),
        ("spiderm", ["Spider-Man 2 (2004)"]),
        ("spider m", ["Spider-Man 2 (2004)"]),
        ("spiderman 2", ["Spider-Man 2 (2004)"]),
        ("2012", ["2012 (2009)", "Argo (2012)"]),
        ("rocky 2", ["Rocky II (1979)"]),
        ("entr", ["Interview with the Vampire (1994)"]),
        ("se7", ["Seven (1995)"]),
        ("matirx", ["The Matrix (1999)", "The Matrix Reloaded (2003)"]),
        ("xyz", []),
        ("...", []),
        ("", []),
    ],
)
def test_search(index: TitleIndex, typed: str, labels: list[str]) -> None:
    assert [match.label for match in index.search(typed)] == labels


def test_says_how_and_how_sure(index: TitleIndex) -> None:
    first, second = index.search("toy")
    assert (first.how, first.confidence) == ("title", 1.0)
    assert (second.how, second.confidence) == ("beginning of the title", 0.9)


def test_limit(index: TitleIndex) -> None:
    assert len(index.search("the", 3)) == 3
    assert [m.code for m in index.search("the", 3)] == [m.code for m in index.search("the", 50)[:3]]
    with pytest.raises(ParameterError, match="limit is 0: ask for at least 1 film"):
        index.search("the", 0)
    with pytest.raises(ParameterError, match="501 characters"):
        index.search("a" * 501)


def test_without_ratings_the_shorter_title_comes_first() -> None:
    index = TitleIndex(["Heat and Dust (1983)", "Heat Wave (1990)"], IdVocabulary([1, 2]))
    assert [match.movie_id for match in index.search("he")] == [2, 1]


@settings(deadline=None)
@given(st.data())
def test_any_beginning_of_a_word_leads_to_the_film(index: TitleIndex, data: st.DataObject) -> None:
    code = data.draw(st.integers(0, len(RAW) - 1))
    word = data.draw(st.sampled_from(words_of(parse_title(RAW[code]).title)))
    size = data.draw(st.integers(min(3, len(word)), len(word)))
    assert code in [match.code for match in index.search(word[:size], len(RAW))]


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.text(max_size=12))
def test_any_text_is_answered(raw: list[str], typed: str) -> None:
    index = TitleIndex(raw, IdVocabulary(range(len(raw))))
    found = index.search(typed, len(raw))
    assert len({match.code for match in found}) == len(found)
    assert [match.code for match in index.search(typed.upper().lower(), 1)] == [
        match.code for match in index.search(typed.upper(), 1)
    ]
