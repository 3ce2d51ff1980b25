"""Films for a text that is still being typed."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.titles.lookup import PrefixTable, names_of
from matinee.titles.normalize import is_leading_article, keys_of, same_number, words_of
from matinee.titles.scoring import Hit, Scorer

__all__ = ["TypeAhead"]

# A class of matches: its score, and its name for people.
_IS, _BEGINS, _ALSO, _PHRASE, _WORDS, _GLUED, _YEAR, _SPELLING = range(8)
_HOW = (
    Hit(1.00, "title"),
    Hit(0.90, "beginning of the title"),
    Hit(0.85, "alternative title"),
    Hit(0.75, "part of the title"),
    Hit(0.60, "words of the title"),
    Hit(0.50, "letters of the title"),
    Hit(0.40, "year"),
    Hit(0.30, "words of the title, spelling corrected"),
)
_NEVER = len(_HOW)
_YEAR_TYPED = re.compile(r"(18[7-9]|19\d|20\d)\d")
_LOOKED_AT = 100  # films with all words that are looked at for the words in one piece
_MOST_WORDS, _MOST_CORRECTIONS = 12, 3


class TypeAhead:
    """The search of :meth:`matinee.titles.TitleIndex.search`.

    Parameters
    ----------
    scorer : Scorer
        The titles and their words.
    popularity : ndarray, shape (n_movies,)
        Number of ratings.
    """

    def __init__(self, scorer: Scorer, popularity: NDArray[Any]) -> None:
        self._scorer = scorer
        self._size = len(popularity)
        self._words = scorer.words
        self._beginnings = PrefixTable(scorer.titles)
        # Rank 0 is the most rated; the shorter title, then the lower code, where ratings are equal.
        lengths = np.zeros(self._size, dtype=np.int64)
        for text, owner in zip(scorer.titles.shown, scorer.titles.owners, strict=True):
            if not owner & 1:
                lengths[owner >> 1] = len(text)
        order = np.lexsort((lengths, -np.asarray(popularity, dtype=np.float64)))
        self._rank = np.empty(self._size, dtype=np.int64)
        self._rank[order] = np.arange(self._size)

    @cached_property
    def _years(self) -> NDArray[np.int16]:
        return self._scorer.all_years()

    def search(self, text: str, limit: int) -> list[tuple[int, Hit]]:
        """Codes and how they fit, best first; at most `limit`."""
        words = words_of(text)[:_MOST_WORDS]
        if not words:
            return []
        quality = np.full(self._size, _NEVER, dtype=np.int64)
        self._grade(quality, words, key=keys_of([" ".join(text.split())], articles=True)[0])
        if _YEAR_TYPED.fullmatch(words[-1]):
            self._grade_year(quality, words)
        if not (quality < _NEVER).any():
            self._grade_misspelt(quality, words)
        codes = np.flatnonzero(quality < _NEVER)
        order = quality[codes] * self._size + self._rank[codes]
        if codes.size > limit:
            best = np.argpartition(order, limit - 1)[:limit]
            codes, order = codes[best], order[best]
        codes = codes[np.argsort(order)]
        return [(int(code), _HOW[int(quality[code])]) for code in codes]

    def _grade(
        self,
        quality: NDArray[np.int64],
        words: list[str],
        *,
        key: str,
        within: NDArray[np.bool_] | None = None,
    ) -> None:
        """Lower `quality` (less is better) of the films that fit these words."""
        having = self._having(words)
        if within is not None:
            having &= within
        codes = np.flatnonzero(having)
        _lower(quality, codes, _WORDS)
        checked = np.zeros(self._size, dtype=np.bool_)
        if len(words) > 1:
            looked_at = codes
            if codes.size > _LOOKED_AT:
                best = np.argpartition(self._rank[codes], _LOOKED_AT)[:_LOOKED_AT]
                looked_at = codes[best]
            checked[looked_at] = True
            for code in looked_at.tolist():
                quality[code] = min(quality[code], self._grade_in_order(code, words))
        for owners, main, alternative in (
            (self._beginnings.starting(key), _BEGINS, _ALSO),
            (self._beginnings.equal(key), _IS, _ALSO),
        ):
            found = owners >> 1
            fits = having[found] & ((main == _IS) | ~checked[found])
            if within is None:
                _lower(quality, found[~fits], _GLUED if main == _BEGINS else _IS)
            _lower(quality, found[fits & (owners & 1 == 0)], main)
            _lower(quality, found[fits & (owners & 1 == 1)], alternative)

    def _grade_in_order(self, code: int, words: list[str]) -> int:
        """How a film fits that has all the words: in front, in one piece, or anyhow."""
        phrase, before = "".join(words), "".join(words[:-1])
        grade = _WORDS
        for shown, _, alternative in names_of(self._scorer.cut(code)):
            title = words_of(shown)
            starts = list(accumulate(map(len, title), initial=0))
            squeezed = "".join(title)
            for start in starts[:-1]:
                # The last word typed must begin a word, as "t" of "in t" does not in "Interview".
                if squeezed.startswith(phrase, start) and start + len(before) in starts:
                    in_front = start == 0 or (is_leading_article(title[0]) and start == starts[1])
                    grade = min(grade, (_ALSO if alternative else _BEGINS) if in_front else _PHRASE)
        return grade

    def _grade_year(self, quality: NDArray[np.int64], words: list[str]) -> None:
        """A year at the end: films of that year with the words before it."""
        within = self._years == int(words[-1])
        if len(words) == 1:
            _lower(quality, np.flatnonzero(within), _YEAR)
        else:
            self._grade(quality, words[:-1], key="".join(words[:-1]), within=within)

    def _grade_misspelt(self, quality: NDArray[np.int64], words: list[str]) -> None:
        having = np.ones(self._size, dtype=np.bool_)
        corrections = 0
        for word in words:
            known = self._of(word)
            if not known.any() and len(word) > 2 and corrections < _MOST_CORRECTIONS:
                corrections += 1
                near = self._words.near_beginnings(word, 1 if len(word) < 7 else 2)
                known = self._words.mask(near, prefix=False)
            having &= known
        _lower(quality, np.flatnonzero(having), _SPELLING)

    def _having(self, words: list[str]) -> NDArray[np.bool_]:
        having = self._of(words[0])
        for word in words[1:]:
            having &= self._of(word)
        return having

    def _of(self, word: str) -> NDArray[np.bool_]:
        """Films with a word that begins so, or with the same number written otherwise."""
        having = self._words.mask((word,), prefix=True)
        if word.isdecimal():
            having |= self._words.mask(same_number(word), prefix=False)
        return having


def _lower(quality: NDArray[np.int64], codes: NDArray[Any], value: int) -> None:
    quality[codes] = np.minimum(quality[codes], value)
