"""Tags are counted by people, without case."""

from __future__ import annotations

from pathlib import Path

import pytest

from matinee.catalog import TagCounts
from matinee.datasets.films import read_tags
from matinee.errors import BadRowError, FormatError
from matinee.ids import IdVocabulary
from matinee.tables.archive import Folder
from matinee.tables.problems import Problems

HEADER = "userId,movieId,tag,timestamp\n"


def tags(
    folder: Path, content: str, problems: Problems | None = None, name: str = "tags.csv"
) -> TagCounts:
    (folder / name).write_bytes(content.encode())
    films = IdVocabulary([10, 20])
    return read_tags(Folder(folder), name, films, problems or Problems())


def test_each_person_counts_once(tmp_path: Path) -> None:
    rows = "1,20,Dark,1\n1,20, dark ,2\n2,20,DARK,3\n2,10,funny,4\n2,20,a,5\n3,77,lost,6\n"
    found = tags(tmp_path, HEADER + rows)
    assert found.of(1) == [("dark", 2), ("a", 1)]
    assert found.of(0) == [("funny", 1)]
    assert list(found.names) == ["a", "dark", "funny"]
    assert found.movies.tolist() == [0, 1, 1]
    assert {column.dtype.name for column in (found.movies, found.tags, found.counts)} == {"int32"}


def test_empty_tags_are_passed_over(tmp_path: Path) -> None:
    assert tags(tmp_path, HEADER + '1,10,,1\n1,10,"  ",1\n').names == ()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_quotes_commas_and_byte_order_mark(ending: str, tmp_path: Path) -> None:
    text = "\ufeff" + (HEADER + '1,10,"so ""good"", really",1\n').replace("\n", ending)
    assert tags(tmp_path, text).of(0) == [('so "good", really', 1)]


def test_letters_of_all_languages(tmp_path: Path) -> None:
    found = tags(tmp_path, HEADER + "1,10,ÉTÉ,1\n2,10,été,1\n1,10,zombie,1\n1,10,日本,1\n")
    assert found.of(0) == [("été", 2), ("zombie", 1), ("日本", 1)]


def test_ml_10m(tmp_path: Path) -> None:
    found = tags(tmp_path, "15::10::Excellent!::1215184630\n", name="tags.dat")
    assert found.of(0) == [("excellent!", 1)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,10,dark\n", "line 3: 3 columns where 4 are expected"),
        ("x,10,dark,1\n", "line 3, column userId: not a number: 'x'"),
        ("1,10,dark,when\n", "line 3, column timestamp: not a number: 'when'"),
    ],
)
def test_wrong_rows(row: str, message: str, tmp_path: Path) -> None:
    content = HEADER + "1,10,fine,1\n" + row
    with pytest.raises(BadRowError, match=message):
        tags(tmp_path, content)
    problems = Problems(skip=True)
    assert tags(tmp_path, content, problems).names == ("fine",)
    assert problems.counts.total() == 1


def test_other_columns(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="must have the columns userId, movieId, tag"):
        tags(tmp_path, "a,b,c,d\n1,2,3,4\n")
