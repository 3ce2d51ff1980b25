"""How well films fit the readings of a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matinee.titles.lookup import KeyTable, NearTable, Titles, WordTable, head_of, names_of
from matinee.titles.normalize import (
    Name,
    is_leading_article,
    name_of,
    numbers_in,
    other_numerals,
    words_of,
)
from matinee.titles.parse import Segments, segments

__all__ = ["EXACT", "LIKELY", "Hit", "Reading", "Scorer", "imdb_number", "reading", "readings_of"]

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


EXACT = 0.86
"""Scores from here on are whole titles."""
LIKELY = 0.60
"""Scores below are no answer by themselves, only suggestions."""

_NUMERAL, _HEAD, _TAIL, _ASKED_HEAD = 0.95, 0.85, 0.80, 0.78
_WEAK = 0.55
_NEAR = 0.85
_DOUBTED = 0.6
_MOST_CORRECTIONS = 3
_MOST_FILMS = 200  # of one key or with some words; "The Movie" ends dozens of titles


class Hit(NamedTuple):
    """How well a film fits, 0–1, why, and whether a numeral was rewritten for it."""

    score: float
    how: str
    numeral: bool = False


class Scorer:
    """The titles of a catalogue, and what of them fits a reading.

    Parameters
    ----------
    raw_titles : sequence of str, length n_movies
    years : ndarray, shape (n_movies,), dtype int16, or None
        0 where unknown.
    """

    def __init__(self, raw_titles: Sequence[str], years: NDArray[np.int16] | None) -> None:
        self._raw = raw_titles
        self._years = years

    # Each table is built by the first call that needs it.

    @cached_property
    def titles(self) -> Titles:
        """All titles as displayed, alternatives included."""
        return Titles(self._raw)

    @cached_property
    def keys(self) -> KeyTable:
        """Whole titles by key."""
        return KeyTable.of_titles(self.titles)

    @cached_property
    def heads(self) -> KeyTable:
        """Beginnings of titles by key."""
        return KeyTable.of_parts(self.titles, heads=True)

    @cached_property
    def tails(self) -> KeyTable:
        """Ends of titles by key."""
        return KeyTable.of_parts(self.titles, heads=False)

    @cached_property
    def near_keys(self) -> NearTable:
        """Keys by length."""
        return NearTable(self.keys.keys())

    @cached_property
    def words(self) -> WordTable:
        """Films by word."""
        return WordTable(self.titles, len(self._raw))

    # -- films -----------------------------------------------------------------------------

    def cut(self, code: int) -> Segments:
        """A film's raw title, cut."""
        return segments(self._raw[code])

    def years_of(self, code: int, cut: Segments | None = None) -> tuple[int | None, int | None]:
        """First and last year of a film: from its title, else from the column of years."""
        cut = self.cut(code) if cut is None else cut
        known = 0 if self._years is None else int(self._years[code])
        if cut.year is None and known:
            return known, known
        return cut.year, cut.last_year

    def all_years(self) -> NDArray[np.int16]:
        """First year of every film, 0 where unknown, shape (n_movies,)."""
        read = self.titles.years
        return read if self._years is None else np.where(read == 0, self._years, read)

    # -- whole titles and their parts ------------------------------------------------------

    def hits(
        self, readings: Iterable[Reading], *, tolerance: int, off: float, parts: bool = True
    ) -> dict[int, Hit]:
        """Films whose title, or a part of it, is what was asked; only those of a fitting year.

        Parameters
        ----------
        readings : iterable of Reading
        tolerance : int
            Years by which a film may be off.
        off : float
            Factor for such a film.
        parts : bool
            Whether a part of a title counts, or only whole ones.
        """
        found: dict[int, Hit] = {}
        for reading in readings:
            for code, hit in self._by_key(reading, parts=parts):
                cut = self.cut(code)
                factor = year_factor(
                    reading.year, *self.years_of(code, cut), tolerance=tolerance, off=off
                )
                if factor == 0.0:
                    continue
                how = hit.how
                if factor not in (1.0, NO_YEAR):
                    how += ", another year"
                    factor *= 1.0 if hit.score >= EXACT else 0.8
                scored = Hit(hit.score * factor, how, hit.numeral)
                if code not in found or found[code].score < scored.score:
                    found[code] = scored
        return found

    def _by_key(self, reading: Reading, *, parts: bool) -> Iterable[tuple[int, Hit]]:
        best = 0.0
        for asked in (*reading.names, *reading.alternatives):
            for owner in self.keys.get(asked.key)[:_MOST_FILMS]:
                score, how = max(
                    likeness(asked, name, alternative=alternative)
                    for _, name, alternative in names_of(self.cut(owner >> 1))
                    if name.key == asked.key
                )
                best = max(best, score)
                yield owner >> 1, Hit(score, how)
        for key in other_numerals(reading.title):
            for owner in self.keys.get(key)[:_MOST_FILMS]:
                best = max(best, _NUMERAL)
                score = _NUMERAL * (0.97 if owner & 1 else 1.0)
                yield owner >> 1, Hit(score, "title with its number written otherwise", True)
        if parts:
            yield from self._by_part(reading, has_title=best > 0.0)

    def _by_part(self, reading: Reading, *, has_title: bool) -> Iterable[tuple[int, Hit]]:
        # A part of a title is a poor guess where a whole title is there, unless a year agrees.
        if has_title and reading.year is None:
            return
        for asked in reading.names:
            keys = [asked.key, *other_numerals(reading.title)]
            several = _content(words_of(reading.title)) > 1 or reading.year is not None
            for key in keys:
                for owner in self.heads.get(key)[:_MOST_FILMS]:
                    yield owner >> 1, Hit(_HEAD, "beginning of the title", key != asked.key)
                for owner in self.tails.get(key)[:_MOST_FILMS]:
                    score = _TAIL if several and len(key) > 3 else _WEAK
                    yield owner >> 1, Hit(score, "subtitle", key != asked.key)

    # -- near misses -----------------------------------------------------------------------

    def near(self, readings: Iterable[Reading], tolerance: int = 0) -> dict[int, Hit]:
        """Films whose title is a few letters away, of a fitting year, with the same numbers."""
        found: dict[int, Hit] = {}
        for reading in readings:
            # A word that exists is seldom a slip for another: "Runaway Train" is not "… Brain".
            doubt = _DOUBTED if reading.year is None and self.all_known(reading) else 1.0
            for asked, before in self._near_names(reading):
                for key, edits in self.near_keys.near(asked.key, _edits(len(asked.key))):
                    distance = edits + before
                    length = max(len(key), len(asked.key)) + 3 * before
                    if distance == 0:
                        continue
                    for owner in self.keys.get(key):
                        code = owner >> 1
                        if not self._same_numbers(reading.title, code, key):
                            continue
                        factor = year_factor(
                            reading.year, *self.years_of(code), tolerance=tolerance, off=0.94
                        )
                        score = _NEAR * doubt * (1 - distance / length)
                        score *= _DOUBTED if factor == NO_YEAR else factor
                        if factor and (code not in found or found[code].score < score):
                            letters = "1 letter" if distance == 1 else f"{distance} letters"
                            found[code] = Hit(score, f"near miss ({letters})")
        return found

    def _near_names(self, reading: Reading) -> list[tuple[Name, int]]:
        """Names to look near to, and the slips that were mended in each."""
        found = [(name, 0) for name in reading.names]
        mended = without_misspelt_article(reading.title)
        return [*found, (mended, 1)] if mended is not None else found

    def _same_numbers(self, asked: str, code: int, key: str) -> bool:
        return any(
            numbers_in(shown) == numbers_in(asked)
            for shown, name, _ in names_of(self.cut(code))
            if name.key == key
        )

    # -- words -----------------------------------------------------------------------------

    def by_words(self, readings: Iterable[Reading]) -> dict[int, Hit]:
        """Films with all the words of a reading, the nearest existing word for an unknown one."""
        found: dict[int, Hit] = {}
        for reading in readings:
            words = words_of(reading.title)
            if not words or len(words) > 20:
                continue
            size = sum(map(len, words))
            several = _content(words) > (2 if reading.year is None else 1)
            codes, corrected = self._having(words)
            if reading.year is not None:
                codes = codes[np.isin(self.all_years()[codes], (0, reading.year))]
            if len(codes) > _MOST_FILMS:  # no list that anybody would choose from
                continue
            for code in codes.tolist():
                factor = year_factor(reading.year, *self.years_of(code), tolerance=0, off=0.0)
                if factor == 0.0:
                    continue
                longest = max(len(name_of(t).key) for t, _, _ in names_of(self.cut(code)))
                share = min(1.0, size / max(1, longest))
                score = 0.62 if several and not corrected and factor == 1.0 else 0.40
                score += 0.18 * share
                how = "words of the title" + (", completed or corrected" if corrected else "")
                if code not in found or found[code].score < score:
                    found[code] = Hit(score, how)
            found.update(self._without_subtitle(reading))
        return found

    def _without_subtitle(self, reading: Reading) -> Iterable[tuple[int, Hit]]:
        """Films that bear what stands before the colon; only the very year makes one likely."""
        head = name_of(head_of(reading.title))
        if reading.year is None or len(head.key) < 3:
            return
        for owner in self.keys.get(head.key)[:_MOST_FILMS]:
            if self.years_of(owner >> 1)[0] == reading.year:
                yield owner >> 1, Hit(_ASKED_HEAD, "title without its subtitle")

    def _having(self, words: list[str]) -> tuple[NDArray[np.intp], bool]:
        mask = np.ones(len(self._raw), dtype=np.bool_)
        corrections, changed = 0, False
        for word in words:
            known = self.words.mask((word,), prefix=False)
            if not known.any():
                known = self.words.mask((word,), prefix=True)
                changed = True
            if not known.any() and corrections < _MOST_CORRECTIONS:
                corrections += 1
                near = self.words.near(word, _edits(len(word)))
                known = self.words.mask(near, prefix=False)
            mask &= known
            if not mask.any():
                break
        return np.flatnonzero(mask), changed

    def all_known(self, reading: Reading) -> bool:
        """Whether every word of a reading is a word of some title: then it is hardly a slip."""
        return all(
            self.words.mask((word,), prefix=False).any() for word in words_of(reading.title)[:20]
        )

    # -- when nothing fits -----------------------------------------------------------------

    def suggestions(self, readings: Sequence[Reading]) -> list[int]:
        """Codes of films that are worth naming where nothing fits, best first."""
        anywhen = [reading._replace(year=None, last_year=None) for reading in readings]
        whole = self.hits(anywhen, tolerance=0, off=0.0)
        scored = {**self.by_words(anywhen), **self.near(anywhen), **whole}
        codes = sorted(scored, key=lambda code: -scored[code].score)
        asked = readings[-1].names[0].key
        if not codes and len(asked) > 3:
            wide = self.near_keys.near(asked, min(4, max(2, len(asked) // 4)))
            codes = [owner >> 1 for key, _ in wide[:3] for owner in self.keys.get(key)]
        return codes


def _content(words: Iterable[str]) -> int:
    """How many words say something: not articles, nor words of one or two letters."""
    return sum(len(word) > 2 and not is_leading_article(word) for word in words)


def _edits(length: int) -> int:
    """Edits that a key of this length may be away: fewer than would make it another word."""
    if length < 3:
        return 0
    return 1 if length < 8 else 2 if length < 14 else 3
