"""Finding out how somebody's own ratings file is written, from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from matinee.datasets.archive import Source
from matinee.datasets.columns import rating_positions
from matinee.datasets.rows import Role, RowFormat, strip_bom
from matinee.datasets.values import Kind
from matinee.errors import FormatError
from matinee.scale import RatingScale

__all__ = ["first_lines", "separator_of", "sniff"]

_SAMPLE_BYTES = 2**17
_SAMPLE_LINES = 1000
_SEPARATORS = ("::", "\t", ";", "|", ",")
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf", re.ASCII | re.IGNORECASE)
_MILLISECONDS = 10**11  # as seconds, this would be the year 5138


def first_lines(source: Source, member: str) -> list[str]:
    """The first lines of a text file that are not blank.

    Raises
    ------
    FormatError
        If the file is empty or is not text in UTF-8.
    """
    with source.open(member) as file:
        data = file.read(_SAMPLE_BYTES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormatError(f"{member} is in UTF-16: save it as UTF-8")
    if data.startswith(b"PK\x03\x04"):
        raise FormatError(f"{member} is an archive inside an archive: unpack it first")
    if b"\x00" in data:
        raise FormatError(f"{member} is not a text table: it holds zero bytes")
    whole = len(data) < _SAMPLE_BYTES
    lines = strip_bom(data).decode("utf-8", errors="replace").split("\n")
    if not whole:
        lines.pop()  # cut in the middle
    lines = [line.rstrip("\r") for line in lines[: _SAMPLE_LINES + 1]]
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise FormatError(f"{member} is empty: ratings are needed")
    return lines


def separator_of(lines: Sequence[str], file: str) -> str:
    """The separator that cuts most lines into the same number of columns, three or more.

    Raises
    ------
    FormatError
        If none does.

    Examples
    --------
    >>> separator_of(["user;movie;rating", "1;Crime, Inc.;4"], "mine.csv")
    ';'
    """
    best, best_share = "", 0.0
    for separator in _SEPARATORS:
        widths = Counter(len(split_line(line, separator)) for line in lines[:50])
        width, count = widths.most_common(1)[0]
        share = count / sum(widths.values())
        if width >= 3 and share > best_share:
            best, best_share = separator, share
    if not best:
        raise FormatError(
            f"{file} is no table of ratings: its first line {lines[0][:60]!r} has fewer than three "
            f"columns, whether cut at comma, semicolon, tab, '|' or '::'"
        )
    return best


def split_line(line: str, separator: str) -> list[str]:
    """The fields of one line, quotes taken off."""
    if separator == "::" or '"' not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator), [])


def sniff(
    source: Source,
    member: str,
    mapping: Mapping[Role, str],
    *,
    bounds: RatingScale | None = None,
    separator: str | None = None,
) -> RowFormat:
    """How a ratings file is written: separator, header, columns and kinds of values.

    Raises
    ------
    FormatError
        If it does not look like ratings; the message says what is missing.
    """
    lines = first_lines(source, member)
    separator = separator or separator_of(lines, member)
    rows = [split_line(line, separator) for line in lines]
    header = not any(_NUMBER.fullmatch(value.strip()) for value in rows[0])
    width = len(rows[0])
    if not header:
        # The first row may be the wrong one: what most rows have is right.
        width = Counter(map(len, rows)).most_common(1)[0][0]
    names = [name.strip() for name in rows[0]] if header else [str(i + 1) for i in range(width)]
    positions = rating_positions(names, mapping, member, header=header)
    body = [row for row in rows[header:] if len(row) == width]
    kinds: dict[Role, Kind] = {"rating": "stars"}
    for role, position in positions.items():
        values = [row[position].strip() for row in body]
        if role in ("user", "movie"):
            kinds[role] = _id_kind(values)
        elif role == "timestamp":
            kinds[role] = _time_kind(values)
    return RowFormat(
        separator=separator,
        names=tuple(names),
        positions=positions,
        kinds=kinds,
        header=header,
        quoted=separator != "::" and any('"' in line for line in lines),
        bounds=bounds,
    )


def _id_kind(values: Sequence[str]) -> Kind:
    """Integers if most values are (the others are then wrong), else text."""
    filled = [value for value in values if value]
    integers = sum(_INTEGER.fullmatch(value) is not None for value in filled)
    if filled and 2 * integers > len(filled):
        return "int64"
    whole = sum(re.fullmatch(r"\d{1,15}\.0*", value) is not None for value in filled)
    return "whole" if filled and 2 * (whole + integers) > len(filled) else "text"


def _time_kind(values: Sequence[str]) -> Kind:
    numbers = [float(value) for value in values if _NUMBER.fullmatch(value)]
    if len(numbers) < 0.5 * len(values) or not values:
        return "date"
    if any("." in value for value in values):
        return "moment"
    return "millis" if sorted(numbers)[len(numbers) // 2] > _MILLISECONDS else "seconds"
