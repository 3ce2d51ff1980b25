"""The tables behind the index."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matinee.titles.lookup import (
    KeyTable,
    NearTable,
    PrefixTable,
    Titles,
    WordTable,
    head_of,
    names_of,
)
from matinee.titles.parse import segments

RAW = [
    "Matrix, The (1999)",
    "Spider-Man (2002)",
    "Welle, Die (Wave, The) (2008)",
    "Star Wars: Episode IV - A New Hope (1977)",
    "Line\nbreak (1990)",
    "No year",
]

raws = st.lists(
    st.one_of(
        st.text(max_size=25),
        st.text(alphabet="abTheDie ,()'\n", max_size=25).map(lambda text: f"{text} (1999)"),
        st.text(alphabet="ab", min_size=1, max_size=4).map(lambda text: f"{text}, The (2001)"),
    ),
    max_size=6,
)


@given(raws)
def test_the_quick_way_gives_what_the_parser_gives(raw_titles: list[str]) -> None:
    titles = Titles(raw_titles)
    quick = {*zip(titles.keys, titles.owners, strict=True), *titles.extra}
    cuts = [segments(raw) for raw in raw_titles]
    slow = {
        (name.key, 2 * code + alternative)
        for code, cut in enumerate(cuts)
        for _, name, alternative in names_of(cut)
    }
    assert quick == slow
    assert titles.years.tolist() == [cut.year or 0 for cut in cuts]


def test_keys_lead_to_titles_and_alternatives() -> None:
    keys = KeyTable.of_titles(Titles(RAW))
    assert keys.get("matrix") == [0]
    assert keys.get("diewelle") == keys.get("welle") == [4]
    assert keys.get("wave") == [5]
    assert keys.get("linebreak") == [8]
    assert keys.get("nothing") == []
    assert KeyTable([("a", 700), ("a", 900), ("a", 900), ("a", 700)]).get("a") == [700, 900, 700]


def test_parts() -> None:
    titles = Titles(RAW)
    assert KeyTable.of_parts(titles, heads=True).get("starwars") == [6]
    assert KeyTable.of_parts(titles, heads=False).get("newhope") == [6]
    assert head_of("Dr. Strangelove or: How I Learned") == "Dr. Strangelove"
    assert head_of("Heat") == ""


def test_near_keys_come_nearest_first() -> None:
    near = NearTable(["matrix", "matric", "heat", "hate", "a" * 30])
    assert near.near("matrix", 1) == [("matrix", 0), ("matric", 1)]
    assert near.near("heta", 1) == [("heat", 1)]  # swapped neighbours are one edit
    assert near.near("x" * 60, 3) == []
    assert NearTable([]).near("heat", 1) == []


@given(
    st.lists(st.text(alphabet="abc", max_size=6), max_size=20), st.text(alphabet="abc", max_size=6)
)
def test_the_length_window_loses_nothing(keys: list[str], asked: str) -> None:
    from rapidfuzz.distance import OSA

    keys = list(dict.fromkeys(keys))
    within = {key for key in keys if OSA.distance(asked, key) <= 2}
    assert {key for key, _ in NearTable(keys).near(asked, 2)} == within


def test_beginnings_with_and_without_the_article() -> None:
    table = PrefixTable(Titles(RAW))
    assert table.starting("themat").tolist() == table.starting("mat").tolist() == [0]
    assert table.equal("spiderman").tolist() == [2]
    assert table.equal("spider").tolist() == []
    assert table.starting("wel").tolist() == [4]


def test_words_and_their_beginnings() -> None:
    table = WordTable(Titles(RAW), len(RAW))
    assert table.mask(["spiderman"], prefix=False).nonzero()[0].tolist() == [1]
    assert table.mask(["spid"], prefix=False).any() == False  # noqa: E712
    assert table.mask(["spid", "wav"], prefix=True).nonzero()[0].tolist() == [1, 2]
    assert table.near("spidder", 1) == ["spider"]
    assert table.near_beginnings("martix", 2) == ["matrix"]
    assert table.near("zzzz", 1) == []


def test_an_empty_catalogue() -> None:
    titles = Titles([])
    assert KeyTable.of_titles(titles).get("a") == []
    assert WordTable(titles, 0).mask(["a"], prefix=True).tolist() == []
    assert PrefixTable(titles).starting("a").tolist() == []
