"""Single values as people and programs write them: stars, times, years, ids, genres.

What reads a whole column looks at each distinct text once.
"""

from __future__ import annotations

import datetime as dt
import html
import itertools
import json
import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.tables import problems as kinds

__all__ = [
    "INTEGER",
    "NUMBER",
    "TIME_UNITS",
    "clean_text",
    "date_order",
    "epoch_seconds",
    "latest_time",
    "map_distinct",
    "read_imdb_number",
    "read_number",
    "read_stars",
    "read_time",
    "read_whole",
    "split_genres",
    "time_unit",
]

INTEGER = re.compile(r"0|-?[1-9][0-9]*")
"""An integer in the one form that comes back as it was."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)

_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_OUT_OF = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(?:/|out of)\s*(5|10|100)(?:\.0)?|([0-9]+)\s*%")
_GLYPHS = re.compile(r"(?=.)([★⭐]\ufe0f?)*(½|1/2)?[☆✩]*")
_NO_STARS = frozenset(("na", "n/a", "null", "none", "nil", "-", "–", "nan", "\\n"))
_UP = frozenset(("up", "thumbs up", "thumbsup", "thumb up", "like", "liked", "true", "yes", "👍"))
_DOWN = frozenset(
    ("down", "thumbs down", "thumbsdown", "thumb down", "dislike", "disliked", "false", "no", "👎")
)
_LOVED = frozenset(("two thumbs up", "double thumbs up", "love", "loved", "❤", "❤️"))


def read_stars(text: str) -> tuple[float, float] | str:
    """Stars and the highest there, 0 where the text does not say it; or what is wrong.

    Thumbs are stars out of five: down is 1, up is 4, two thumbs up are 5.

    Examples
    --------
    >>> read_stars("4.5"), read_stars("4,5"), read_stars("8/10"), read_stars("★★★½")
    ((4.5, 0.0), (4.5, 0.0), (8.0, 10.0), (3.5, 5.0))
    >>> read_stars("up"), read_stars("five"), read_stars("inf")
    ((4.0, 5.0), 'not a number', 'not finite')
    """
    text = text.strip()
    if NUMBER.fullmatch(text):
        value = float(text)
        return (value, 0.0) if math.isfinite(value) else kinds.NOT_FINITE
    if _NOT_FINITE.fullmatch(text):
        return kinds.NOT_FINITE
    if not text or text.casefold() in _NO_STARS:
        return kinds.MISSING
    if _COMMA.fullmatch(text):
        return float(text.replace(",", ".")), 0.0
    if match := _OUT_OF.fullmatch(text):
        if match[3]:
            return float(match[3]), 100.0
        return float(match[1].replace(",", ".")), float(match[2])
    if _GLYPHS.fullmatch(text):
        half = 0.5 if "½" in text or "1/2" in text else 0.0
        return text.count("★") + text.count("⭐") + half, 5.0
    word = text.casefold().removesuffix(" stars").removesuffix(" star")
    if word != text.casefold() and NUMBER.fullmatch(word):
        return float(word), 5.0
    for words, stars in ((_UP, 4.0), (_DOWN, 1.0), (_LOVED, 5.0)):
        if word in words:
            return stars, 5.0
    return kinds.NOT_A_NUMBER


# -- times ---------------------------------------------------------------------------------

TIME_UNITS = {"seconds": 1, "millis": 10**3, "micros": 10**6, "nanos": 10**9}
"""How many of them a second has."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EARLIEST = -2_208_988_800  # 1900
_SLASHED = re.compile(
    r"(\d{1,2})[./-](\d{1,2})[./-](\d{2}|\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?"
)
_DATE_FORMS = (
    "%b %d %Y, %H:%M",  # Criticker
    "%a %b %d %H:%M:%S %Y",  # IMDb until 2017
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y%m%d",
    "%Y-%m",
)


def latest_time() -> int:
    """The latest second in which somebody can have rated something: tomorrow's, anywhere."""
    return int(time.time()) + 2 * 86_400


