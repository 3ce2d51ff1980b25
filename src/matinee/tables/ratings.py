"""Ratings of any number of people: columns from a file, fast where it is right, exact where not.

A file is read in blocks of whole lines. Polars parses each block straight into typed columns; what
it would let pass (rows of another width, missing values, NaN, stars out of scale, ids with leading
zeros) is checked on the columns. A block that fails is read row by row by the rules of
:mod:`matinee.tables.values`. An id that is no integer makes the whole column text, and the file is
read again: ids come back as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.errors import FormatError
from matinee.progress import Progress, report
from matinee.scale import RatingScale
from matinee.tables import problems as kinds
from matinee.tables.archive import Source
from matinee.tables.columns import rating_columns
from matinee.tables.problems import Problems
from matinee.tables.text import TextFormat, blocks, rows_of, sniff
from matinee.tables.values import (
    INTEGER,
    NUMBER,
    TIME_UNITS,
    date_order,
    epoch_seconds,
    latest_time,
    map_distinct,
    read_stars,
    read_time,
    time_unit,
)

__all__ = ["RatingColumns", "RatingTable", "columns_of_frame", "describe", "read_ratings"]

_PIECE = 2**17  # fits the processor's cache
_WHOLE = r"^(0|-?[1-9][0-9]*)\.0*$"
_SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+$"
_TYPES: dict[str, Any] = {
    "int32": pl.Int32,
    "int64": pl.Int64,
    "text": pl.String,
    "stars": pl.Float32,
    "moment": pl.Float64,
    "date": pl.String,
    **dict.fromkeys(TIME_UNITS, pl.Int64),
}


@dataclass
class RatingColumns:
    """The columns of a table of ratings in its order, ids not coded yet.

    Ids are int32 or int64 arrays, or a Polars series of strings; ``timestamp`` is None where there
    is none. ``top`` is the highest star where the stars themselves say it (``8/10``), else 0.
    """

    user: NDArray[Any] | pl.Series
    movie: NDArray[Any] | pl.Series
    rating: NDArray[np.float32]
    timestamp: NDArray[np.int64] | None
    rows: int = 0
    file: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    top: float = 0.0

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


@dataclass(frozen=True)
class RatingTable:
    """How a table of ratings is written.

    Attributes
    ----------
    form : TextFormat
    positions : mapping of role to int
        Which column has which role; ``"rating"`` and ``"timestamp"`` may be missing.
    kinds : mapping of role to str
        ``"int32"``, ``"int64"`` or ``"text"`` for ids, ``"stars"``, and for times a unit,
        ``"moment"`` (seconds with fractions) or ``"date"``.
    bounds : RatingScale, optional
        Stars outside it are wrong.
    integers : bool
        Whether an id that is no integer is a wrong row, as in MovieLens' files; else it makes the
        column text.
    order : str
        See :func:`~matinee.tables.values.read_time`.
    """

    form: TextFormat
    positions: Mapping[str, int]
    kinds: Mapping[str, str]
    bounds: RatingScale | None = None
    integers: bool = False
    order: str = ""

    def name_of(self, role: str) -> str:
        """The file's own name for the column of a role."""
        return self.form.names[self.positions[role]]


def describe(
    source: Source, member: str, mapping: Mapping[str, str], *, bounds: RatingScale | None = None
) -> RatingTable:
    """How a table of ratings is written.

    Raises
    ------
    FormatError
        If it does not look like ratings; the message says what is missing.
    """
    separator = "\t" if member.lower().endswith(".tsv") else ""
    try:
        form = sniff(source, member, separator=separator)
    except FormatError:
        if not separator:
            raise
        form = sniff(source, member)
    positions = rating_columns(form.names, mapping, member, header=form.header)
    order = mapping.get("dates", "")
    found: dict[str, str] = {}
    for role, position in positions.items():
        values = [cell for row in form.sample if (cell := row[position].strip())]
        if role == "rating":
            found[role] = "stars"
        elif role == "timestamp":
            found[role] = _time_kind(values)
            order = order or date_order(values)
        else:
            found[role] = _id_kind(values)
    return RatingTable(form, positions, found, bounds, order=order)


def _id_kind(values: list[str]) -> str:
    wrong = sum(not (INTEGER.fullmatch(value) and len(value) < 19) for value in values)
    whole = sum(
        value.endswith(".0") and INTEGER.fullmatch(value[:-2]) is not None for value in values
    )
    # A few wrong ones may be wrong rows, which the exact way tells apart.
    return "int64" if values and (wrong - whole) * 2 < len(values) else "text"


