"""What people called the films: ``tags.csv`` and ``tags.dat`` into counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from matinee.catalog import TagCounts
from matinee.datasets import problems as kinds
from matinee.datasets.archive import Source, read_member
from matinee.datasets.films import csv_lines, decoded, plain_lines
from matinee.datasets.problems import Problems
from matinee.datasets.rows import strip_bom
from matinee.errors import FormatError
from matinee.ids import IdVocabulary

__all__ = ["count_tags", "read_tags"]

_HEADER = ["userId", "movieId", "tag", "timestamp"]


def read_tags(
    source: Source, member: str, vocabulary: IdVocabulary, problems: Problems
) -> TagCounts:
    """Count, for each film and tag, the people who gave it.

    Tags are compared without case and without spaces at their ends; empty ones and those of films
    that the vocabulary does not have are passed over.

    Raises
    ------
    BadRowError
        At the first wrong row, unless `problems` skips them.
    """
    data = read_member(source, member)
    frame = None if member.lower().endswith(".dat") else _fast(data)
    if frame is None:
        frame = _exact(data, member, problems)
    return count_tags(frame, vocabulary)


def _fast(data: bytes) -> pl.DataFrame | None:
    """All rows, or None where something in the file is not as it should be."""
    if strip_bom(data[:100]).split(b"\n")[0].strip() != b",".join(map(str.encode, _HEADER)):
        return None
    types: dict[str, Any] = dict.fromkeys(_HEADER, pl.Int64) | {"tag": pl.String}
    try:
        frame = pl.read_csv(strip_bom(data), schema=types)
    except pl.exceptions.PolarsError:
        return None
    if any(frame[name].null_count() for name in ("userId", "movieId", "timestamp")):
        return None
    return frame.select(user="userId", movie="movieId", tag="tag")


def _exact(data: bytes, member: str, problems: Problems) -> pl.DataFrame:
    text = decoded(data)
    if member.lower().endswith(".dat"):
        names, lines = ["UserID", "MovieID", "Tag", "Timestamp"], plain_lines(text, "::")
    else:
        lines = csv_lines(text, ",", member, problems)
        names = [name.strip() for name in next(lines, (1, [""]))[1]]
        if names != _HEADER:
            raise FormatError(
                f"{member} must have the columns {', '.join(_HEADER)}, got {', '.join(names)}"
            )
    found: tuple[list[int], list[int], list[str]] = ([], [], [])
    for line, fields in lines:
        if len(fields) != len(names):
            detail = f"{len(fields)} columns where {len(names)} are expected"
            problems.add(kinds.COLUMN_COUNT, member, line, "", ",".join(fields), detail)
            continue
        wrong = [
            i for i in (0, 1, 3) if not (fields[i].strip().isdecimal() and len(fields[i]) < 19)
        ]
        if wrong:
            column = wrong[0]
            problems.add(kinds.NOT_A_NUMBER, member, line, names[column], fields[column])
            continue
        found[0].append(int(fields[0]))
        found[1].append(int(fields[1]))
        found[2].append(fields[2])
    types = {"user": pl.Int64, "movie": pl.Int64, "tag": pl.String}
    return pl.DataFrame(dict(zip(types, found, strict=True)), schema=types)


def count_tags(frame: pl.DataFrame, vocabulary: IdVocabulary) -> TagCounts:
    """Counts from a frame with one row for each time that a ``user`` gave a ``movie`` a ``tag``."""
    codes = pl.Series("movie", vocabulary.encode(frame["movie"].to_numpy()))
    counts = (
        frame.with_columns(codes, tag=pl.col("tag").str.strip_chars().str.to_lowercase())
        .filter((pl.col("movie") >= 0) & (pl.col("tag") != ""))
        .unique(["user", "movie", "tag"])
        .group_by("movie", "tag")
        .len()
        .sort("movie", "tag")
    )
    names = counts["tag"].unique().sort()
    positions = np.searchsorted(np.asarray(names.to_list(), dtype=np.str_), counts["tag"].to_list())
    return TagCounts(
        tuple(names.to_list()),
        counts["movie"].to_numpy().astype(np.int32),
        positions.astype(np.int32),
        counts["len"].to_numpy().astype(np.int32),
    )
