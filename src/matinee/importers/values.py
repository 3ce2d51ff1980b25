"""Single values of other services' files: ratings, years, days, ids and titles."""

from __future__ import annotations

import datetime as dt
import math
import re

from matinee.scale import RatingScale

__all__ = [
    "LONGEST_TITLE",
    "BadValueError",
    "clean_title",
    "read_imdb_id",
    "read_number",
    "read_rating",
    "read_time",
    "read_year",
]

LONGEST_TITLE = 300

_IMDB_ID = re.compile(r"tt(\d{1,10})")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,4})?")


class BadValueError(ValueError):
    """A value that leads to its row being skipped; the message is the reason."""


def clean_title(text: object) -> str:
    """A title without signs that cannot be seen or that a terminal would obey.

    Raises
    ------
    BadValueError
        If nothing is left, or it is longer than a title.
    """
    if not isinstance(text, str):
        raise BadValueError("no title")
    if len(text) > LONGEST_TITLE:
        raise BadValueError(f"a title of {len(text):,} characters, more than {LONGEST_TITLE}")
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    title = " ".join(shown.split())
    if not title:
        raise BadValueError("no title")
    return title


def read_rating(value: object, scale: RatingScale) -> float:
    """A rating on a scale.

    Raises
    ------
    BadValueError
        If it is not a number on the scale.

    Examples
    --------
    >>> read_rating("4,5", RatingScale(0.5, 5.0, 0.5))
    4.5
    """
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e6 else math.nan
    elif isinstance(value, str) and _NUMBER.fullmatch(value) and value.isascii():
        number = float(value.replace(",", "."))
    on_grid = not scale.step or number / scale.step == round_or_nan(number / scale.step)
    if number not in scale or not on_grid:
        raise BadValueError(f"the rating {_shown(value)} is not one of {scale}")
    return number


def round_or_nan(number: float) -> float:
    """The nearest whole number; what is not a number stays so."""
    return number if math.isnan(number) else float(round(number))


def read_year(value: object) -> int | None:
    """A year; None where there is none.

    Raises
    ------
    BadValueError
        If it cannot be a film's.
    """
    number = read_number(value, "year")
    if number is None:
        return None
    if not 1870 <= number <= 2100:
        raise BadValueError(f"the year {number} is not a film's")
    return number


def read_number(value: object, what: str) -> int | None:
    """A whole number from 1; None where there is none or it is 0.

    Raises
    ------
    BadValueError
        If it is something else.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**15:
        raise BadValueError(f"the {what} {_shown(value)} is not a number")
    return value or None


def read_imdb_id(value: object) -> str | None:
    """An IMDb id in the form with at least seven digits; None where there is none.

    Raises
    ------
    BadValueError
        If it is something else.

    Examples
    --------
    >>> read_imdb_id("tt133093")
    'tt0133093'
    """
    if value is None or value == "":
        return None
    match = _IMDB_ID.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise BadValueError(f"{_shown(value)} is not an IMDb id")
    return f"tt{int(match[1]):07d}"


def read_time(value: object) -> int | None:
    """A day or a moment (ISO 8601) in Unix seconds; None where there is none.

    A moment without a time zone is taken as UTC, and a day as its beginning.

    Raises
    ------
    BadValueError
        If it is something else.

    Examples
    --------
    >>> read_time("1970-01-02"), read_time("2014-09-01T09:10:11.000Z")
    (86400, 1409562611)
    """
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
            raise ValueError
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return math.floor((moment - _EPOCH).total_seconds())
    except (ValueError, OverflowError):
        raise BadValueError(f"the date {_shown(value)} is not of the form 2024-05-31") from None


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | None) else "of another type"
    return text if len(text) <= 40 else text[:39] + "…"