def _time_kind(values: list[str]) -> str:
    numbers = [float(value) for value in values if NUMBER.fullmatch(value)]
    if len(numbers) < 0.5 * len(values) or not values:
        return "date"
    if all(len(value) == 8 and read_time(value) for value in values):
        return "date"  # 20191105
    if any("." in value for value in values):
        return "moment"
    return time_unit(numbers)


class _TextIdsError(Exception):
    """A column of ids that was taken for integers holds something else."""

    def __init__(self, role: str) -> None:
        self.role = role


def read_ratings(
    source: Source,
    member: str,
    table: RatingTable,
    problems: Problems,
    progress: Progress | None = None,
) -> RatingColumns:
    """Read a table of ratings.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    FormatError
        If there is no row at all, or nothing is left of them.
    """
    before = problems.counts.copy(), problems.emptied.copy(), list(problems.notes)
    while True:
        try:
            columns = _Parser(source, member, table, problems).read(progress)
            break
        except _TextIdsError as found:
            table = replace(table, kinds={**table.kinds, found.role: "text"})
            problems.counts, problems.emptied = before[0].copy(), before[1].copy()
            problems.notes = list(before[2])
    if not len(columns):
        left_out = sum((problems.counts - before[0]).values())
        if left_out:
            raise FormatError(
                f"{member} has no ratings left: all {left_out:,} rows are wrong "
                f"({', '.join(problems.counts)})"
            )
        raise FormatError(f"{member} has no ratings in it: it is empty, or a header alone")
    _tell(columns, problems)
    times = columns.timestamp
    if times is not None and problems.emptied["time"] > before[1]["time"] and not times.any():
        problems.note(
            "no time could be read; dates like 05/11/2019 need --columns dates=dmy or dates=mdy"
        )
    return columns


def _tell(columns: RatingColumns, problems: Problems) -> None:
    """Say what ids that a spreadsheet has destroyed look like."""
    for role in ("user", "movie"):
        ids = getattr(columns, role)
        if not isinstance(ids, pl.Series):
            continue
        broken = ids.filter(ids.str.contains(_SCIENTIFIC))
        if len(broken):
            problems.note(
                f"{len(broken):,} ids of the {role} are written like {broken[0]}: a spreadsheet "
                f"has shortened them, and several may have become one"
            )


