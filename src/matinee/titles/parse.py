"""The way MovieLens writes a title, taken apart.

A raw title carries up to four things: the title, with its article behind a comma; further titles
of the same film in brackets; a year or a range of years in brackets; and, in the oldest files, a
mark such as ``(V)`` for a film that came out on video only::

    City of Lost Children, The (Cité des enfants perdus, La) (1995)
    Death Note: Desu nôto (2006–2007)
    Land Before Time III: The Time of the Great Giving (1995) (V)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["ParsedTitle", "Segments", "join_article", "parse_title", "segments", "split_article"]

# Articles that stand behind a comma. There they cannot be anything else, so short words of many
# languages are safe; what may be taken for an article in front is a shorter list (normal.py).
_ARTICLES = (
    "the a an la le les l' l’ el los las lo il i gli un une una uno ein eine o os as um uma "
    "das der die dem de het den det en ett et da"
)
_TRAILING = frozenset(_ARTICLES.split())
_LONGEST_TRAILING = max(map(len, _TRAILING))
_YEAR = re.compile(r"(\d{4})\s*(?:([-\u2013\u2014])\s*(\d{4})?)?")
_ALSO_KNOWN_AS = re.compile(r"(?:a\.\s?k\.\s?a\.?|aka|also known as)\s*:?\s+(?=\S)", re.IGNORECASE)
# Marks behind the year: video, television, video game, and IMDb's I, II, … for films of one title.
_MARK = re.compile(r"V|TV|VG|TV Movie|Video|[IVX]+")
# A bracket that belongs to the title: "Ah Boys To Men (Part 1)", "Birdman: Or (The …)".
_PART = re.compile(r"(?:part|vol\.?|volume|episode|chapter)\s+\w+", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1870, 2100


class Segments(NamedTuple):
    """A raw title cut where its brackets are; articles still stand where they stood."""

    title: str
    alternatives: tuple[str, ...]
    year: int | None
    last_year: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class ParsedTitle:
    """A title for people, and what its raw form said besides.

    Attributes
    ----------
    title : str
        With its article in front: ``"The Matrix"``.
    year, last_year : int or None
        Equal for a film of one year; first and last year of a range; ``last_year`` is None where
        the range is left open (``"(2001–)"``); both are None where the year is not known.
    alternatives : tuple of str
        Further titles, articles in front, without ``a.k.a.``.
    mark : str
        What stood in brackets behind the year and is no title, such as ``"V"``; mostly empty.
    """

    title: str
    year: int | None = None
    last_year: int | None = None
    alternatives: tuple[str, ...] = ()
    mark: str = ""

    @property
    def years(self) -> str:
        """The year or range as text, empty where it is not known."""
        if self.year is None:
            return ""
        if self.last_year is None:
            return f"{self.year}\u2013"
        return (
            str(self.year) if self.year == self.last_year else f"{self.year}\u2013{self.last_year}"
        )

    @property
    def label(self) -> str:
        """Title and year, as a list of films shows them."""
        return f"{self.title} ({self.years})" if self.years else self.title

    def __str__(self) -> str:
        parts = [self.title, *(f"({other})" for other in self.alternatives)]
        parts += [f"({text})" for text in (self.years, self.mark) if text]
        return " ".join(parts)


def parse_title(raw: str) -> ParsedTitle:
    """Take a raw title apart.

    Parameters
    ----------
    raw : str
        As MovieLens writes it, or as a person types it.

    Returns
    -------
    ParsedTitle
        ``parse_title(str(parsed))`` gives the same again.

    Examples
    --------
    >>> parse_title("Matrix, The (1999)").label
    'The Matrix (1999)'
    >>> parse_title("City of Lost Children, The (Cité des enfants perdus, La) (1995)")
    ... # doctest: +NORMALIZE_WHITESPACE
    ParsedTitle(title='The City of Lost Children', year=1995, last_year=1995,
                alternatives=('La Cité des enfants perdus',), mark='')
    >>> parse_title("Seven (a.k.a. Se7en) (1995)").alternatives
    ('Se7en',)
    >>> parse_title("Death Note: Desu nôto (2006-2007)").label
    'Death Note: Desu nôto (2006–2007)'
    >>> parse_title("(500) Days of Summer (2009)").title, parse_title("2001: A Space Odyssey").year
    ('(500) Days of Summer', None)
    """
    cut = segments(raw)
    return ParsedTitle(
        title=_display(cut.title),
        year=cut.year,
        last_year=cut.last_year,
        alternatives=tuple(_display(other) for other in cut.alternatives),
        mark=cut.mark,
    )


def segments(raw: str) -> Segments:
    """Cut a raw title at its brackets, leaving articles where they stand."""
    text = " ".join(raw.split())
    head, groups = _peel(text)
    article, rest = split_article(head)
    if article and rest.endswith(")"):  # "Human Centipede II (Full Sequence), The"
        inner, before = _peel(rest)
        if before and not any(map(_as_years, before)):
            head, groups = f"{inner}, {article}", before + groups
    year: int | None = None
    last_year: int | None = None
    mark = ""
    for position in range(len(groups) - 1, -1, -1):
        found = _as_years(groups[position])
        if found is None:
            continue
        year, last_year = found
        behind = groups[position + 1 :]
        if behind and _MARK.fullmatch(behind[-1]):
            mark = behind.pop()
        groups = groups[:position] + behind
        break
    alternatives = tuple(_ALSO_KNOWN_AS.sub("", group, count=1) for group in groups)
    return Segments(head, alternatives, year, last_year, mark)


def split_article(segment: str) -> tuple[str, str]:
    """``("The", "Matrix")`` of ``"Matrix, The"``; ``("", segment)`` where none stands behind."""
    comma = segment.rfind(", ", max(0, len(segment) - _LONGEST_TRAILING - 2))
    if comma <= 0:
        return "", segment
    article, rest = segment[comma + 2 :], segment[:comma]
    if article.lower() not in _TRAILING:
        return "", segment
    # "Die, Mommie, Die" repeats a word, and "X, The, The" would change again when read again.
    first = rest.split(" ", 1)[0].rstrip(",")
    if first.lower() == article.lower() or split_article(rest)[0]:
        return "", segment
    return article, rest


def join_article(article: str, rest: str) -> str:
    """``"The Matrix"`` of ``("The", "Matrix")``, ``"L'Avventura"`` of ``("L'", "Avventura")``."""
    if not article:
        return rest
    return article + rest if article[-1] in "'’" else f"{article} {rest}"


def _display(segment: str) -> str:
    return join_article(*split_article(segment))


def _as_years(group: str) -> tuple[int, int | None] | None:
    """First and last year of the text of a bracket, or None if it is something else."""
    match = _YEAR.fullmatch(group.strip())
    if match is None:
        return None
    year = int(match[1])
    last = int(match[3]) if match[3] else (None if match[2] else year)
    if not _FIRST_YEAR <= year <= _LAST_YEAR or (
        last is not None and not year <= last <= _LAST_YEAR
    ):
        return None
    return year, last


def _peel(text: str) -> tuple[str, list[str]]:
    """The title and the texts of the brackets behind it, left to right."""
    groups: list[str] = []
    while text.endswith(")"):
        start = _opening(text)
        if start < 0:
            # One bracket too many, as in "Mona … (1983))": only a year shows that it is a slip.
            doubled = text[:-1]
            start = _opening(doubled) if doubled.endswith(")") else -1
            if start < 0 or _as_years(doubled[start + 1 : -1]) is None:
                break
            text = doubled
        inside, head = text[start + 1 : -1].strip(), text[:start].rstrip()
        is_year = _as_years(inside) is not None
        glued = start > 0 and text[start - 1] not in " )"
        if not head or not inside or (glued and not is_year):
            break
        if not is_year and (_PART.fullmatch(inside) or head.lower().endswith(" or")):
            break
        groups.append(inside)
        text = head
    return text, groups[::-1]


def _opening(text: str) -> int:
    """Where the bracket that ends `text` opens, or -1."""
    start = text.rfind("(")
    if start >= 0 and text.find(")", start, -1) < 0:
        return start
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        if text[position] == ")":
            depth += 1
        elif text[position] == "(":
            depth -= 1
            if depth == 0:
                return position
    return -1
