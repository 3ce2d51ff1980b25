"""How somebody's file is written is found out from its first lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from matinee.datasets.archive import SingleFile
from matinee.datasets.rows import RowFormat
from matinee.datasets.sniff import separator_of, sniff
from matinee.errors import FormatError


def format_of(text: str, folder: Path) -> RowFormat:
    path = folder / "r.csv"
    path.write_text(text, newline="")
    return sniff(SingleFile(path), path.name, {})


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
    ],
)
def test_separator(lines: list[str], separator: str) -> None:
    assert separator_of(lines, "r.csv") == separator


def test_no_separator() -> None:
    with pytest.raises(FormatError, match=r"r\.csv is no table of ratings: its first line 'a,b'"):
        separator_of(["a,b"], "r.csv")


def test_header_is_a_line_without_numbers(tmp_path: Path) -> None:
    assert format_of("user,movie,rating\n1,2,3\n", tmp_path).header
    assert not format_of("ann,heat,3\n", tmp_path).header


def test_first_row_without_header_may_be_wrong(tmp_path: Path) -> None:
    found = format_of("1,2,3,4,5\n1,2,3,4\n1,2,3,4\n", tmp_path)
    assert found.names == ("1", "2", "3", "4")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "22", "-3"], "int64"),
        (["1", "2", "x"], "int64"),
        (["tt1", "tt2", "3"], "text"),
        (["1.0", "2.", "3"], "whole"),
        (["", "", "7"], "int64"),
    ],
)
def test_kind_of_ids(values: list[str], kind: str, tmp_path: Path) -> None:
    text = "user,movie,rating\n" + "".join(f"{value},1,5\n" for value in values)
    assert format_of(text, tmp_path).kinds["user"] == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["964982703"], "seconds"),
        (["964982703.5"], "moment"),
        (["964982703000"], "millis"),
        (["2001-01-01"], "date"),
        (["964982703", "soon", "964982703"], "seconds"),
    ],
)
def test_kind_of_times(values: list[str], kind: str, tmp_path: Path) -> None:
    text = "user,movie,rating,time\n" + "".join(f"1,1,5,{value}\n" for value in values)
    assert format_of(text, tmp_path).kinds["timestamp"] == kind