class _Parser:
    """Turns blocks of lines into columns."""

    def __init__(self, source: Source, file: str, table: RatingTable, problems: Problems) -> None:
        self.source, self.file, self.table, self.problems = source, file, table, problems
        self.size = max(source.members()[file], 1)
        self.line = table.form.above + 1
        self.rows, self.top, self.failed = 0, 0.0, 0
        form, positions = table.form, table.positions
        step = len(form.separator)
        typed = {positions[role] * step: _TYPES[table.kinds[role]] for role in positions}
        self._names = {role: f"c{positions[role] * step}" for role in positions}
        width = (len(form.names) - 1) * step + 1
        self._options: dict[str, Any] = {
            "separator": form.separator[0],
            "has_header": False,
            "schema": {f"c{i}": typed.get(i, pl.String) for i in range(width)},
            "quote_char": None,
            "columns": sorted(typed),
        }
        self._store = {role: _Growing(table.kinds[role]) for role in positions}
        # In MovieLens' files an id is a number, whatever stands in front of it.
        kinds_of_ids = {table.kinds[role] for role in ("user", "movie")}
        self._zeros = not table.integers and not kinds_of_ids.isdisjoint(("int32", "int64"))

    def read(self, progress: Progress | None) -> RatingColumns:
        done = 0
        report(progress, f"read {self.file}", 0, self.size, unit="bytes")
        for block, read in blocks(self.source, self.file, self.table.form):
            chunk = self._fast(block) if self.failed < 3 else None
            self.failed = self.failed + 1 if chunk is None else 0
            if chunk is None:
                chunk = self._exact(block)
            for role, store in self._store.items():
                store.add(chunk[role], len(block) / self.size)
            self.line += block.count(b"\n")
            done = min(done + read, self.size)
            report(progress, f"read {self.file}", done, self.size, unit="bytes")
        report(progress, f"read {self.file}", self.size, self.size, unit="bytes")
        found = {role: store.column() for role, store in self._store.items()}
        stars = found.get("rating")
        return RatingColumns(
            found["user"],
            found["movie"],
            np.ones(len(found["user"]), dtype=np.float32) if stars is None else stars,
            found.get("timestamp"),
            self.rows,
            self.file,
            {role: self.table.name_of(role) for role in self.table.positions},
            self.top,
        )

    # -- the fast way ----------------------------------------------------------------------

    def _fast(self, block: bytes) -> dict[str, Any] | None:
        """The columns of a block where every row is right, else None."""
        form = self.table.form
        if form.quoted and b'"' in block:
            plain = _without_quotes(block, form.separator)
            if plain is None:
                return None
            block = plain
        if self._zeros and (b"+" in block or _has_leading_zeros(block, form.separator)):
            return None
        try:
            frame = pl.read_csv(block, **self._options)
        except pl.exceptions.PolarsError:
            return None
        wanted = frame.height * (len(form.names) - 1)
        if not _has_separators(block, form.separator, wanted):
            return None
        chunk: dict[str, Any] = {}
        for role, name in self._names.items():
            column = _finished(frame[name], self.table.kinds[role])
            if column is None:
                return None
            chunk[role] = column
        stars, bounds = chunk.get("rating"), self.table.bounds
        if stars is not None and stars.size:
            if not np.isfinite(stars).all():
                return None
            if bounds and not (stars.min() in bounds and stars.max() in bounds):
                return None
        self.rows += frame.height
        return chunk

    # -- the exact way ---------------------------------------------------------------------

    def _exact(self, block: bytes) -> dict[str, Any]:
        table = self.table
        lines: list[int] = []
        cells: dict[str, list[str]] = {role: [] for role in table.positions}
        positions = list(table.positions.items())
        width = len(table.form.names)
        needed = max(position for role, position in positions if role != "timestamp") + 1

        def wrong_quotes(offset: int, text: str) -> None:
            self.rows += 1
            self._first_of(cells, lines)
            self.problems.add(kinds.QUOTES, self.file, self.line + offset, "", text)

        for offset, fields in rows_of(block, table.form, wrong_quotes):
            self.rows += 1
            # A row may lack its time, and nothing else.
            short = len(fields) < width and not (
                not table.integers
                and len(fields) >= needed
                and table.positions.get("timestamp") == width - 1
                and len(fields) == width - 1
            )
            if short or len(fields) > width:
                self._first_of(cells, lines)
                self.problems.add(
                    kinds.COLUMN_COUNT,
                    self.file,
                    self.line + offset,
                    "",
                    table.form.separator.join(fields),
                    f"{len(fields)} columns where {width} are expected",
                )
                continue
            lines.append(self.line + offset)
            for role, position in positions:
                cells[role].append(fields[position].strip() if position < len(fields) else "")
        texts = {role: pl.Series(values, dtype=pl.String) for role, values in cells.items()}
        return self._converted(texts, lines)

    def _first_of(self, cells: Mapping[str, list[str]], lines: list[int]) -> None:
        """Raise what is wrong above, before what is wrong here."""
        if not self.problems.skip and lines:
            self._converted({role: pl.Series(each) for role, each in cells.items()}, lines)

    def _converted(self, texts: Mapping[str, pl.Series], lines: list[int]) -> dict[str, Any]:
        table = self.table
        chunk: dict[str, Any] = {}
        wrong: dict[str, NDArray[Any]] = {}
        for role, column in texts.items():
            kind = table.kinds[role]
            if role == "rating":
                chunk[role], wrong[role], top = _stars_of(column, table.bounds)
                self.top = max(self.top, top)
            elif role == "timestamp":
                chunk[role], emptied = _times_of(column, kind, table.order)
                self.problems.emptied["time"] += emptied
            else:
                chunk[role], wrong[role] = _ids_of(column, kind)
                if not table.integers and (wrong[role] == kinds.NOT_A_NUMBER).any():
                    raise _TextIdsError(role)
        bad = _note(wrong, texts, lines, table.name_of, self.file, self.problems, table.bounds)
        if bad.any():
            for role, column in chunk.items():
                keep = ~bad
                chunk[role] = (
                    column.filter(pl.Series(keep))
                    if isinstance(column, pl.Series)
                    else column[keep]
                )
        return chunk


