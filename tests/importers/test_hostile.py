"""Files that mean harm, or only went wrong: refused with a clear word, within bounded memory."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.importers.files import RATINGS, as_json, trakt, zipped

from matinee.errors import ArchiveError, FormatError, MatineeError
from matinee.importers import MAX_BYTES, read

HEAD = "Date,Name,Year,Letterboxd URI,Rating\n"
MOST_MEMORY = 8 * MAX_BYTES


@pytest.fixture(autouse=True)
def _bounded() -> Iterator[None]:
    """Whatever is read, memory stays within a few times the largest file allowed."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY


def test_zip_bomb() -> None:
    bomb = zipped({"ratings.csv": b"\0" * (2 * MAX_BYTES)})
    assert len(bomb) < 100_000
    with pytest.raises(ArchiveError, match=r"unpacks to 67\.1 MB, more than the limit of 33\.6 MB"):
        read(bomb)


def test_zip_that_declares_less_than_it_holds() -> None:
    good = zipped({"ratings.csv": HEAD.encode() + b"x" * 10**6})
    lying = good.replace((len(HEAD) + 10**6).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    assert lying != good
    with pytest.raises(MatineeError, match=r"member ratings\.csv"):
        read(lying)


def test_zip_with_a_table_of_contents_that_fills_the_memory() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}.csv", b"")
    with pytest.raises(ArchiveError, match=r"table of contents beyond 1\.0 MB"):
        read(stream.getvalue())


@pytest.mark.parametrize("inner", ["more.zip", "deleted/x.tar.gz", "ratings.csv"])
def test_nested_archives(inner: str) -> None:
    members: dict[str, str | bytes] = {"watched.csv": HEAD, inner: zipped({"ratings.csv": RATINGS})}
    with pytest.raises(ArchiveError, match=rf"holds another archive, '{inner}': unpack"):
        read(zipped(members))


def test_archives_that_are_no_zip() -> None:
    with pytest.raises(FormatError, match=r"me\.7z is a 7-Zip archive: unpack it first"):
        read(b"7z\xbc\xaf\x27\x1crest", "me.7z")
    with pytest.raises(ArchiveError, match=r"me\.gz is damaged"):
        read(b"\x1f\x8b\x08rest", "me.gz")


