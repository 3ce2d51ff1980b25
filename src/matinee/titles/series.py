"""Which films belong to one series, by their titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from matinee.titles.normalize import fold

__all__ = ["series_names"]

_NUMERAL = re.compile(r"^(?:[2-9]|1\d|ii|iii|iv|v|vi|vii|viii|ix|x|xi|xii|xiii|two|three)$")
_PART = re.compile(r"^(?:part|episode|chapter|vol|volume|no)$")


def series_names(titles: Sequence[str]) -> list[str]:
    """A name for the series of each film; empty for a film that stands alone.

    Two films are of one series if what stands before a colon, a dash, ``part`` or a number is the
    same: *Alien* and *Alien 3*, *Star Wars: Episode IV* and *Star Wars: Episode V*, *The Mummy*
    and *The Mummy Returns*.

    Parameters
    ----------
    titles : sequence of str
        Without the years.

    Examples
    --------
    >>> series_names(["The Mummy", "The Mummy Returns", "The Mummy: Tomb of the Dragon Emperor"])
    ['mummy', 'mummy', 'mummy']
    >>> series_names(["Alien", "Alien 3", "My Stepmother Is an Alien", "Heat", "Aliens"])
    ['alien', 'alien', '', '', 'alien']
    """
    heads = [_head(title) for title in titles]
    whole = {head for head in heads if head}
    found = [_shortest(head, whole) for head in heads]
    members = Counter(found)
    return [name if members[name] >= 2 else "" for name in found]


def _shortest(head: str, whole: set[str]) -> str:
    """The head itself, or that of another film which this one goes on with a sequel's word."""
    words = head.split()
    for length in range(1, len(words)):
        start = " ".join(words[:length])
        if words[length] in _SEQUEL and start in whole:
            return start
    return head


def _head(title: str) -> str:
    """What stands before a colon, a dash, a part or a number."""
    words = _words(re.split(r":| - | – |\(", title)[0]) or _words(title)
    cut = next(
        (
            place
            for place, word in enumerate(words)
            if place and (_NUMERAL.match(word) or _PART.match(word))
        ),
        len(words),
    )
    return " ".join(map(_singular, words[:cut]))


def _words(text: str) -> list[str]:
    words = re.findall(r"\w+", fold(text))
    return words[1:] if len(words) > 1 and words[0] in ("the", "a", "an") else words


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


_SEQUEL = frozenset(
    map(
        _singular,
        (
            *("again", "awakens", "begins", "beyond", "continues", "forever", "genisys", "goes"),
            *("meets", "origins", "reborn", "reloaded", "resurrection", "resurgence", "returns"),
            *("revolutions", "rides", "rises", "salvation", "strikes", "unleashed"),
        ),
    )
)
