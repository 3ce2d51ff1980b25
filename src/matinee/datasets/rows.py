"""Reading the rows of a ratings file into columns, fast where they are right, exact where not.

A file is read in blocks of whole lines. Polars parses each block straight into typed columns; what
it would let pass (rows of another width, missing values, NaN, stars out of scale) is checked on the
columns. A block that fails is halved until the wrong lines are found, and only those few lines are
looked at one by one, to say which line, which column and which value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.datasets import problems as kinds
from matinee.datasets.archive import Source, line_blocks, prefetched, read_member
from matinee.datasets.problems import Problems
from matinee.datasets.store import Store, has_separators
from matinee.datasets.values import TYPES, Kind, as_column, convert, finished_column
from matinee.errors import FormatError
from matinee.progress import Progress, report
from matinee.scale import RatingScale

__all__ = ["RatingColumns", "Role", "RowFormat", "read_rows", "strip_bom"]

Role: TypeAlias = Literal["user", "movie", "rating", "timestamp"]

_FEW_LINES = 256


@dataclass(frozen=True)
class RowFormat:
    """How the lines of a ratings file are built.

    Parameters
    ----------
    separator : str
        Between columns: one character, or ``"::"``.
    names : tuple of str
        All columns in the file's order.
    positions : mapping of role to int
        Which column has which role; ``"timestamp"`` may be missing.
    kinds : mapping of role to kind
        How each is written.
    header : bool
        Whether the first line holds the names.
    quoted : bool
        Whether fields may stand in quotes.
    bounds : RatingScale, optional
        Stars outside it are wrong.
    """

    separator: str
    names: tuple[str, ...]
    positions: Mapping[Role, int]
    kinds: Mapping[Role, Kind]
    header: bool = False
    quoted: bool = False
    bounds: RatingScale | None = None

    @property
    def roles(self) -> list[Role]:
        """The roles that the file has, in the order of its columns."""
        return sorted(self.positions, key=lambda role: self.positions[role])

    def name_of(self, role: Role) -> str:
        """The file's own name for the column of a role."""
        return self.names[self.positions[role]]


@dataclass
class RatingColumns:
    """The columns of a ratings file in the file's order, ids not coded yet.

    Ids are int32 or int64 arrays, or a Polars series of strings; ``timestamp`` is None where the
    file has none.
    """

    user: NDArray[Any] | pl.Series
    movie: NDArray[Any] | pl.Series
    rating: NDArray[np.float32]
    timestamp: NDArray[np.int64] | None
    format: RowFormat
    rows: int = 0
    file: str = ""

    def __len__(self) -> int:
        return int(self.rating.size)

    def take(self, rows: NDArray[np.bool_]) -> None:
        """Keep only some rows."""
        keep_series = pl.Series(rows)
        for name in ("user", "movie"):
            column = getattr(self, name)
            kept = column.filter(keep_series) if isinstance(column, pl.Series) else column[rows]
            setattr(self, name, kept)
        self.rating = self.rating[rows]
        if self.timestamp is not None:
            self.timestamp = self.timestamp[rows]


Chunk: TypeAlias = dict[Role, Any]


class _QuotesFoundError(Exception):
    """A quote stands in a file that was taken for one without."""


def read_rows(
    source: Source,
    member: str,
    row_format: RowFormat,
    problems: Problems,
    progress: Progress | None = None,
) -> RatingColumns:
    """Read a ratings file.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    FormatError
        If there is no row at all.
    """
    skipped = problems.counts.copy()
    try:
        columns = _read_blocks(source, member, row_format, problems, progress)
    except _QuotesFoundError:
        problems.counts = skipped
        columns = _read_whole(source, member, replace(row_format, quoted=True), problems)
    if not len(columns) and not problems.counts:
        raise FormatError(f"{member} has no ratings in it: it is empty, or a header alone")
    return columns


def strip_bom(data: bytes) -> bytes:
    """Without the byte order mark that some programs put in front of UTF-8."""
    return data[3:] if data.startswith(b"\xef\xbb\xbf") else data


def _read_blocks(
    source: Source,
    member: str,
    row_format: RowFormat,
    problems: Problems,
    progress: Progress | None,
) -> RatingColumns:
    total, done = source.members()[member], 0
    if row_format.quoted:
        return _read_whole(source, member, row_format, problems)
    parser = _Parser(row_format, member, problems, total)
    report(progress, f"read {member}", 0, total, unit="bytes")
    for block in prefetched(line_blocks(source, member)):
        parser.parse(_without_header(strip_bom(block), parser) if not done else block)
        done += len(block)
        report(progress, f"read {member}", done, total, unit="bytes")
    return parser.columns()


def _read_whole(
    source: Source, member: str, row_format: RowFormat, problems: Problems
) -> RatingColumns:
    """Fields in quotes may hold line ends, so that such a file cannot be cut into blocks."""
    data = strip_bom(read_member(source, member))
    parser = _Parser(row_format, member, problems, len(data))
    parser.parse(_without_header(data, parser))
    return parser.columns()


def _without_header(data: bytes, parser: _Parser) -> bytes:
    """The data without the header and blank lines above it; the parser is told of the lines."""
    start = 0
    while parser.format.header:
        end = data.find(b"\n", start)
        if end < 0:
            return b""
        text, start = data[start:end], end + 1
        parser.line += 1
        if text.strip():
            break
    return data[start:]


