"""Raw titles taken apart."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.titles import ParsedTitle, parse_title
from matinee.titles.parse import join_article, split_article


@pytest.mark.parametrize(
    ("raw", "title", "year", "alternatives"),
    [
        ("Matrix, The (1999)", "The Matrix", 1999, ()),
        ("The Matrix", "The Matrix", None, ()),
        ("Impossible, The (Imposible, Lo) (2012)", "The Impossible", 2012, ("Lo Imposible",)),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "The City of Lost Children",
            1995,
            ("La Cité des enfants perdus",),
        ),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", 1995, ("Se7en",)),
        ("Ten Canoes (aka: 10 Canoes) (2006)", "Ten Canoes", 2006, ("10 Canoes",)),
        ("Boot, Das (Boat, The) (1981)", "Das Boot", 1981, ("The Boat",)),
        ("Misérables, Les (1995)", "Les Misérables", 1995, ()),
        ("Avventura, L' (a.k.a. Adventure, The) (1960)", "L'Avventura", 1960, ("The Adventure",)),
        ("Godfather: Part III, The (1990)", "The Godfather: Part III", 1990, ()),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968, ()),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009, ()),
        ("Assassin(s) (1997)", "Assassin(s)", 1997, ()),
        ("You Are (Not) Alone (2007)", "You Are (Not) Alone", 2007, ()),
        ("1984 (1984)", "1984", 1984, ()),
        ("1984", "1984", None, ()),
        ("(1999)", "(1999)", None, ()),
        ("Blade Runner 2049", "Blade Runner 2049", None, ()),
        ("Fight (3000)", "Fight", None, ("3000",)),
        ("  Skokie\u00a0(1981)  ", "Skokie", 1981, ()),
        ("Deadly Advice(1994)", "Deadly Advice", 1994, ()),
        ("Mona (Mona ja palava) (1983))", "Mona", 1983, ("Mona ja palava",)),
        ("Remélem :) (2018)", "Remélem :)", 2018, ()),
        ("The Naked Truth (1957) (Your Past)", "The Naked Truth", 1957, ("Your Past",)),
        ("Every Man (Slow) (Sauve (la vie)) (1980)", "Every Man", 1980, ("Slow", "Sauve (la vie)")),
        ("Ah Boys To Men (Part 1) (2012)", "Ah Boys To Men (Part 1)", 2012, ()),
        ("Birdman: Or (The Virtue) (2014)", "Birdman: Or (The Virtue)", 2014, ()),
        ("Centipede II (Full Sequence), The (2011)", "The Centipede II", 2011, ("Full Sequence",)),
        ("Die, Mommie, Die (2003)", "Die, Mommie, Die", 2003, ()),
        ("Good Bye, Lenin! (2003)", "Good Bye, Lenin!", 2003, ()),
        ('"Great Performances" Cats (1998)', '"Great Performances" Cats', 1998, ()),
        ("", "", None, ()),
    ],
)
def test_raw_titles(raw: str, title: str, year: int | None, alternatives: tuple[str, ...]) -> None:
    parsed = parse_title(raw)
    assert (parsed.title, parsed.year, parsed.alternatives) == (title, year, alternatives)


def test_years_of_a_range() -> None:
    closed, still_open = parse_title("Death Note (2006–2007)"), parse_title("Series (2001-)")
    assert (closed.year, closed.last_year, closed.years) == (2006, 2007, "2006–2007")
    assert (still_open.year, still_open.last_year, still_open.years) == (2001, None, "2001–")
    assert parse_title("Heat (1995)").last_year == 1995
    assert parse_title("Backwards (2007-2006)").year is None


def test_mark_behind_the_year() -> None:
    parsed = parse_title("Land Before Time III: The Time of the Great Giving (1995) (V)")
    assert (parsed.year, parsed.mark, parsed.alternatives) == (1995, "V", ())
    assert parsed.label == "Land Before Time III: The Time of the Great Giving (1995)"


def test_label_and_text() -> None:
    parsed = parse_title("Seven (a.k.a. Se7en) (1995)")
    assert parsed.label == "Seven (1995)"
    assert str(parsed) == "Seven (Se7en) (1995)"
    assert ParsedTitle("Léon").label == "Léon"


@pytest.mark.parametrize("article", ["The", "Les", "Der", "L'", "Een"])
def test_article_moves_there_and_back(article: str) -> None:
    moved = split_article(f"Matrix, {article}")
    if article == "Een":
        assert moved == ("", "Matrix, Een")
    else:
        assert moved == (article, "Matrix")
        assert join_article(*moved).startswith(article)


titles = st.text(
    alphabet=st.one_of(
        st.sampled_from("()()[] ,,'’–-:.!19a20TheLa"),
        st.characters(codec="utf-8", max_codepoint=0x2FFF),
    ),
    max_size=40,
)


@given(titles)
def test_what_was_parsed_parses_to_the_same(raw: str) -> None:
    parsed = parse_title(raw)
    assert parse_title(str(parsed)) == parsed


@given(titles)
def test_no_letter_is_lost(raw: str) -> None:
    """Except those of "a.k.a.", everything that is no blank or bracket comes back."""
    parsed = parse_title(raw)

    def letters(text: str) -> list[str]:
        return sorted(char for char in text if char.isalpha())

    if "k" not in raw.lower():
        assert letters(str(parsed)) == letters(raw)


@given(
    st.text(max_size=30).filter(lambda text: "(" not in text and ")" not in text),
    st.integers(1870, 2100),
)
def test_the_year_is_read_off(title: str, year: int) -> None:
    parsed = parse_title(f"{title} ({year})")
    if title.strip():
        assert (parsed.year, parsed.last_year) == (year, year)
    else:
        assert parsed.year is None


def test_all_real_titles_parse_to_the_same(ml_25m_catalog: Path) -> None:
    with zipfile.ZipFile(ml_25m_catalog) as archive, archive.open("ml-25m/movies.csv") as file:
        raw = [row["title"] for row in csv.DictReader(io.TextIOWrapper(file, "utf-8"))]
    parsed = [parse_title(title) for title in raw]
    assert [title for title, p in zip(raw, parsed, strict=True) if parse_title(str(p)) != p] == []
    without_year = sum(p.year is None for p in parsed)
    assert without_year == 409  # these have none in the file
    assert sum(bool(p.alternatives) for p in parsed) > 4_500
