"""Folders, zip files and single files as one thing: named members, read within bounds.

Nothing is unpacked to disk. A zip file is checked when it is opened, by what it declares, and again
while its members are inflated, by what really comes out.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from matinee.errors import ArchiveError, FormatError
from matinee.memory import format_bytes, parse_bytes

__all__ = [
    "DEFAULT_LIMIT",
    "Archive",
    "ByteReader",
    "Folder",
    "SingleFile",
    "Source",
    "line_blocks",
    "open_source",
    "prefetched",
    "read_member",
    "unpacked_limit",
]

DEFAULT_LIMIT = 4 * 10**9
"""Most bytes that an archive may unpack to, unless ``MATINEE_MAX_UNPACKED`` sets another bound."""

LIMIT_VARIABLE = "MATINEE_MAX_UNPACKED"
BLOCK_BYTES = 2**21
_PIECE_BYTES = 2**18
_MAX_MEMBERS = 10_000
_LONGEST_LINE = 16 * 2**20
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


class ByteReader(Protocol):
    """What an open member can do."""

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


class Source(Protocol):
    """Where files come from: a folder, a zip file or one file."""

    path: Path

    def members(self) -> dict[str, int]:
        """Name and size in bytes of each file, names relative with forward slashes."""

    def open(self, member: str) -> ByteReader:
        """Open one file for reading bytes; the caller closes it."""

    def close(self) -> None:
        """Release the source."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class _Closing:
    """Lets a source be used in a ``with`` statement."""

    def close(self) -> None:
        """Release the source."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Folder(_Closing):
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


class SingleFile(_Closing):
    """One file that is not an archive, and the tables of films and the like that lie beside it.

    Parameters
    ----------
    path : pathlib.Path
    beside : collection of str
        Names of files in the same folder that belong to it, where they are there.
    """

    def __init__(self, path: Path, beside: Collection[str] = ()) -> None:
        self.path = path
        self._names = [path.name, *(name for name in beside if name != path.name)]

    def members(self) -> dict[str, int]:
        """Name and size in bytes of each file, the one that was named first."""
        paths = [self.path.with_name(name) for name in self._names]
        return {path.name: path.stat().st_size for path in paths if path.is_file()}

    def open(self, member: str) -> ByteReader:
        """Open one of the files."""
        return self.path.with_name(member).open("rb")


class Archive(_Closing):
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


class _Member:
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


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


def open_source(path: Path, *, limit: int | None = None, beside: Collection[str] = ()) -> Source:
    """Open a folder, a zip file or a single file by what it is, not by what it is called.

    Parameters
    ----------
    path : pathlib.Path
    limit : int, optional
        See :class:`Archive`.
    beside : collection of str
        See :class:`SingleFile`.

    Raises
    ------
    FormatError
        If the file is empty.
    ArchiveError
        See :class:`Archive`.
    """
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise FormatError(f"{path} is neither a folder nor a regular file")
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise FormatError(f"{path} is empty: ratings, or a zip or folder of them, are needed")
    if start in _ZIP_MAGIC or path.suffix.lower() == ".zip":
        return Archive(path, limit=limit)
    return SingleFile(path, beside)


def read_member(source: Source, member: str) -> bytes:
    """All bytes of one member."""
    with source.open(member) as file:
        return file.read()


def line_blocks(source: Source, member: str, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The bytes of one member in blocks of whole lines, each about ``size`` bytes."""
    held: list[bytes | memoryview] = []
    length = 0
    with source.open(member) as file:
        # In pieces that fit the processor's cache; each byte is copied once, into its block.
        while data := file.read(min(size, _PIECE_BYTES)):
            length += len(data)
            if length < size:
                held.append(data)
                continue
            end = data.rfind(b"\n") + 1
            if end:
                yield b"".join([*held, memoryview(data)[:end]])
                held, length = [memoryview(data)[end:]], len(data) - end
            elif length > _LONGEST_LINE:
                raise FormatError(
                    f"{member} has no line end in {format_bytes(length)}: it is not a text table"
                )
            else:
                held.append(data)
    if length:
        yield b"".join(held)


def prefetched(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks, the next one being read and inflated while the last one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="matinee-read") as reader:
        pending = reader.submit(next, blocks, b"")
        while block := pending.result():
            pending = reader.submit(next, blocks, b"")
            yield block