def _note(
    wrong: Mapping[str, NDArray[Any]],
    texts: Mapping[str, pl.Series],
    lines: Any,
    name_of: Any,
    file: str,
    problems: Problems,
    bounds: RatingScale | None,
) -> NDArray[np.bool_]:
    """Tell the wrong rows in their order, each once; which rows they are."""
    height = len(next(iter(texts.values())))
    bad = np.zeros(height, dtype=np.bool_)
    for mask in wrong.values():
        bad |= mask != ""
    for row in np.flatnonzero(bad).tolist():
        role = next(role for role in wrong if wrong[role][row])
        kind, detail = str(wrong[role][row]), ""
        if kind == kinds.OUT_OF_SCALE and bounds is not None:
            detail = (
                f"stars outside the scale of {bounds.minimum:g} to {bounds.maximum:g} "
                f"(another one is said with --scale MIN:MAX)"
            )
        value = texts[role][row]
        problems.add(
            kind, file, lines[row], name_of(role), "" if value is None else str(value), detail
        )
    return bad


def _ids_of(column: pl.Series, kind: str) -> tuple[Any, NDArray[Any]]:
    """A column of ids, and what is wrong with each."""
    wrong = np.full(len(column), "", dtype=object)
    wrong[(column == "").to_numpy()] = kinds.MISSING
    if kind == "text":
        return column, wrong
    plain = column.str.replace(r"^(-?[0-9]+)\.0*$", "$1")
    good = plain.str.contains(r"^(0|-?[1-9][0-9]{0,18})$")
    numbers = plain.cast(pl.Int64, strict=False)
    dtype = np.int32 if kind == "int32" else np.int64
    if kind == "int32":
        good &= numbers.is_between(-(2**31), 2**31 - 1).fill_null(False)
    bad = ~(good & numbers.is_not_null()).to_numpy()
    wrong[bad & (wrong == "")] = kinds.NOT_A_NUMBER
    return numbers.fill_null(0).to_numpy().astype(dtype), wrong


def _stars_of(
    column: pl.Series, bounds: RatingScale | None
) -> tuple[NDArray[np.float32], NDArray[Any], float]:
    """A column of stars, what is wrong with each, and the highest star that it speaks of."""
    found = map_distinct(column, read_stars)
    wrong = np.full(len(column), "", dtype=object)
    if not len(column):
        return np.empty(0, dtype=np.float32), wrong, 0.0
    good = np.fromiter((isinstance(one, tuple) for one in found), dtype=np.bool_, count=len(found))
    wrong[~good] = found[~good]
    stars = np.fromiter((one[0] if type(one) is tuple else 0.0 for one in found), dtype=np.float32)
    tops = np.fromiter((one[1] if type(one) is tuple else 0.0 for one in found), dtype=np.float32)
    top = float(tops.max())
    if top:
        told = tops > 0
        stars[told] = (stars[told] * top / tops[told]).astype(np.float32)
    if bounds is not None:
        wrong[good & ~bounds.holds(stars)] = kinds.OUT_OF_SCALE
    return stars, wrong, top