def test_packed_files_have_the_same_bound() -> None:
    assert len(read(gzip.compress(RATINGS.encode()), "ratings.csv.gz").rows) == 3
    with pytest.raises(ArchiveError, match=r"me\.gz unpacks to more than the limit"):
        read(gzip.compress(b"title\n" + b"x\n" * (MAX_BYTES // 2)), "me.gz")


@pytest.mark.parametrize("name", ["../ratings.csv", "/etc/ratings.csv", "a\\..\\ratings.csv"])
def test_paths_that_escape(name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out of its folder; nothing of it was read"):
        read(zipped({name: RATINGS}))


def test_zip_cut_short() -> None:
    with pytest.raises(ArchiveError, match="not a whole zip file"):
        read(zipped({"ratings.csv": RATINGS})[:-30])


def test_a_million_rows() -> None:
    text = HEAD + "2024-05-01,Heat,1995,u,4\n" * 10**6
    with pytest.raises(FormatError, match=r"more than 100,000 rows, the limit of an import"):
        read(text.encode(), "ratings.csv")
    with pytest.raises(FormatError, match=r"more than 100,000 rows"):
        read(zipped({"ratings.csv": text}))


def test_the_largest_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.importers.services.MAX_ROWS", 50)
    text = HEAD + "2024-05-01,Heat,1995,u,4\n" * 50
    assert len(read(text.encode(), "ratings.csv").rows) == 50
    with pytest.raises(FormatError, match=r"more than 50 rows"):
        read((text + "2024-05-01,Heat,1995,u,4\n").encode(), "ratings.csv")


def test_too_many_entries_of_json() -> None:
    data = b"[" + b",".join([b'{"movie":{}}'] * 200_000) + b"]"
    with pytest.raises(FormatError, match=r"has 200,000 entries, more than the limit of 100,000"):
        read(data, "ratings.json")


@pytest.mark.parametrize("data", [b"[[],", b'{"a":1},', b"1,", b'"",', b"1.5,"])
def test_json_of_many_small_values(data: bytes) -> None:
    text = b"[" + data * (MAX_BYTES // len(data) - 2) + b"0]"
    with pytest.raises(FormatError, match=r"too many values"):
        read(text, "ratings.json")


@pytest.mark.parametrize("opening", [b"[", b'{"movie":'])
def test_deep_json(opening: bytes) -> None:
    with pytest.raises(FormatError, match=r"brackets more than 16 deep"):
        read(b"[" + opening * 10**6, "ratings.json")


def test_brackets_within_texts_are_no_depth() -> None:
    movie = {"title": '[[[[[[[[[[[[[[[[[[[ \\" {{{{{{{', "year": 1995, "ids": {}}
    assert len(read(as_json([trakt(movie=movie)])).rows) == 1


@pytest.mark.parametrize(
    "data",
    [b'[{"movie": NaN}]', b"[1" + b"0" * 5000 + b"]", b'[{"movie": ', b'["\xff"]', b'["\\ud800'],
)
def test_broken_json(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"ratings\.json"):
        read(data, "ratings.json")


def test_giant_texts_of_json() -> None:
    found = read(as_json([trakt(movie={"title": "x" * 10**6})]), "ratings.json")
    assert found.skipped[0].reason == "a title of 1,000,000 characters, more than 300"


@pytest.mark.parametrize(
    "rows",
    [
        "2024-05-01," + "x" * 10**6 + ",1995,u,4\n",
        '2024-05-01,"' + "x\n" * 90_000,
        "," * 10**7,
        '"a\n",' * 10**5,
    ],
    ids=["field", "open quote", "commas", "lines in quotes"],
)
def test_giant_fields_and_rows(rows: str) -> None:
    with pytest.raises(FormatError, match=r"longer than 131 kB|field limit"):
        read((HEAD + rows).encode(), "ratings.csv")


@pytest.mark.parametrize("head", [HEAD.replace(",", ",\x00"), "," * 1000])
def test_odd_first_lines(head: str) -> None:
    with pytest.raises(FormatError, match=r"ratings\.csv"):
        read(head.encode(), "ratings.csv")


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(coding: str) -> None:
    data = (HEAD + "2024-05-01,Amélie,2001,u,4\n").encode(coding)
    assert read(data, "ratings.csv").rows[0].title == "Amélie"


def test_latin_1_far_into_the_file() -> None:
    text = (HEAD + "2024-05-01,Heat,1995,u,4\n" * 50_000).encode() + b"2024-05-01,L\xe9on,1994,u,4"
    assert read(text, "ratings.csv").rows[-1].title == "Léon"


def test_letters_of_several_bytes_across_the_pieces() -> None:
    text = HEAD + "".join(f"2024-05-01,{'é' * (n % 7)}日本 {n},1995,u,4\n" for n in range(5000))
    titles = [row.title for row in read(text.encode(), "ratings.csv").rows]
    assert titles == [f"{'é' * (n % 7)}日本 {n}" for n in range(5000)]


def test_files_too_large_empty_or_none(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES * 100)
    with pytest.raises(FormatError, match=r"large\.csv is larger than 33\.6 MB, the limit"):
        read(large)
    with pytest.raises(FormatError, match=r"the file is empty"):
        read(b"")
    with pytest.raises(FormatError, match=r"is a folder; give one file of it"):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.csv")


def test_unclosed_quote_and_repeated_column() -> None:
    with pytest.raises(FormatError, match=r"ratings\.csv, from line 2 on: unexpected end of data"):
        read((HEAD + '2024-05-01,"Heat,1995,u,4\n').encode(), "ratings.csv")
    with pytest.raises(FormatError, match=r"has the column 'name' twice"):
        read(HEAD.replace("Year", "Name").encode(), "ratings.csv")
