"""What a person may have meant by what they typed, before any film is looked at."""

from __future__ import annotations

import re
from typing import NamedTuple

from matinee.titles.normal import Name, name_of
from matinee.titles.parse import segments
from matinee.titles.tables import names_of

__all__ = [
    "NO_YEAR",
    "Reading",
    "imdb_number",
    "likeness",
    "reading",
    "readings_of",
    "without_misspelt_article",
    "year_factor",
]

# "matrix 1999", "matrix, 1999", "matrix [1999]": a year without its brackets.
_BARE_YEAR = re.compile(r"(.*[^\s,([])[\s,]+[\[(]?((?:18[7-9]|19\d|20\d)\d)[\])]?")
_ARTICLE_LAST = re.compile(r"(.*\S)\s+(the|an|a)", re.IGNORECASE)
_IMDB_ID = re.compile(r"(?:\S*imdb\.com/title/)?tt([0-9]{1,18})(?:[/?]\S*)?", re.IGNORECASE)
NO_YEAR = 0.92
"""What a film without a year keeps of its score where a year was asked for."""


class Reading(NamedTuple):
    """One way to understand a query."""

    title: str
    names: tuple[Name, ...]
    alternatives: tuple[Name, ...]
    year: int | None
    last_year: int | None


def readings_of(text: str) -> list[Reading]:
    """Every sensible reading of a query, the plainest first.

    A number at the end may be part of the title ("Blade Runner 2049") or a year ("matrix 1999");
    both are kept, and the catalogue decides.
    """
    found = [reading(text)]
    if found[0].year is None:
        bare = _BARE_YEAR.fullmatch(found[0].title)
        if bare is not None:
            found.append(reading(bare[1], int(bare[2])))
    for first in found[:]:
        moved = _ARTICLE_LAST.fullmatch(first.title)
        if moved is not None:
            found.append(reading(f"{moved[2]} {moved[1]}", first.year))
        if first.title[:2].lower() == "l " and len(first.title) > 2:
            found.append(reading(f"L'{first.title[2:]}", first.year))
    return found


def reading(text: str, year: int | None = None) -> Reading:
    """The text as one title, with its year where the text has none."""
    cut = segments(text)
    names: tuple[list[Name], list[Name]] = ([], [])
    shown = ""
    for title, name, alternative in names_of(cut):
        shown = shown or title
        names[alternative].append(name)
    first, last = (cut.year, cut.last_year) if cut.year is not None else (year, year)
    return Reading(shown, tuple(names[0]), tuple(names[1]), first, last)


def imdb_number(text: str) -> int:
    """IMDb's number in an id or address, 0 where the text is none.

    Examples
    --------
    >>> imdb_number("tt0133093"), imdb_number("https://www.imdb.com/title/tt0133093/?ref_=x")
    (133093, 133093)
    >>> imdb_number("The Matrix")
    0
    """
    match = _IMDB_ID.fullmatch(text.strip())
    return int(match[1]) if match else 0


def likeness(asked: Name, name: Name, *, alternative: bool) -> tuple[float, str]:
    """How well two names of one key agree, 0–1, and in words."""
    if asked.article == name.article:
        score, how = 1.0, "title"
    elif not asked.article:
        score, how = 0.965, "title without its article"
    elif not name.article:
        score, how = 0.955, "title with an article added"
    else:
        score, how = 0.94, "title with another article"
    return (score * 0.97, f"alternative {how}") if alternative else (score, how)


def year_factor(
    asked: int | None, first: int | None, last: int | None, *, tolerance: int, off: float
) -> float:
    """What a year takes from a score: nothing, a share, or all of it where it contradicts.

    Parameters
    ----------
    asked : int or None
        The year that was given.
    first, last : int or None
        The film's years; `last` is None for a range that is still open.
    tolerance : int
        Years by which the two may differ.
    off : float
        The factor where they differ by that much or less.
    """
    if asked is None:
        return 1.0
    if first is None:
        return NO_YEAR
    end = asked if last is None else last
    gap = max(first - asked, asked - max(first, end), 0)
    if gap == 0:
        return 1.0
    return off if gap <= tolerance else 0.0


def without_misspelt_article(title: str) -> Name | None:
    """The name of "teh matrix" or "thhe matrix" without its first word."""
    from rapidfuzz.distance import OSA

    first, _, rest = title.partition(" ")
    if rest and 2 <= len(first) <= 4 and OSA.distance(first.lower(), "the") == 1:
        return name_of(rest)
    return None
