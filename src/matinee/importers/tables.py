"""CSV of other services, read row by row within bounds."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matinee.datasets.archive import ByteReader
from matinee.errors import FormatError
from matinee.importers.upload import MAX_ROWS, Upload
from matinee.memory import format_bytes

__all__ = ["Table", "column_names", "open_table"]

_PIECE = 2**16
_LONGEST_ROW = 2**17
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Table:
    """A CSV file with a row of names.

    Attributes
    ----------
    file : str
        Its name, for messages.
    columns : tuple of str
        Names in lower case, blanks trimmed.
    rows : iterator of (int, mapping of str to str)
        Line and cells by column of each row that is not blank, cells without blanks around them.
        Cells that a row lacks are empty.
    """

    file: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Mapping[str, str]]]


def open_table(upload: Upload, member: str) -> Table:
    """Open a member as a table; its rows are read as they are asked for.

    Parameters
    ----------
    upload : Upload
    member : str

    Raises
    ------
    FormatError
        If it is not text in UTF-8, a row is longer than 128 kB, quotes are not closed, or there
        are more than 100,000 rows; the later ones while the rows are read.
    ArchiveError
        If the member is damaged or an archive.
    """
    with upload.open(member) as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))
    if lines > 2 * MAX_ROWS:  # before any work; some rows may be of several lines
        raise _too_many(member)
    rows = _cells(upload, member)
    _, names = next(rows, (0, []))
    columns = tuple(" ".join(name.split()).casefold() for name in names)
    repeated = {name for name in columns if name and columns.count(name) > 1} if columns else set()
    if repeated:
        raise FormatError(f"{member} has the column {min(repeated)!r} twice; export it again")

    def named() -> Iterator[tuple[int, Mapping[str, str]]]:
        for line, cells in rows:
            filled = cells + [""] * (len(columns) - len(cells))
            yield line, dict(zip(columns, map(str.strip, filled), strict=False))

    return Table(member, columns, named())


def column_names(upload: Upload, member: str) -> tuple[str, ...]:
    """The names of the columns of a member, in lower case."""
    return open_table(upload, member).columns


def _cells(upload: Upload, member: str) -> Iterator[tuple[int, list[str]]]:
    with upload.open(member) as file:
        lines = _Lines(file, member)
        first = next(lines, "")
        delimiter = max(_DELIMITERS, key=first.count)
        lines.put_back(first)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        count = 0
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FormatError(
                    f"{member}, line {line}: {error}; export it again, or save it as CSV UTF-8"
                ) from None
            lines.length = 0
            if not any(map(str.strip, cells)):
                continue
            if count > MAX_ROWS:  # the first is the row of names
                raise _too_many(member)
            count += 1
            yield line, cells


def _too_many(member: str) -> FormatError:
    return FormatError(
        f"{member} has more than {MAX_ROWS:,} rows, the limit of an import: that is more than one "
        f"person's films; nothing was imported"
    )


class _Lines:
    """Lines of text with their ends; counts the letters since `length` was last set to 0."""

    def __init__(self, file: ByteReader, name: str) -> None:
        self._file, self._name = file, name
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._lines: Iterator[str] = iter(())
        self._rest, self._done, self._read = "", False, 0
        self._pending: list[str] = []
        self.length = 0

    def put_back(self, line: str) -> None:
        """Let this line come next."""
        if line:
            self._pending.append(line)
            self.length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._pending.pop() if self._pending else self._next_line()
        self.length += len(line)
        self._check(self.length)
        return line

    def _next_line(self) -> str:
        while True:
            line = next(self._lines, None)
            if line is not None:
                return line
            if self._done:
                raise StopIteration
            self._fill()

    def _fill(self) -> None:
        data = self._file.read(_PIECE)
        self._done = not data
        try:
            text = self._rest + self._decoder.decode(data, final=self._done)
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{self._name} is not text in UTF-8 (near byte {self._read + error.start:,}); "
                f"export it again, or save it as CSV UTF-8"
            ) from None
        self._read += len(data)
        # A carriage return at the end may be half of a line end.
        end = len(text) if self._done else text.rfind("\n") + 1
        if not end and not self._done:
            end = text.rfind("\r", 0, -1) + 1
        self._rest = text[end:]
        self._check(len(self._rest))
        self._lines = iter(_split(text[:end]))

    def _check(self, length: int) -> None:
        if length > _LONGEST_ROW:
            raise FormatError(
                f"{self._name} has a row longer than {format_bytes(_LONGEST_ROW)}: it is not the "
                f"table of films that another service exports"
            )


def _split(text: str) -> list[str]:
    """Lines with their ends; only those ends that a CSV file knows."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + lines[-1:] * bool(lines[-1])