@dataclass
class _Parser:
    """Turns blocks of lines into chunks of columns."""

    format: RowFormat
    file: str
    problems: Problems
    size: int
    """Bytes of the file, for a guess of its rows."""
    line: int = 1
    """Number of the next line."""
    rows: int = 0

    def __post_init__(self) -> None:
        spec = self.format
        roles = spec.roles
        byte = spec.separator[0]
        step = len(spec.separator)
        width = (len(spec.names) - 1) * step + 1
        typed = {spec.positions[role] * step: TYPES[spec.kinds[role]] for role in roles}
        self._names = {role: f"c{spec.positions[role] * step}" for role in roles}
        self._options: dict[str, Any] = {
            "separator": byte,
            "has_header": False,
            "schema": {f"c{i}": typed.get(i, pl.String) for i in range(width)},
            "quote_char": '"' if spec.quoted else None,
        }
        if not spec.quoted:
            # Without quotes the separators are counted, so that unread columns may be passed over.
            self._options["columns"] = sorted(typed)
        self._store = {role: Store(spec.kinds[role]) for role in roles}

    def parse(self, block: bytes) -> None:
        """Read the next block of whole lines."""
        if not block:
            return
        chunk = self._fast(block)
        if chunk is not None:
            self._keep(chunk, len(block))
            # Every line is a row here, or the file has quotes and is read as one block.
            self.line += int(chunk["rating"].size)
        elif self.format.quoted:
            rows = _csv_rows(block, self.format, self._wrong_quotes)
            self._keep(self._slow(rows), len(block))
        elif self.format.separator != "::" and b'"' in block:
            raise _QuotesFoundError
        else:
            middle = block.find(b"\n", len(block) // 2) + 1
            lines = block.count(b"\n")
            if lines > _FEW_LINES and 0 < middle < len(block):
                self.parse(block[:middle])
                self.parse(block[middle:])
                return
            self._keep(self._slow(_split_rows(block, self.format)), len(block))
            self.line += lines

    def _keep(self, chunk: Chunk, size: int) -> None:
        for role, store in self._store.items():
            store.add(chunk[role], size / max(self.size, 1))

    # -- the fast way ----------------------------------------------------------------------

    def _fast(self, block: bytes) -> Chunk | None:
        """The columns of a block where every row is right, else None."""
        try:
            frame = pl.read_csv(block, **self._options)
        except pl.exceptions.PolarsError:
            return None
        if not self.format.quoted:
            wanted = frame.height * (len(self.format.names) - 1)
            if not has_separators(block, self.format.separator, wanted):
                return None
        chunk: Chunk = {}
        for role, name in self._names.items():
            column = finished_column(frame[name], self.format.kinds[role])
            if column is None:
                return None
            chunk[role] = column
        stars, bounds = chunk["rating"], self.format.bounds
        if stars.size and not np.isfinite(stars).all():
            return None
        if stars.size and bounds and not (stars.min() in bounds and stars.max() in bounds):
            return None
        self.rows += frame.height
        return chunk

    # -- the exact way ---------------------------------------------------------------------

    def _wrong_quotes(self, offset: int, text: str) -> None:
        self.rows += 1
        self.problems.add(kinds.QUOTES, self.file, self.line + offset, "", text)

    def _slow(self, rows: Iterator[tuple[int, list[str]]]) -> Chunk:
        values: dict[Role, list[Any]] = {role: [] for role in self.format.roles}
        width = len(self.format.names)
        for offset, fields in rows:
            line = self.line + offset
            self.rows += 1
            if len(fields) != width:
                self.problems.add(
                    kinds.COLUMN_COUNT,
                    self.file,
                    line,
                    "",
                    self.format.separator.join(fields),
                    f"{len(fields)} columns where {width} are expected",
                )
                continue
            row = self._converted(fields, line)
            if row is not None:
                for role, value in row.items():
                    values[role].append(value)
        return {role: as_column(values[role], self.format.kinds[role]) for role in values}

    def _converted(self, fields: list[str], line: int) -> dict[Role, Any] | None:
        row: dict[Role, Any] = {}
        for role in self.format.roles:
            text = fields[self.format.positions[role]]
            kind = self.format.kinds[role]
            value, problem = convert(text.strip(), kind)
            detail = problem
            bounds = self.format.bounds
            if not problem and kind == "stars" and bounds is not None and value not in bounds:
                problem = kinds.OUT_OF_SCALE
                detail = (
                    f"stars outside the scale of {bounds.minimum:g} to {bounds.maximum:g} "
                    f"(another one is said with --scale MIN:MAX)"
                )
            if problem:
                name = self.format.name_of(role)
                self.problems.add(problem, self.file, line, name, text, detail)
                return None
            row[role] = value
        return row

    # -- all together ----------------------------------------------------------------------

    def columns(self) -> RatingColumns:
        """Everything that was read."""
        joined = {role: store.column() for role, store in self._store.items()}
        return RatingColumns(
            joined["user"],
            joined["movie"],
            joined["rating"],
            joined.get("timestamp"),
            self.format,
            self.rows,
            self.file,
        )


def _split_rows(block: bytes, row_format: RowFormat) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank, as its offset in the block and its fields."""
    for offset, line in enumerate(block.split(b"\n")):
        text = line.decode("utf-8", errors="replace").rstrip("\r")
        if text.strip():
            yield offset, text.split(row_format.separator)


def _csv_rows(
    block: bytes, row_format: RowFormat, wrong_quotes: Callable[[int, str], None]
) -> Iterator[tuple[int, list[str]]]:
    """The same, where fields may stand in quotes."""
    text = io.StringIO(block.decode("utf-8", errors="replace"), newline="")
    reader = csv.reader(text, delimiter=row_format.separator[0], strict=True)
    while True:
        offset = reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong_quotes(offset, str(error))
            continue
        if fields:
            yield offset, fields
