"""Zip files are read within bounds, or refused."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.errors import ArchiveError, FormatError, ParameterError
from matinee.tables.archive import (
    Archive,
    Folder,
    SingleFile,
    line_blocks,
    open_source,
    read_member,
    unpacked_limit,
)


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    buffer.seek(0)
    return buffer


def test_reads_a_member() -> None:
    with Archive(zip_of(("a/b.csv", b"1,2\n"), ("a/", b""))) as archive:
        assert archive.members() == {"a/b.csv": 4}
        assert read_member(archive, "a/b.csv") == b"1,2\n"


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "C:/evil.csv", "..\\evil.csv", "\\evil"],
)
def test_member_that_leads_out_of_its_folder(name: str) -> None:
    with pytest.raises(ArchiveError, match="leads out of its folder; nothing of it was read"):
        Archive(zip_of(("fine.csv", b""), (name, b"x")), name="bad.zip")


def test_member_with_two_dots_in_its_name_is_fine() -> None:
    with Archive(zip_of(("a..b/c...csv", b"x"))) as archive:
        assert read_member(archive, "a..b/c...csv") == b"x"


def test_link() -> None:
    link = zipfile.ZipInfo("ratings.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ArchiveError, match=r"member 'ratings.csv' is a link"):
        Archive(zip_of((link, b"/etc/passwd")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_member_given_twice() -> None:
    with pytest.raises(ArchiveError, match="stands in the archive twice"):
        Archive(zip_of(("a.csv", b"1"), ("a.csv", b"2")))


def test_encrypted_member() -> None:
    data = bytearray(zip_of(("a.csv", b"secret")).getvalue())
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1  # the flag in the central directory
    with pytest.raises(ArchiveError, match="is encrypted"):
        Archive(io.BytesIO(bytes(data)))


def test_declares_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zip_of(("a.csv", b"0" * 600_000), ("b.csv", b"0" * 600_000))
    with pytest.raises(ArchiveError, match=r"1\.2 MB unpacked, more than the limit of 1\.0 MB"):
        Archive(bomb, limit=1_000_000)
    monkeypatch.setenv("MATINEE_MAX_UNPACKED", "1MB")
    with pytest.raises(ArchiveError, match="set MATINEE_MAX_UNPACKED"):
        Archive(bomb)
    monkeypatch.setenv("MATINEE_MAX_UNPACKED", "2MB")
    Archive(bomb).close()


def test_unreadable_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MAX_UNPACKED", "plenty")
    with pytest.raises(ParameterError, match="plenty"):
        unpacked_limit()


def test_member_that_unpacks_to_more_than_it_declares() -> None:
    data = bytearray(zip_of(("a.csv", b"0" * 50_000)).getvalue())
    for magic, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(magic) + offset
        assert struct.unpack("<I", data[at : at + 4]) == (50_000,)
        data[at : at + 4] = struct.pack("<I", 10)
    with (
        Archive(io.BytesIO(bytes(data)), name="lies.zip") as archive,
        pytest.raises(ArchiveError, match=r"lies.zip: member a.csv is damaged"),
    ):
        read_member(archive, "a.csv")


def test_too_many_members() -> None:
    with pytest.raises(ArchiveError, match=r"10,001 members, more than the limit of 10,000"):
        Archive(zip_of(*((str(i), b"") for i in range(10_001))))


def test_truncated_zip(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(zip_of(("a.csv", b"1,2,3\n" * 1000)).getvalue()[:-30])
    with pytest.raises(ArchiveError, match=r"cut\.zip is not a whole zip file .* cut short"):
        open_source(path)


def test_damaged_member_is_found_by_reading_and_by_test() -> None:
    data = bytearray(zip_of(("a.csv", bytes(range(256)) * 50)).getvalue())
    data[60] ^= 0xFF
    with Archive(io.BytesIO(bytes(data)), name="x.zip") as archive:
        with pytest.raises(ArchiveError, match=r"member a\.csv is damaged"):
            read_member(archive, "a.csv")
        with pytest.raises(ArchiveError, match=r"member a\.csv is damaged"):
            archive.test()


def test_whole_zip_passes_the_test() -> None:
    with Archive(zip_of(("a.csv", b"1" * 10_000))) as archive:
        archive.test()


def test_open_source_goes_by_content(tmp_path: Path) -> None:
    disguised = tmp_path / "ratings.csv"
    disguised.write_bytes(zip_of(("r.csv", b"1")).getvalue())
    plain = tmp_path / "plain.csv"
    plain.write_text("1,2,3")
    with open_source(disguised) as source:
        assert isinstance(source, Archive)
    assert isinstance(open_source(tmp_path), Folder)
    assert isinstance(open_source(plain), SingleFile)


def test_text_that_calls_itself_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    path.write_text("<html>not found</html>")
    with pytest.raises(ArchiveError, match="is not a whole zip file"):
        open_source(path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.touch()
    with pytest.raises(FormatError, match=r"nothing\.csv is empty"):
        open_source(path)


def test_folder_leaves_hidden_files_out(tmp_path: Path) -> None:
    for name in ("a.csv", ".hidden", "below/b.csv", ".git/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(Folder(tmp_path).members()) == ["a.csv", "below/b.csv"]


def test_single_file_knows_what_lies_beside_it(tmp_path: Path) -> None:
    for name in ("mine.csv", "movies.csv", "other.csv"):
        (tmp_path / name).write_text(name)
    source = SingleFile(tmp_path / "mine.csv", ("movies.csv", "films.csv"))
    assert list(source.members()) == ["mine.csv", "movies.csv"]
    assert read_member(source, "movies.csv") == b"movies.csv"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 17))
def test_blocks_are_whole_lines_and_lose_nothing(content: bytes, size: int) -> None:
    with Archive(zip_of(("m", content))) as archive:
        blocks = list(line_blocks(archive, "m", size))
    assert b"".join(blocks) == content
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert all(blocks)


def test_no_line_end_at_all(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"x" * (18 * 2**20))
    with pytest.raises(FormatError, match="it is not a text table"):
        list(line_blocks(SingleFile(path), "long", 2**20))
