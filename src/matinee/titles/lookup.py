"""The look-up tables behind `matinee.titles.TitleIndex`, each built when it is first needed.

What a table stores of a title is one integer, its *owner*: twice the code of the film, plus one
where the title is an alternative one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from matinee.titles.normalize import (
    Name,
    fold,
    glued_words,
    is_leading_article,
    keys_of,
    name_of,
    split_words,
)
from matinee.titles.parse import Segments, join_article, segments, split_article

__all__ = ["KeyTable", "NearTable", "PrefixTable", "Titles", "WordTable", "names_of"]

# Where a title falls into a head and a tail: "Star Wars: Episode IV - A New Hope".
_JOINT = re.compile(r"(?:,?\s+or)?:\s+|\s+[-\u2013\u2014]\s+")
_PLAIN = re.compile(r"^(?:([^\n(,]*[^\n(, \t]) \(((?:19|20)[0-9][0-9])\)|(.*))$", re.MULTILINE)
_HIGHEST = "\U0010ffff"


def names_of(cut: Segments) -> Iterator[tuple[str, Name, bool]]:
    """Every title of a film as ``(displayed, name, is_alternative)``.

    A title whose article stood behind a comma and might be another word in front ("Welle, Die")
    comes twice: with the article as a word of the title, and without it.
    """
    for position, segment in enumerate((cut.title, *cut.alternatives)):
        article, rest = split_article(segment)
        shown = join_article(article, rest)
        name = name_of(shown)
        yield shown, name, position > 0
        if article and not is_leading_article(article):
            yield shown, Name(article.lower().strip("'’"), name_of(rest).key), position > 0


class Titles:
    """All titles of all films, alternatives included, as they are displayed.

    Parameters
    ----------
    raw_titles : sequence of str, length n_movies
        As MovieLens writes them.

    Attributes
    ----------
    shown : list of str, length n_titles
    owners : list of int, length n_titles
    keys : list of str, length n_titles
    extra : list of (str, int)
        Further keys and owners: of titles without an article that only its place behind a comma
        shows to be one.
    years : ndarray, shape (n_movies,), dtype int16
        First year in each raw title, 0 where there is none.
    """

    def __init__(self, raw_titles: Sequence[str]) -> None:
        self.shown: list[str] = []
        self.owners: list[int] = []
        self.extra: list[tuple[str, int]] = []
        self.years = np.zeros(len(raw_titles), dtype=np.int16)
        shown, owners = self.shown, self.owners
        joined = "\n".join(raw_titles)
        if joined.count("\n") >= max(1, len(raw_titles)):
            joined = "\n".join(" ".join(raw.split()) for raw in raw_titles)
        # Three titles in four are plain words and a year: those need no parser.
        found = _PLAIN.findall(joined) if len(raw_titles) else []
        self.years[:] = [int(year) if year else 0 for _, year, _ in found]
        for code, (plain, _, other) in enumerate(found):
            if plain:
                shown.append(plain)
                owners.append(2 * code)
            else:
                self._parse(code, other)
        self.keys = keys_of(shown)

    def _parse(self, code: int, raw: str) -> None:
        cut = segments(raw)
        self.years[code] = cut.year or 0
        for position, segment in enumerate((cut.title, *cut.alternatives)):
            article, rest = split_article(segment)
            self.shown.append(join_article(article, rest))
            self.owners.append(2 * code + (position > 0))
            if article and not is_leading_article(article):
                self.extra.append((name_of(rest).key, self.owners[-1]))


class KeyTable:
    """From the key of a title to its owners.

    Parameters
    ----------
    entries : iterable of (str, int)
        Keys and owners.
    """

    def __init__(self, entries: Iterable[tuple[str, int]]) -> None:
        table: dict[str, int | list[int]] = {}
        for key, owner in entries:
            held = table.setdefault(key, owner)
            if held is owner:
                continue
            if isinstance(held, list):
                if owner != held[-1]:
                    held.append(owner)
            elif held != owner:
                table[key] = [held, owner]
        self._table = table

    @classmethod
    def of_titles(cls, titles: Titles) -> KeyTable:
        """Whole titles."""
        return cls(chain(zip(titles.keys, titles.owners, strict=True), titles.extra))

    @classmethod
    def of_parts(cls, titles: Titles, *, heads: bool) -> KeyTable:
        """What stands before (`heads`) or behind a colon or dash within a title."""
        parts: list[str] = []
        owners: list[int] = []
        for text, owner in zip(titles.shown, titles.owners, strict=True):
            if ": " not in text and " - " not in text and " \u2013 " not in text:
                continue
            for joint in _JOINT.finditer(text):
                part = text[: joint.start()] if heads else text[joint.end() :]
                if part.strip():
                    parts.append(part)
                    owners.append(owner)
        return cls(zip(keys_of(parts), owners, strict=True))

    def get(self, key: str) -> list[int]:
        """The owners of one key."""
        held = self._table.get(key)
        if held is None:
            return []
        return held if isinstance(held, list) else [held]

    def keys(self) -> Iterable[str]:
        """All keys."""
        return self._table.keys()


def head_of(title: str) -> str:
    """What stands before the first colon or dash of a title, or the empty string."""
    joint = _JOINT.search(title)
    return title[: joint.start()] if joint else ""


class NearTable:
    """Keys that differ from a query by few letters.

    Keys lie sorted by length, so that only those are compared whose length allows the distance.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = sorted(keys, key=len)
        lengths = np.fromiter(map(len, self._keys), dtype=np.int64, count=len(self._keys))
        self._starts: list[int] = np.searchsorted(
            lengths, np.arange(int(lengths[-1]) + 2 if lengths.size else 1)
        ).tolist()
        # One query asks for the same key several times: for an answer, then for suggestions.
        self._remembered = lru_cache(maxsize=64)(self._near)

    def near(self, key: str, most: int) -> list[tuple[str, int]]:
        """Keys within `most` edits (a letter added, lost, changed, or swapped with its neighbour).

        Returns
        -------
        list of (str, int)
            Key and distance, nearest first.
        """
        return self._remembered(key, most)

    def _near(self, key: str, most: int) -> list[tuple[str, int]]:
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        last = len(self._starts) - 1
        first, end = max(0, len(key) - most), len(key) + most + 1
        if first > last:
            return []
        choices = self._keys[self._starts[first] : self._starts[min(end, last)]]
        found = extract(key, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
        return sorted(((text, int(distance)) for text, distance, _ in found), key=lambda x: x[1])


class PrefixTable:
    """Titles by how they begin, with and without their article."""

    def __init__(self, titles: Titles) -> None:
        keys, owners = list(titles.keys), list(titles.owners)
        for key, owner in titles.extra:
            keys.append(key)
            owners.append(owner)
        with_article = keys_of(titles.shown, articles=True)
        for longer, key, owner in zip(with_article, titles.keys, titles.owners, strict=True):
            if len(longer) != len(key):
                keys.append(longer)
                owners.append(owner)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self._keys = [keys[at] for at in order]
        self._owners = np.asarray(owners, dtype=np.int32)[order]

    def starting(self, prefix: str) -> NDArray[np.int32]:
        """Owners of the titles that begin with `prefix`."""
        low = bisect_left(self._keys, prefix)
        return self._owners[low : bisect_left(self._keys, prefix + _HIGHEST, lo=low)]

    def equal(self, key: str) -> NDArray[np.int32]:
        """Owners of the titles that are `key`."""
        low = bisect_left(self._keys, key)
        return self._owners[low : bisect_left(self._keys, key + "\0", lo=low)]


class WordTable:
    """From the words of titles to films: an inverted index over a sorted vocabulary.

    Words that begin alike are neighbours, and so are their films: a prefix is one slice.
    """

    def __init__(self, titles: Titles, n_movies: int) -> None:
        self.n_movies = n_movies
        folded = fold("\n".join(titles.shown))
        words: list[str] = []
        counts: list[int] = []
        for line, plain in zip(folded.split("\n"), split_words(folded), strict=True):
            found = plain.split() + glued_words(line)
            words += found
            counts.append(len(found))
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__
        coded = np.fromiter(map(numbers.__getitem__, words), dtype=np.int64, count=len(words))
        self.vocabulary = sorted(numbers)
        rank = np.empty(len(numbers), dtype=np.int64)
        rank[[numbers[word] for word in self.vocabulary]] = np.arange(len(numbers))
        movies = np.repeat(
            np.asarray(titles.owners, dtype=np.int64) >> 1,
            np.asarray(counts[: len(titles.owners)], dtype=np.int64),
        )
        step = max(1, n_movies)
        pairs = np.sort(rank[coded] * step + movies)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        self._movies = (pairs % step).astype(np.int32)
        self._starts = np.searchsorted(pairs, np.arange(len(numbers) + 1, dtype=np.int64) * step)

    @cached_property
    def _by_length(self) -> NearTable:
        return NearTable(self.vocabulary)

    def mask(self, words: Iterable[str], *, prefix: bool) -> NDArray[np.bool_]:
        """Films that have one of `words` (or a word that begins so), shape (n_movies,)."""
        found = np.zeros(self.n_movies, dtype=np.bool_)
        for word in words:
            low = bisect_left(self.vocabulary, word)
            high = bisect_left(self.vocabulary, word + (_HIGHEST if prefix else "\0"), lo=low)
            found[self._movies[self._starts[low] : self._starts[high]]] = True
        return found

    def near(self, word: str, most: int) -> list[str]:
        """The words nearest to `word` that are within `most` edits."""
        hits = self._by_length.near(word, most)
        return [other for other, distance in hits if distance == hits[0][1]]

    def near_beginnings(self, word: str, most: int) -> list[str]:
        """Words whose beginning, as long as `word`, is nearest to it and within `most` edits.

        Only words that begin with one of the first two letters of `word` are looked at, which
        keeps this quick enough for every key that is pressed.
        """
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        candidates: list[str] = []
        for letter in sorted(set(word[:2])):
            low = bisect_left(self.vocabulary, letter)
            candidates += self.vocabulary[
                low : bisect_left(self.vocabulary, letter + _HIGHEST, lo=low)
            ]
        begun = [other[: len(word)] for other in candidates]
        hits = extract(word, begun, scorer=OSA.distance, score_cutoff=most, limit=None)
        nearest = min((distance for _, distance, _ in hits), default=0)
        return [candidates[at] for _, distance, at in hits if distance == nearest]
