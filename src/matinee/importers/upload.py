"""A file that somebody hands in, opened within bounds: it may come from anywhere.

No more than :data:`MAX_BYTES` of a file are read, and no more come out of a zip file; nothing is
unpacked to the disk.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from matinee.datasets.archive import Archive, ByteReader
from matinee.errors import ArchiveError, FormatError
from matinee.memory import format_bytes

__all__ = ["MAX_BYTES", "MAX_ROWS", "Source", "Upload", "open_upload"]

MAX_BYTES = 32 * 2**20
"""Most bytes of a file, and most bytes that a zip file may unpack to."""
MAX_ROWS = 100_000
"""Most rows of an import: thirty films a day for nine years."""

Source: TypeAlias = "str | os.PathLike[str] | bytes"

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVES = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
_ARCHIVE_SUFFIXES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
_DIRECTORY_BYTES = 2**20
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 2**16
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20


@dataclass
class Upload:
    """One file, or the members of a zip file.

    Attributes
    ----------
    name : str
        What to call it in messages.
    members : dict of str to int
        Name and declared size in bytes of each file.
    """

    name: str
    members: dict[str, int]
    _data: bytes
    _archive: Archive | None = None

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip file."""
        return self._archive is not None

    @contextmanager
    def open(self, member: str) -> Iterator[ByteReader]:
        """Open one member for reading bytes.

        Raises
        ------
        ArchiveError
            If it is damaged, or an archive itself.
        """
        if self._archive is None:
            yield io.BytesIO(self._data)
            return
        with self._archive.open(member) as file:
            if file.read(8).startswith(_ARCHIVES):
                raise _nested(self.name, member)
        with self._archive.open(member) as file:
            yield file

    def read(self, member: str) -> bytes:
        """All bytes of one member."""
        with self.open(member) as file:
            return file.read()


@contextmanager
def open_upload(source: Source, name: str = "") -> Iterator[Upload]:
    """Open a path, or bytes that were handed in.

    Parameters
    ----------
    source : path-like or bytes
    name : str
        The name of the file that the bytes come from; of a path, the path's own.

    Raises
    ------
    FormatError
        If it is empty, too large or no regular file.
    ArchiveError
        If a zip file is damaged, encrypted, nested, too large, or its members lead out of it.
    """
    if isinstance(source, bytes):
        data, name = source, name or "the file"
    else:
        path = Path(source)
        name = name or path.name
        data = _read(path)
    if not data:
        raise FormatError(f"{name} is empty; choose the file that the other service gave you")
    if len(data) > MAX_BYTES:
        raise FormatError(
            f"{name} is larger than {format_bytes(MAX_BYTES)}, the limit of an import: that is "
            f"more than one person's films; use `matinee train --data` for those of many people"
        )
    if data[:4] not in _ZIP_MAGIC:
        if data.startswith(_ARCHIVES):
            raise ArchiveError(f"{name} is an archive, but no zip file: unpack it first")
        yield Upload(name, {PurePosixPath(name.replace("\\", "/")).name: len(data)}, data)
        return
    _check_directory(data, name)
    with Archive(io.BytesIO(data), name=name, limit=2**63) as archive:
        members = archive.members()
        total = sum(members.values())
        if total > MAX_BYTES:
            raise ArchiveError(
                f"{name} unpacks to {format_bytes(total)}, more than the limit of "
                f"{format_bytes(MAX_BYTES)} for an import; nothing of it was read"
            )
        for member in members:
            if member.lower().endswith(_ARCHIVE_SUFFIXES):
                raise _nested(name, member)
        yield Upload(name, members, data, archive)


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise FormatError(f"{path} is a folder; give one file of it, or the zip file it came in")
    if path.exists() and not path.is_file():
        raise FormatError(f"{path} is no regular file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _check_directory(data: bytes, name: str) -> None:
    """Refuse a zip file whose table of contents alone would fill the memory.

    Python reads all of the table before anybody can count its entries. Its size stands in the
    record at the end, which is found here as :mod:`zipfile` finds it.
    """
    at = len(data) - _END_SIZE
    if data[at : at + 4] != _END or data[-2:] != b"\0\0":
        at = data.rfind(_END, max(0, len(data) - _LONGEST_COMMENT - _END_SIZE))
    if at < 0 or at + _END_SIZE > len(data):
        raise ArchiveError(
            f"{name} is not a whole zip file: it may have been cut short; download or copy it again"
        )
    (size,) = struct.unpack_from("<I", data, at + 12)
    extended = data[max(0, at - _LOCATOR_SIZE) : at].startswith(_LOCATOR)
    if size > _DIRECTORY_BYTES or extended:
        raise ArchiveError(
            f"{name} has a table of contents beyond {format_bytes(_DIRECTORY_BYTES)}: that is no "
            f"export of one person; nothing of it was read"
        )


def _nested(name: str, member: str) -> ArchiveError:
    return ArchiveError(
        f"{name} holds another archive, {member!r}: unpack {name} and import what is in it; "
        f"nothing of it was read"
    )