def read_time(value: object, order: str = "") -> int | None:
    """Unix seconds (UTC) of a moment however written; None where it is none.

    Numbers are seconds, milli-, micro- or nanoseconds by their size. A moment without a time zone
    is taken as UTC, and a day as its beginning. What lies before 1900 or in the future is none.

    Parameters
    ----------
    value : str, int or float
    order : str
        ``"dmy"`` or ``"mdy"`` where a date like 05/11/2019 is to be read; without it only those
        are that can be read in one way.

    Examples
    --------
    >>> (
    ...     read_time("1970-01-02"),
    ...     read_time("2014-09-01T09:10:11.000Z"),
    ...     read_time(1_572_957_180_000),
    ... )
    (86400, 1409562611, 1572957180)
    >>> read_time("25/12/2019"), read_time("05/11/2019"), read_time("05/11/2019", "dmy")
    (1577232000, None, 1572912000)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _bounded(value / TIME_UNITS[time_unit([value])]) if math.isfinite(value) else None
    text = str(value).strip()
    if not text:
        return None
    if NUMBER.fullmatch(text):
        number = float(text)
        if 18_700_101 <= number <= 21_001_231 and len(text) == 8:
            moment = _parsed(text, "%Y%m%d")
            if moment is not None:
                return moment
        return _bounded(number / TIME_UNITS[time_unit([number])]) if math.isfinite(number) else None
    try:
        exact = dt.datetime.fromisoformat(re.sub(r"\s*UTC$", "", text))
        exact = exact if exact.tzinfo else exact.replace(tzinfo=dt.UTC)
        return _bounded((exact - _EPOCH).total_seconds())
    except (ValueError, OverflowError):
        pass
    if match := _SLASHED.fullmatch(text):
        return _slashed(match, order)
    return next((found for form in _DATE_FORMS if (found := _parsed(text, form)) is not None), None)


def date_order(texts: Iterable[str]) -> str:
    """Whether dates like 05/11/2019 have the day first, as those of a column tell together.

    Returns
    -------
    str
        ``"dmy"``, ``"mdy"``, or empty where none of them can be read in one way only.

    Examples
    --------
    >>> (
    ...     date_order(["05/11/2019", "13/11/2019"]),
    ...     date_order(["6/19/25"]),
    ...     date_order(["05/11/2019"]),
    ... )
    ('dmy', 'mdy', '')
    """
    for text in texts:
        match = _SLASHED.fullmatch(text)
        if match and int(match[1]) > 12 >= int(match[2]):
            return "dmy"
        if match and int(match[2]) > 12 >= int(match[1]):
            return "mdy"
    return ""


def _parsed(text: str, form: str) -> int | None:
    try:
        moment = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        return None
    return _bounded((moment - _EPOCH).total_seconds())


def _slashed(match: re.Match[str], order: str) -> int | None:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    if not order and first != second:
        order = "dmy" if first > 12 else "mdy" if second > 12 else ""
        if not order:
            return None
    day, month = (second, first) if order == "mdy" else (first, second)
    try:
        hour, minute, second_ = (int(part or 0) for part in match.groups()[3:])
        moment = dt.datetime(year, month, day, hour, minute, second_, tzinfo=dt.UTC)
    except ValueError:
        return None
    return _bounded((moment - _EPOCH).total_seconds())


def _bounded(seconds: float) -> int | None:
    return math.floor(seconds) if _EARLIEST <= seconds <= latest_time() else None


def time_unit(numbers: Sequence[float]) -> str:
    """The unit that most of these numbers are in, by their size.

    Examples
    --------
    >>> time_unit([1572957180]), time_unit([1572957180000]), time_unit([1572957180000000000])
    ('seconds', 'millis', 'nanos')
    """
    middle = sorted(map(abs, numbers))[len(numbers) // 2] if numbers else 0
    # As seconds, each of these bounds would be the year 5138.
    for unit, least in (("nanos", 1e17), ("micros", 1e14), ("millis", 1e11)):
        if middle > least:
            return unit
    return "seconds"


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


# -- numbers, ids, text --------------------------------------------------------------------


def read_whole(value: object) -> int | None:
    """A whole number below 10^15, also written ``1995.0``; None where it is none.

    Examples
    --------
    >>> read_whole("1995.0"), read_whole(949), read_whole("x"), read_whole("")
    (1995, 949, None, None)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = repr(value)
    match = re.fullmatch(r"\s*([0-9]{1,15})(?:\.0*)?\s*", value) if isinstance(value, str) else None
    return int(match[1]) if match else None