def _times_of(column: pl.Series, kind: str, order: str = "") -> tuple[NDArray[np.int64], int]:
    """A column of times, 0 where there is none, and how many cells were not one."""
    seconds = epoch_seconds(column) if kind == "date" and not (column == "").any() else None
    if seconds is None:
        divisor = TIME_UNITS.get(kind, 1)

        def read(text: str) -> int | None:
            if not text:
                return 0
            if kind != "date" and NUMBER.fullmatch(text):
                found = float(text) / divisor
                return int(found // 1) if abs(found) < 1e15 else None
            return read_time(text, order)

        found = map_distinct(column, read)
        known = np.fromiter((one is not None for one in found), np.bool_, count=len(found))
        seconds = np.fromiter((one or 0 for one in found), np.int64, count=len(found))
        emptied = int((~known).sum())
    else:
        seconds, emptied = seconds.astype(np.int64), 0
    late = seconds > latest_time()
    seconds[late] = 0
    return seconds, emptied + int(late.sum())


def _finished(column: pl.Series, kind: str) -> Any:
    """A parsed column in its final form, or None if a value is missing or wrong."""
    if column.null_count():
        return None
    if kind == "text":
        return column if not column.str.contains(r"^\s|\s$|^$").any() else None
    if kind == "date":
        seconds = epoch_seconds(column)
        return None if seconds is None or _late(seconds) else seconds
    values = column.to_numpy()
    if kind == "moment":
        if not np.isfinite(values).all():
            return None
        values = np.floor(values).astype(np.int64)
        return None if _late(values) else values
    if kind in TIME_UNITS:
        values = values // TIME_UNITS[kind] if kind != "seconds" else values
        return None if _late(values) else values
    return values


def _late(seconds: NDArray[np.int64]) -> bool:
    return bool(seconds.size) and int(seconds.max()) > latest_time()


class _Growing:
    """One column that grows in place.

    What Polars returns is copied out at once, so that its memory serves the next block, and the
    whole column never stands twice.
    """

    def __init__(self, kind: str) -> None:
        self._text = kind == "text"
        self._texts: list[pl.Series] = []
        dtypes: dict[str, Any] = {"int32": np.int32, "stars": np.float32}
        self._values: NDArray[Any] = np.empty(0, dtype=dtypes.get(kind, np.int64))
        self._size = 0

    def add(self, values: Any, share: float) -> None:
        """Append values that make up about this share of the column."""
        if self._text:
            self._texts.append(values)
            return
        size = self._size + values.size
        if size > self._values.size:
            guess = int(1.05 * values.size / max(share, 1e-6)) + 1
            larger = np.empty(max(min(guess, 50 * size), size + size // 2), self._values.dtype)
            larger[: self._size] = self._values[: self._size]
            self._values = larger
        self._values[self._size : size] = values
        self._size = size

    def column(self) -> Any:
        """The whole column; nothing can be added any more."""
        if self._text:
            return pl.concat(self._texts) if self._texts else pl.Series([], dtype=pl.String)
        # Gives back what was reserved too much, without a copy.
        self._values.resize(self._size, refcheck=False)
        return self._values


def _has_separators(block: bytes, separator: str, wanted: int) -> bool:
    """Whether a block has so many separators in all; two bytes must stand in pairs."""
    seen = np.frombuffer(block, dtype=np.uint8)
    singles = pairs = 0
    for start in range(0, seen.size, _PIECE):
        # One byte of the next piece, for a pair that is cut.
        found = seen[start : start + _PIECE + 1] == ord(separator[0])
        singles += int(np.count_nonzero(found[:_PIECE]))
        if len(separator) == 2:
            pairs += int(np.count_nonzero(found[1:] & found[:-1]))
    return singles == wanted * len(separator) and (len(separator) == 1 or pairs == wanted)


def _has_leading_zeros(block: bytes, separator: str) -> bool:
    """Whether any field is an integer with a zero in front, which numbers would lose."""
    seen = np.frombuffer(block, dtype=np.uint8)
    zeros = np.flatnonzero(seen[:-1] == ord("0"))
    zeros = zeros[(seen[zeros + 1] - np.uint8(ord("0"))) < 10]
    if not zeros.size:
        return False
    before = seen[zeros - 1]
    starts = (zeros == 0) | (before == ord("\n")) | (before == ord(separator[-1]))
    return bool(starts.any())


def _without_quotes(block: bytes, separator: str) -> bytes | None:
    """A block whose quotes only stand around whole fields, without them; else None."""
    if b'""' in block or len(separator) != 1:
        return None
    sign = separator.encode()
    opening = block.count(sign + b'"') + block.count(b'\n"') + block.startswith(b'"')
    closing = block.count(b'"' + sign) + block.count(b'"\n') + block.endswith(b'"')
    whole = opening == closing and opening + closing == block.count(b'"')
    return block.replace(b'"', b"") if whole else None


# -- frames --------------------------------------------------------------------------------


def columns_of_frame(
    frame: pl.DataFrame,
    mapping: Mapping[str, str],
    file: str,
    problems: Problems,
    bounds: RatingScale | None = None,
) -> RatingColumns:
    """The rating columns of a frame, by the same rules.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them. Rows count from 1.
    FormatError
        If a column is missing, of a type that cannot be it, or the frame is empty.
    """
    names = tuple(frame.columns)
    positions = rating_columns(names, mapping, file)
    if not frame.height:
        raise FormatError(f"{file} has no ratings in it: it is empty")
    values: dict[str, Any] = {}
    wrong: dict[str, NDArray[Any]] = {}
    top = 0.0
    for role, position in positions.items():
        column = frame.to_series(position)
        if role == "rating":
            values[role], wrong[role], top = _frame_stars(column, file, bounds)
        elif role == "timestamp":
            values[role], emptied = _frame_times(column, file, mapping.get("dates", ""))
            problems.emptied["time"] += emptied
        else:
            values[role], wrong[role] = _frame_ids(column, file)
    texts = {role: frame.to_series(position) for role, position in positions.items()}
    rows = range(1, frame.height + 1)

    def name_of(role: str) -> str:
        return names[positions[role]]

    bad = _note(wrong, texts, rows, name_of, file, problems, bounds)
    stars = values.get("rating")
    table = RatingColumns(
        values["user"],
        values["movie"],
        np.ones(frame.height, dtype=np.float32) if stars is None else stars,
        values.get("timestamp"),
        frame.height,
        file,
        {role: name_of(role) for role in positions},
        top,
    )
    if bad.any():
        table.take(~bad)
        if not len(table):
            raise FormatError(f"{file} has no ratings left: all {frame.height:,} rows are wrong")
    _tell(table, problems)
    return table


def _missing(column: pl.Series) -> NDArray[Any]:
    wrong = np.full(len(column), "", dtype=object)
    wrong[column.is_null().to_numpy()] = kinds.MISSING
    return wrong


def _frame_ids(column: pl.Series, file: str) -> tuple[Any, NDArray[Any]]:
    wrong = _missing(column)
    if column.dtype.is_integer():
        if column.dtype == pl.UInt64 and (column.max() or 0) > 2**63 - 1:  # type: ignore[operator]
            return column.cast(pl.String).fill_null(""), wrong
        return column.fill_null(0).cast(pl.Int64).to_numpy(), wrong
    if column.dtype.is_float():
        whole = column.is_finite() & (column == column.floor()) & (column.abs() < 2**53)
        whole = whole.fill_null(False)
        wrong[~whole.to_numpy() & (wrong == "")] = kinds.NOT_A_NUMBER
        return column.set(~whole, 0.0).cast(pl.Int64).to_numpy(), wrong
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        text = column.cast(pl.String).fill_null("")
        wrong[(text.str.strip_chars() == "").to_numpy()] = kinds.MISSING
        return text, wrong
    raise FormatError(
        f"{file}, column {column.name}: ids must be integers or text, got {column.dtype}"
    )


def _frame_stars(
    column: pl.Series, file: str, bounds: RatingScale | None
) -> tuple[NDArray[np.float32], NDArray[Any], float]:
    if column.dtype == pl.Boolean:
        column = column.cast(pl.String)
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        return _stars_of(column.cast(pl.String), bounds)
    if not column.dtype.is_numeric():
        raise FormatError(
            f"{file}, column {column.name}: stars must be numbers, got {column.dtype}"
        )
    wrong = _missing(column)
    stars = column.cast(pl.Float32, strict=False).fill_null(0.0).to_numpy()
    finite = np.isfinite(stars)
    wrong[~finite & (wrong == "")] = kinds.NOT_FINITE
    if bounds is not None:
        outside = finite & ~bounds.holds(stars)
        wrong[outside & (wrong == "")] = kinds.OUT_OF_SCALE
    return stars, wrong, 0.0


def _frame_times(column: pl.Series, file: str, order: str) -> tuple[NDArray[np.int64], int]:
    if column.dtype == pl.Date:
        column = column.cast(pl.Datetime("us"))
    if isinstance(column.dtype, pl.Datetime):
        seconds = column.dt.epoch("s").fill_null(0).to_numpy().astype(np.int64)
        late = seconds > latest_time()
        return np.where(late, 0, seconds), int(late.sum())
    if column.dtype.is_numeric():
        column = column.cast(pl.Float64) if column.dtype.is_float() else column
        text = column.cast(pl.Int64, strict=False) if column.dtype.is_integer() else column
        known = text.drop_nulls()
        known = known.filter(known.is_finite()) if text.dtype.is_float() else known
        unit = time_unit(known.head(1000).to_list())
        numbers = text.to_numpy().astype(np.float64) if text.dtype.is_float() else None
        if numbers is None:
            seconds = text.fill_null(0).to_numpy() // TIME_UNITS[unit]
            odd = np.zeros(len(column), dtype=np.bool_)
        else:
            odd = ~np.isfinite(numbers) & column.is_not_null().to_numpy()
            seconds = np.floor(np.where(np.isfinite(numbers), numbers, 0) / TIME_UNITS[unit])
        odd |= (seconds > latest_time()) | (seconds < -(2**40))
        return np.where(odd, 0, seconds).astype(np.int64), int(odd.sum())
    if column.dtype != pl.String:
        raise FormatError(f"{file}, column {column.name}: no times, got {column.dtype}")
    text = column.fill_null("").str.strip_chars()
    first = [value for value in text.head(1000).to_list() if value]
    return _times_of(text, _time_kind(first), order or date_order(first))
