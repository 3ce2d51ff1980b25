"""Single values and parsed columns of a ratings file, by the way they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.datasets import problems as kinds

__all__ = ["TYPES", "Kind", "as_column", "convert", "epoch_seconds", "finished_column", "to_date"]

Kind: TypeAlias = Literal[
    "int32", "int64", "whole", "text", "stars", "seconds", "moment", "millis", "date"
]
"""Ids as integers, as whole numbers with a decimal point, or as text; stars; and times as Unix
seconds, the same with fractions, Unix milliseconds, or ISO 8601."""

TYPES: dict[str, type[pl.DataType]] = {
    "int32": pl.Int32,
    "int64": pl.Int64,
    "whole": pl.Float64,
    "text": pl.String,
    "stars": pl.Float32,
    "seconds": pl.Int64,
    "moment": pl.Float64,
    "millis": pl.Int64,
    "date": pl.String,
}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def finished_column(column: pl.Series, kind: Kind) -> Any:
    """A parsed column in its final form, or None if a value is missing or wrong."""
    if column.null_count():
        return None
    if kind == "text":
        return column
    if kind == "date":
        return epoch_seconds(column)
    values = column.to_numpy()
    if kind == "whole":
        whole = np.isfinite(values).all() and bool((values == np.floor(values)).all())
        return values.astype(np.int64) if whole else None
    if kind == "moment":
        return np.floor(values).astype(np.int64) if np.isfinite(values).all() else None
    return values // 1000 if kind == "millis" else values


def epoch_seconds(column: pl.Series) -> NDArray[np.int64] | None:
    """Unix seconds of dates or datetimes in ISO 8601, or None if they are not all of one form."""
    text = column.str.strip_chars().str.replace("T", " ", literal=True)
    text = text.str.replace(r"(Z| ?UTC)$", "+00:00")
    first = text[0] if len(text) else ""
    if re.search(r":\d\d(\.\d+)?\s*[+-]\d\d:?\d\d$", first):
        layouts = ["%Y-%m-%d %H:%M:%S%.f%z"]
    else:
        layouts = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
    for layout in layouts:
        try:
            if "%H" in layout:
                moments = text.str.to_datetime(layout, time_unit="us", strict=True)
            else:
                moments = text.str.to_date(layout, strict=True).cast(pl.Datetime("us"))
        except pl.exceptions.PolarsError:
            continue
        return moments.dt.epoch("s").to_numpy()
    return None


def as_column(values: list[Any], kind: Kind) -> Any:
    """Values that were read one by one, as a column of the type that parsing gives."""
    if kind == "text":
        return pl.Series(values, dtype=pl.String)
    types = {"int32": np.int32, "stars": np.float32}
    return np.asarray(values, dtype=types.get(kind, np.int64))


def convert(text: str, kind: Kind) -> tuple[Any, str]:
    """A value, and what is wrong with it."""
    if not text:
        return None, kinds.MISSING
    return _CONVERTERS[kind](text)


def _to_integer(text: str, limit: int) -> tuple[Any, str]:
    if not _INTEGER.fullmatch(text) or len(text) > 19 or abs(int(text)) > limit:
        return None, kinds.NOT_A_NUMBER
    return int(text), ""


def _to_whole(text: str) -> tuple[Any, str]:
    if not _NUMBER.fullmatch(text) or not float(text).is_integer():
        return None, kinds.NOT_A_NUMBER
    return int(float(text)), ""


def _to_stars(text: str) -> tuple[Any, str]:
    if _NOT_FINITE.fullmatch(text):
        return None, kinds.NOT_FINITE
    if not _NUMBER.fullmatch(text):
        return None, kinds.NOT_A_NUMBER
    return float(text), ""


def to_date(text: str) -> tuple[Any, str]:
    """Unix seconds of an ISO 8601 date or datetime, and what is wrong with it."""
    try:
        moment = datetime.fromisoformat(text.removesuffix("UTC").rstrip())
    except ValueError:
        return None, kinds.NOT_A_DATE
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()), ""


def _to_moment(text: str) -> tuple[Any, str]:
    value, problem = _to_stars(text)
    return (value if problem else math.floor(value)), problem


def _to_millis(text: str) -> tuple[Any, str]:
    value, problem = _to_integer(text, 2**63 - 1)
    return (value if problem else value // 1000), problem


_CONVERTERS: dict[str, Callable[[str], tuple[Any, str]]] = {
    "int32": lambda text: _to_integer(text, 2**31 - 1),
    "int64": lambda text: _to_integer(text, 2**63 - 1),
    "seconds": lambda text: _to_integer(text, 2**63 - 1),
    "moment": _to_moment,
    "millis": _to_millis,
    "whole": _to_whole,
    "text": lambda text: (text, ""),
    "stars": _to_stars,
    "date": to_date,
}