def read_number(text: str) -> float | None:
    """A finite number, with a decimal point or comma; None where it is none."""
    found = read_stars(text)
    return found[0] if isinstance(found, tuple) and not found[1] else None


def read_imdb_number(value: object) -> int:
    """IMDb's number of an id, with or without ``tt``, or of an address; 0 where it is none.

    Examples
    --------
    >>> read_imdb_number("tt0113277"), read_imdb_number("https://www.imdb.com/title/tt0073195/")
    (113277, 73195)
    >>> read_imdb_number("0078748"), read_imdb_number("nm0000134")
    (78748, 0)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 10**10 else 0
    text = value.strip() if isinstance(value, str) else ""
    match = re.fullmatch(r"(?:\S*imdb\.com/title/)?(?:tt)?([0-9]{1,10})(?:\.0|[/?]\S*)?", text)
    return int(match[1]) if match else 0


_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def clean_text(text: str) -> str:
    """Text without HTML's entities and without signs that cannot be seen.

    Examples
    --------
    >>> clean_text("Ocean&#039;s  Eleven"), clean_text("Fast &amp; Furious")
    ("Ocean's Eleven", 'Fast & Furious')
    """
    if "&" in text and ";" in text:
        text = html.unescape(text)
    shown = "".join(sign if sign.isprintable() else " " for sign in _HIDDEN.sub(" ", text))
    return " ".join(shown.split())


_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def split_genres(text: str) -> list[str]:
    """Genres in any of the usual forms: ``A|B``, ``A, B``, lists of names, lists of objects.

    Examples
    --------
    >>> split_genres("Drama, Crime"), split_genres('["Comedy","War"]'), split_genres("A|B")
    (['Drama', 'Crime'], ['Comedy', 'War'], ['A', 'B'])
    >>> split_genres("[{'id': 18, 'name': 'Drama'}, {'id': 80, 'name': 'Crime'}]")
    ['Drama', 'Crime']
    """
    text = text.strip()
    if not text or text == "(no genres listed)":
        return []
    if text[0] in "[{":
        names = _listed(text)
    else:
        separator = next((sign for sign in "|;," if sign in text), "/" if " / " in text else "|")
        names = text.split(separator)
    return list(dict.fromkeys(name for name in map(str.strip, names) if name))


def _listed(text: str) -> list[str]:
    try:
        values = json.loads(text)
        items = values if isinstance(values, list) else [values]
        return [str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in items]
    except (ValueError, RecursionError):
        # As Python writes lists: the names alone, or what stands in quotes behind 'name'.
        found = [first or second for first, second in _QUOTED.findall(text)]
        if "name" in found:
            return [value for key, value in itertools.pairwise(found) if key == "name"]
        return found


# -- columns -------------------------------------------------------------------------------


def map_distinct(column: pl.Series, function: Callable[[str], Any]) -> NDArray[Any]:
    """Each text of a column through a function, which sees each distinct text once.

    Parameters
    ----------
    column : polars.Series of str
        Missing values are seen as the empty text.
    function : callable
        From text to any object.
    """
    filled = column.fill_null("")
    distinct = filled.unique(maintain_order=True)
    values = np.empty(len(distinct), dtype=object)
    values[:] = [function(text) for text in distinct.to_list()]
    if len(distinct) == len(filled):
        return values
    places = pl.Series(np.arange(len(distinct), dtype=np.int64))
    at = filled.replace_strict(distinct, places, return_dtype=pl.Int64).to_numpy()
    found: NDArray[Any] = values[at]
    return found
