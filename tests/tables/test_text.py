"""How somebody's file is written is found out from its first lines."""

from __future__ import annotations

import pytest

from matinee.errors import FormatError
from matinee.tables.archive import open_source
from matinee.tables.ratings import describe
from matinee.tables.text import TextFormat, blocks, open_table, rows_of, sniff


def format_of(text: str | bytes, name: str = "r.csv", least: int = 2) -> TextFormat:
    data = text.encode() if isinstance(text, str) else text
    return sniff(open_source(data, name=name), name, least=least)


def rows(text: str | bytes, name: str = "r.csv") -> list[list[str]]:
    data = text.encode() if isinstance(text, str) else text
    source = open_source(data, name=name)
    form = sniff(source, name)
    return [row for block, _ in blocks(source, name, form) for _, row in rows_of(block, form)]


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        (["1,2,3"], ","),
        (["1::2::3::4"], "::"),
        (["1\t2\t3"], "\t"),
        (["a;b;c", "1;x,y,z;3"], ";"),
        (["user,movie,rating", '1,"a;b;c",3'], ","),
        (["1,2,3", "1,2", "1,2,3", "1,2,3"], ","),
        (["a|b|c"], "|"),
        (["1 10 4", "2  10 3"], " "),
        (["title,rating", "The Third Man,4.5"], ","),
        (["userId\tmovieId\trating", "1\t10\t4,5"], "\t"),
    ],
)
def test_separator(lines: list[str], separator: str) -> None:
    assert format_of("\n".join(lines)).separator == separator


def test_no_separator() -> None:
    with pytest.raises(FormatError, match=r"r\.csv is no table: its first line 'some words here'"):
        format_of("some words here\n")


def test_lines_above_the_names() -> None:
    assert rows("sep=;\na;b\n1;2\n") == [["1", "2"]]
    assert rows("# exported 2024\na,b\n1,2\n") == [["1", "2"]]
    assert rows("% sym\n% 3 2 2\n1 10 4\n2 10 3\n") == [["1", "10", "4"], ["2", "10", "3"]]
    assert format_of("#user,movie\n1,2\n").names == ("user", "movie")


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(coding: str) -> None:
    assert rows("film,stars\nAmélie,4\nLéon,5\n".encode(coding)) == [["Amélie", "4"], ["Léon", "5"]]


def test_bytes_that_are_not_utf_8_are_latin_1() -> None:
    assert rows("film,stars\nAmélie – Le film,4\n".encode("cp1252")) == [["Amélie – Le film", "4"]]


def test_carriage_returns_alone() -> None:
    assert rows("a,b\r1,2\r3,4\r") == [["1", "2"], ["3", "4"]]


def test_quotes_within_tab_separated_cells() -> None:
    text = 'user\tfilm\tstars\n1\t"Crocodile" Dundee\t4\n2\t12" of Snow\t3\n'
    assert rows(text) == [["1", '"Crocodile" Dundee', "4"], ["2", '12" of Snow', "3"]]
    assert rows('user\tfilm\n1\t"a\tb"\n') == [["1", "a\tb"]]


def test_line_ends_within_quotes_cross_blocks() -> None:
    text = "film,review\n" + "".join(f'{n},"line one\nline {n}"\n' for n in range(20_000))
    data = text.encode()
    source = open_source(data, name="r.csv")
    form = sniff(source, "r.csv")
    found = [
        row for block, _ in blocks(source, "r.csv", form, 4096) for _, row in rows_of(block, form)
    ]
    assert found == [[str(n), f"line one\nline {n}"] for n in range(20_000)]


def test_names_that_carry_a_type_and_names_of_rows() -> None:
    assert format_of("user_id:token\titem_id:token\n1\t2\n").names == ("user_id", "item_id")
    assert format_of("user,item\nr1,1,2\nr2,3,4\n").names == ("", "user", "item")


def test_json_lines_and_the_netflix_prize() -> None:
    assert rows('{"a":"x","b":5.0}\n{"a":"y, z","c":null}\n') == [
        ["x", "5.0", ""],
        ["y, z", "", ""],
    ]
    text = "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n885013,4,2005-10-19\n"
    assert rows(text) == [
        ["1", "1488844", "3", "2005-09-06"],
        ["1", "822109", "5", "2005-05-13"],
        ["2", "885013", "4", "2005-10-19"],
    ]


def test_tables_have_bounds() -> None:
    source = open_source(b"a,b\n1,2\n3,4\n", name="r.csv")
    assert [line for line, _ in open_table(source, "r.csv", most=2).rows] == [2, 3]
    with pytest.raises(FormatError, match="more than 1 rows"):
        list(open_table(source, "r.csv", most=1).rows)


def test_header_is_a_line_without_numbers() -> None:
    assert format_of("user,movie,rating\n1,2,3\n").header
    assert not format_of("ann,heat,3\n").header


def test_first_row_without_header_may_be_wrong() -> None:
    found = format_of("1,2,3,4,5\n1,2,3,4\n1,2,3,4\n")
    assert found.names == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "22", "-3"], "int64"),
        (["1", "2", "x"], "int64"),
        (["tt1", "tt2", "3"], "text"),
        (["1.0", "2.0", "3"], "int64"),
        (["", "", "7"], "int64"),
    ],
)
def test_kind_of_ids(values: list[str], kind: str) -> None:
    text = "user,movie,rating\n" + "".join(f"{value},1,5\n" for value in values)
    assert describe(open_source(text.encode(), name="r.csv"), "r.csv", {}).kinds["user"] == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["964982703"], "seconds"),
        (["964982703.5"], "moment"),
        (["964982703000"], "millis"),
        (["1572957180000000"], "micros"),
        (["1572957180000000000"], "nanos"),
        (["20191105"], "date"),
        (["2001-01-01"], "date"),
        (["964982703", "soon", "964982703"], "seconds"),
    ],
)
def test_kind_of_times(values: list[str], kind: str) -> None:
    text = "user,movie,rating,time\n" + "".join(f"1,1,5,{value}\n" for value in values)
    found = describe(open_source(text.encode(), name="r.csv"), "r.csv", {})
    assert found.kinds["timestamp"] == kind
