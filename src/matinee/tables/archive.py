"""Folders, archives, single files and bytes as one thing: named members, read within bounds.

Nothing is unpacked to disk. A zip file is checked when it is opened, by what it declares, and again
while its members are inflated, by what really comes out; gzip and Zstandard by what comes out.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Protocol, Self, TypeAlias, cast

from matinee.errors import ArchiveError, FormatError
from matinee.memory import format_bytes, parse_bytes

__all__ = [
    "DEFAULT_LIMIT",
    "Archive",
    "ByteReader",
    "FileSource",
    "Folder",
    "SingleFile",
    "Source",
    "line_blocks",
    "open_source",
    "read_member",
    "unpacked_limit",
]

DEFAULT_LIMIT = 4 * 10**9
"""Most bytes that an archive may unpack to, unless ``MATINEE_MAX_UNPACKED`` sets another bound."""

LIMIT_VARIABLE = "MATINEE_MAX_UNPACKED"
BLOCK_BYTES = 2**21
FileSource: TypeAlias = "str | os.PathLike[str] | bytes"

_PIECE_BYTES = 2**18
_MAX_MEMBERS = 10_000
_MAX_RATIO, _SMALL = 200, 256 * 10**6  # rating files shrink to a fifth; a bomb to a thousandth
_LONGEST_LINE = 16 * 2**20
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_BYTES = 2**20
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 2**16
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PACKED = {_GZIP: (".gz", ".gzip"), _ZSTD: (".zst", ".zstd")}
_OTHERS = {
    b"BZh": "a bzip2 archive: unpack it first",
    b"\xfd7zXZ": "an xz archive: unpack it first",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it first",
    b"Rar!": "a RAR archive: unpack it first",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV UTF-8",
    b"SQLite format 3": "a database of SQLite: export its table of ratings as CSV",
    b"\x89HDF": "an HDF5 file: save its table of ratings as CSV or Parquet",
    b"%PDF": "a PDF document: a table as CSV is needed",
}
_ARCHIVE_SUFFIXES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


class _Closing:
    """What can be used in a ``with`` statement."""

    def close(self) -> None:
        """Release it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class ByteReader(Protocol):
    """What an open member can do, as any binary file can."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most `size` of them."""

    def close(self) -> None:
        """Release the file."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class Source(_Closing):
    """Where files come from: a folder, an archive, one file, or bytes."""

    path: Path

    def members(self) -> dict[str, int]:
        """Name and size in bytes of each file, names relative with forward slashes."""
        raise NotImplementedError

    def open(self, member: str) -> ByteReader:
        """Open one file for reading bytes; the caller closes it."""
        raise NotImplementedError


class Folder(Source):
    """The files of a folder and its folders, hidden ones left out."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def members(self) -> dict[str, int]:
        """Name and size in bytes of each file."""
        found: dict[str, int] = {}
        for folder, folders, files in os.walk(self.path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = Path(folder) / name
                if not name.startswith(".") and path.is_file():
                    found[path.relative_to(self.path).as_posix()] = path.stat().st_size
                if len(found) > _MAX_MEMBERS:
                    raise FormatError(
                        f"{self.path} holds more than {_MAX_MEMBERS:,} files: "
                        f"name the folder that holds the rating files"
                    )
        return found

    def open(self, member: str) -> ByteReader:
        """Open one file."""
        return (self.path / member).open("rb")


class SingleFile(Source):
    """One file that is not a zip, and the tables of films and the like that lie beside it.

    Parameters
    ----------
    path : pathlib.Path
    beside : collection of str
        Names of files in the same folder that belong to it, where they are there.
    data : bytes, optional
        The file itself, where it is in memory.
    packing : bytes
        How it is packed: the first bytes of gzip or Zstandard; empty if it is not.
    limit : int, optional
        Most bytes that it may unpack to; see :class:`Archive`.
    """

    def __init__(
        self,
        path: Path,
        beside: Collection[str] = (),
        *,
        data: bytes | None = None,
        packing: bytes = b"",
        limit: int | None = None,
    ) -> None:
        self.path = path
        self._data, self._packing = data, packing
        self._limit = unpacked_limit() if limit is None else limit
        name = path.name
        if path.suffix.lower() in _PACKED.get(packing, ()):
            name = path.stem
        self._files = {name: path}
        if data is None:
            self._files |= {other: path.with_name(other) for other in beside if other != name}

    def members(self) -> dict[str, int]:
        """Name and size in bytes of each file, the one that was named first."""
        if self._data is not None:
            return dict.fromkeys(self._files, len(self._data))
        return {name: path.stat().st_size for name, path in self._files.items() if path.is_file()}

    def open(self, member: str) -> ByteReader:
        """Open one of the files."""
        path = self._files[member]
        file: IO[bytes] = path.open("rb") if self._data is None else io.BytesIO(self._data)
        if not self._packing or path != self.path:
            return file
        unpacked = gzip.GzipFile(fileobj=file) if self._packing == _GZIP else _Zstandard(file)
        limit = min(self._limit, max(_SMALL, _MAX_RATIO * self.members()[member]))
        return _Unpacked(cast("IO[bytes]", unpacked), file, path.name, limit)


def _new_frame() -> Any:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


class _Zstandard:
    """Unpacks Zstandard in small steps, and tells a file that was cut short."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._rest, self._frame = file, b"", _new_frame()

    def read(self, size: int) -> bytes:
        pieces, length = [self._rest], len(self._rest)
        while length < size:
            packed = self._frame.unused_data or self._file.read(1024)
            if not packed:
                if not self._frame.eof:
                    raise EOFError("it ends before its last frame does")
                break
            if self._frame.eof:  # a file may be of several frames
                self._frame = _new_frame()
            pieces.append(self._frame.decompress(packed))
            length += len(pieces[-1])
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]

    def close(self) -> None:
        self._file.close()


class _Unpacked(_Closing):
    """A packed file as it is unpacked: bounded, and damage is an :class:`ArchiveError`."""

    def __init__(self, file: IO[bytes], packed: IO[bytes], name: str, limit: int) -> None:
        self._file, self._packed, self._name, self._left = file, packed, name, limit

    def read(self, size: int = -1) -> bytes:
        most = self._left + 1 if size < 0 else min(size, self._left + 1)
        try:
            data = self._file.read(most)
        except Exception as error:  # each library has errors of its own
            raise ArchiveError(
                f"{self._name} is damaged ({error}): download or copy it again"
            ) from error
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(
                f"{self._name} unpacks to more than the limit (4 GB, or {LIMIT_VARIABLE}, and "
                f"200 times its size): unpack it yourself if you trust it"
            )
        return data

    def close(self) -> None:
        self._file.close()
        self._packed.close()


class Archive(Source):
    """A zip file whose members can be read safely.

    Parameters
    ----------
    file : path-like or binary file
        The zip.
    name : str, optional
        What to call it in messages; the path if not given.
    limit : int, optional
        Most bytes that all members together may unpack to. By default the environment variable
        ``MATINEE_MAX_UNPACKED`` (such as ``8GB``), or 4 GB.

    Raises
    ------
    ArchiveError
        If the file is not a whole zip, if a member's name leads out of its folder, is given twice
        or is a link, if a member is encrypted, or if the members declare more bytes than the limit.
    """

    def __init__(
        self, file: str | os.PathLike[str] | IO[bytes], *, name: str = "", limit: int | None = None
    ) -> None:
        self.path = Path(file) if isinstance(file, str | os.PathLike) else Path(name or "archive")
        self.name = name or str(self.path)
        self.limit = unpacked_limit() if limit is None else limit
        self._check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except FileNotFoundError:
            raise
        except _DAMAGED as error:
            raise ArchiveError(
                f"{self.name} is not a whole zip file ({error}): it may have been cut short; "
                f"download or copy it again"
            ) from error
        try:
            self._members = {info.filename: info for info in self._checked()}
        except BaseException:
            self._zip.close()
            raise

    def _check_directory(self, file: str | os.PathLike[str] | IO[bytes]) -> None:
        """Refuse a table of contents that would fill the memory, before it is read."""
        if isinstance(file, str | os.PathLike):
            with Path(file).open("rb") as stream:
                self._size, tail = _end_of(stream)
        else:
            self._size, tail = _end_of(file)
        at = tail.rfind(_END)
        if at < 0 or at + _END_SIZE > len(tail):
            return  # zipfile says what is wrong
        (length,) = struct.unpack_from("<I", tail, at + 12)
        extended = tail[max(0, at - _LOCATOR_SIZE) : at].startswith(_LOCATOR)
        if length > _DIRECTORY_BYTES and not (extended and length == 2**32 - 1):
            raise ArchiveError(
                f"{self.name} has a table of contents beyond {format_bytes(_DIRECTORY_BYTES)}: "
                f"nothing of it was read"
            )

    def _checked(self) -> Iterator[zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > _MAX_MEMBERS:
            raise ArchiveError(
                f"{self.name} has {len(infos):,} members, more than the limit of {_MAX_MEMBERS:,}"
            )
        seen: set[str] = set()
        for info in infos:
            problem = _unsafe(info)
            if not problem and info.filename in seen:
                problem = "stands in the archive twice"
            if problem:
                raise ArchiveError(
                    f"{self.name}: member {info.filename!r} {problem}; nothing of it was read"
                )
            seen.add(info.filename)
        declared = sum(info.file_size for info in infos)
        if declared > self.limit:
            raise ArchiveError(self._too_large(f"{format_bytes(declared)} unpacked"))
        if self.limit < 2**63 and declared > max(_SMALL, _MAX_RATIO * self._size):
            raise ArchiveError(
                f"{self.name} unpacks to {declared / self._size:,.0f} times its size, which no "
                f"ratings do: unpack it yourself if you trust it"
            )
        return (info for info in infos if not info.is_dir())

    def _too_large(self, what: str) -> str:
        return (
            f"{self.name} is {what}, more than the limit of {format_bytes(self.limit)}: "
            f"if you trust it, set {LIMIT_VARIABLE}, such as {LIMIT_VARIABLE}=16GB"
        )

    def members(self) -> dict[str, int]:
        """Name and declared size of each file."""
        return {name: info.file_size for name, info in self._members.items()}

    @contextmanager
    def _errors_of(self, member: str) -> Iterator[None]:
        try:
            yield
        except _DAMAGED as error:
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(
                f"{self.name}: member {member} is damaged ({error}); download or copy the "
                f"archive again"
            ) from error

    def open(self, member: str) -> ByteReader:
        """Open one member; it is inflated as it is read, and its checksum verified at the end."""
        with self._errors_of(member):
            return _Member(self, member, self._zip.open(self._members[member]))

    def test(self) -> None:
        """Inflate everything once and compare the checksums.

        Raises
        ------
        ArchiveError
            Naming the member that is damaged.
        """
        for member in self._members:
            with self.open(member) as file:
                while file.read(BLOCK_BYTES):
                    pass

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


class _Member(_Closing):
    """An open member: counts what comes out, and turns damage into an :class:`ArchiveError`."""

    def __init__(self, archive: Archive, name: str, file: IO[bytes]) -> None:
        self._archive, self._name, self._file = archive, name, file
        self._left = archive.members()[name]

    def read(self, size: int = -1) -> bytes:
        with self._archive._errors_of(self._name):
            data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(
                f"{self._archive.name}: member {self._name} unpacks to more than it declares"
            )
        return data

    def close(self) -> None:
        self._file.close()


def _end_of(file: IO[bytes]) -> tuple[int, bytes]:
    """The size of a zip file, and as much of its end as the record of its contents may take."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE - _LOCATOR_SIZE))
    tail = file.read()
    file.seek(0)
    return size, tail


def _unsafe(info: zipfile.ZipInfo) -> str:
    """What is wrong with a member, or nothing."""
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    if "\x00" in name or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        return "leads out of its folder"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & 0x1:
        return "is encrypted; unpack it with its password first"
    return ""


def unpacked_limit() -> int:
    """The bound on what an archive may unpack to, in bytes."""
    text = os.environ.get(LIMIT_VARIABLE)
    return parse_bytes(text) if text else DEFAULT_LIMIT


def open_source(
    source: FileSource,
    *,
    name: str = "",
    limit: int | None = None,
    largest: int | None = None,
    beside: Collection[str] = (),
) -> Source:
    """Open a folder, an archive, a single file or bytes by what it is, not by what it is called.

    Parameters
    ----------
    source : path-like or bytes
    name : str
        The name of the file that bytes come from.
    limit : int, optional
        See :class:`Archive`.
    largest : int, optional
        Most bytes of the file itself. With it, folders and archives within archives are refused:
        it is for files that somebody hands in.
    beside : collection of str
        See :class:`SingleFile`.

    Raises
    ------
    FormatError
        If the file is empty, too large, or of a kind that is no table.
    ArchiveError
        See :class:`Archive`.
    """
    data = source if isinstance(source, bytes) else None
    path = (
        Path(PurePosixPath(name.replace("\\", "/") or "the file").name)
        if data is not None
        else (Path(cast("str", source)))
    )
    shown = path.name if largest is not None else str(path)
    if data is None:
        if path.is_dir() and largest is None:
            return Folder(path)
        if path.is_dir():
            raise FormatError(f"{path} is a folder; give one file of it, or the zip it came in")
        if path.exists() and not path.is_file():
            raise FormatError(f"{path} is neither a folder nor a regular file")
        with path.open("rb") as file:
            start, size = file.read(16), file.seek(0, io.SEEK_END)
    else:
        start, size = data[:16], len(data)
    if not size:
        raise FormatError(f"{shown} is empty: ratings, or a zip of them, are needed")
    if largest is not None and size > largest:
        raise FormatError(
            f"{shown} is larger than {format_bytes(largest)}, the limit of an import: that is more "
            f"than one person's films; use `matinee train --data` for those of many people"
        )
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise FormatError(f"{shown} is {what}")
    zipped = start[:4] in _ZIP_MAGIC or (path.suffix.lower() == ".zip" and largest is None)
    if zipped:
        file_ = path if data is None else io.BytesIO(data)
        archive = Archive(file_, name=shown, limit=limit if largest is None else 2**63)
        _refuse_inside(archive, shown, None if largest is None else limit)
        return archive
    packing = next((magic for magic in _PACKED if start.startswith(magic)), b"")
    return SingleFile(path, beside, data=data, packing=packing, limit=limit)


def _refuse_inside(archive: Archive, name: str, handed_in: int | None) -> None:
    """Refuse workbooks; and of what somebody hands in, archives in archives and too much of it."""
    members = archive.members()
    total = sum(members.values())
    problem = ""
    if "xl/workbook.xml" in members or "[Content_Types].xml" in members:
        problem = f"{name} is an Excel workbook: save the sheet as CSV UTF-8"
    inner = next((one for one in members if one.lower().endswith(_ARCHIVE_SUFFIXES)), "")
    if handed_in is not None and total > handed_in:
        problem = (
            f"{name} unpacks to {format_bytes(total)}, more than the limit of "
            f"{format_bytes(handed_in)} for an import; nothing of it was read"
        )
    elif handed_in is not None and inner:
        problem = (
            f"{name} holds another archive, {inner!r}: unpack {name} and import what is in it; "
            f"nothing of it was read"
        )
    if problem:
        archive.close()
        raise ArchiveError(problem)


def read_member(source: Source, member: str) -> bytes:
    """All bytes of one member."""
    with source.open(member) as file:
        return file.read()


def line_blocks(
    source: Source, member: str, size: int = BLOCK_BYTES, *, quoted: bool = False
) -> Iterator[bytes]:
    """The bytes of one member in blocks of whole lines, each about ``size`` bytes.

    With `quoted`, a line end between quotes ends no line.
    """
    held: list[bytes | memoryview] = []
    length, quotes = 0, 0
    with source.open(member) as file:
        # In pieces that fit the processor's cache; each byte is copied once, into its block.
        while data := file.read(min(size, _PIECE_BYTES)):
            length += len(data)
            if length < size:
                held.append(data)
                quotes += data.count(b'"') if quoted else 0
                continue
            end = data.rfind(b"\n") + 1
            odd = quoted and (quotes + data.count(b'"', 0, end)) % 2
            while odd and end:
                before = data.rfind(b"\n", 0, end - 1) + 1
                odd ^= data.count(b'"', before, end) % 2
                end = before
            if end:
                yield b"".join([*held, memoryview(data)[:end]])
                held, length = [memoryview(data)[end:]], len(data) - end
                quotes = data.count(b'"', end) if quoted else 0
            elif length > max(_LONGEST_LINE, 2 * size):
                raise FormatError(
                    f"{member} has no line end in {format_bytes(length)}: it is not a text table"
                )
            else:
                held.append(data)
                quotes += data.count(b'"') if quoted else 0
    if length:
        yield b"".join(held)
