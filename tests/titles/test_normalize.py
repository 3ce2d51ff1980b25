"""Keys and words: what spellings of one title share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.titles.normalize import (
    Name,
    fold,
    keys_of,
    name_of,
    numbers_in,
    other_numerals,
    same_number,
    words_of,
)

lines = st.text(max_size=30).map(lambda text: " ".join(text.split()))


@pytest.mark.parametrize(
    "spellings",
    [
        ("WALL·E", "Wall-E", "wall e", "WALLE"),
        ("Spider-Man", "spider man", "Spiderman", "SPIDER–MAN"),
        ("Amélie", "Amelie", "AME\u0301LIE"),
        ("M*A*S*H", "MASH", "m.a.s.h."),
        ("Batman & Robin", "Batman and Robin"),
        ("8½", "8 1/2"),
        ("Alien³", "Alien 3"),
        ("Straße", "STRASSE"),
        ("Smørrebrød", "Smorrebrod"),
        ("Schindler's List", "Schindler’s List", "schindlers list"),
        ("L'avventura", "L’Avventura"),
    ],
)
def test_spellings_share_a_key(spellings: tuple[str, ...]) -> None:
    assert len({name_of(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The Matrix", Name("the", "matrix")),
        ("Les Misérables", Name("les", "miserables")),
        ("L'avventura", Name("l", "avventura")),
        ("Die Hard", Name("", "diehard")),
        ("I, Robot", Name("", "irobot")),
        ("A-Team", Name("", "ateam")),
        ("The", Name("", "the")),
        ("The !", Name("", "the")),
        ("♡", Name("", "♡")),
        ("Сталкер", Name("", "сталкер")),
    ],
)
def test_names(title: str, name: Name) -> None:
    assert name_of(title) == name


@given(st.lists(lines, max_size=8))
def test_many_keys_at_once_are_the_single_keys(titles: list[str]) -> None:
    assert keys_of(titles) == [name_of(title).key for title in titles]
    for title, key in zip(titles, keys_of(titles, articles=True), strict=True):
        name = name_of(title)
        assert key in (name.article + name.key, name.key)


@given(lines)
def test_case_does_not_matter(title: str) -> None:
    assert fold(title) == fold(fold(title))
    if title.upper().lower() == title.lower():  # "ı" has no case of its own to come back to
        assert name_of(title.upper()) == name_of(title.lower())


@given(lines)
def test_words_are_the_key_in_pieces(title: str) -> None:
    words = words_of(title)
    name = name_of(title)
    if words:
        assert "".join(words) in (name.key, name.article + name.key)


def test_numbers() -> None:
    assert numbers_in("Star Wars: Episode IV - A New Hope") == ("4",)
    assert numbers_in("Blade Runner 2049") == ("2049",)
    assert numbers_in("Ocean's Eleven") == ()
    assert numbers_in("V for Vendetta") == ()
    assert same_number("20") == ("xx", "twenty")
    assert same_number("21") == ()


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("Rocky 2", "Rocky II"),
        ("Rocky II", "Rocky 2"),
        ("Godfather part 3", "Godfather: Part III"),
        ("Godfather 3", "Godfather: Part III"),
        ("Jaws part 2", "Jaws 2"),
        ("Kill Bill 2", "Kill Bill: Vol. 2"),
        ("Ocean's 11", "Ocean's Eleven"),
        ("The 7 Samurai", "Seven Samurai"),
        ("Star Wars 5", "Star Wars: Episode V"),
    ],
)
def test_numerals_stand_for_each_other(asked: str, title: str) -> None:
    assert name_of(title).key in other_numerals(asked)


def test_without_a_numeral_there_is_no_other_form() -> None:
    assert other_numerals("Heat") == []
    assert other_numerals("I Robot") == []  # the word, not the number
    assert other_numerals("2049 2050") == []
    assert other_numerals("one " * 50) == []
