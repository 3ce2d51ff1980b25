"""What was found, and what was not, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from matinee.errors import AmbiguousTitleError, UnknownTitleError
from matinee.html import card
from matinee.ids import Id, IdVocabulary
from matinee.titles.parse import parse_title
from matinee.titles.scoring import Scorer

__all__ = ["Answers", "TitleMatch", "TitleMatches"]

_COLUMNS = ("Film", "Movie id", "Confidence", "Found by")
_SHOWN, _LISTED = 5, 20  # films in a message, and as the candidates of an error


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """A film that was found.

    Attributes
    ----------
    code : int
        The film's code in the vocabulary of the index.
    movie_id : int or str
    title : str
        As displayed, without the year: ``"The Matrix"``.
    year : int or None
    confidence : float
        0 to 1. 1 is an id, or a whole title (and year). Comparable within one method.
    how : str
        What agreed, in words: ``"alternative title"``, ``"near miss (1 letter)"``.
    also : tuple of str
        Other films that fitted nearly as well, as ``"Title (Year)  id:ID"``.
    """

    code: int
    movie_id: Id
    title: str
    year: int | None
    confidence: float
    how: str
    also: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Title and year: ``"The Matrix (1999)"``."""
        return f"{self.title} ({self.year})" if self.year else self.title

    def _repr_html_(self) -> str:
        facts = {
            "Movie id": str(self.movie_id),
            "Confidence": f"{self.confidence:.0%}",
            "Found by": self.how,
            "Also": "; ".join(self.also),
        }
        return card("Film", self.label, facts)


class TitleMatches(list[TitleMatch]):
    """Films that were found, best first: a list, and a table in a notebook."""

    def _repr_html_(self) -> str:
        rows = [
            (each.label, str(each.movie_id), f"{each.confidence:.0%}", each.how) for each in self
        ]
        return card("Films", f"{len(self):,} found", None, _COLUMNS, rows)


class Answers:
    """Films as answers and as candidates of an error.

    Parameters
    ----------
    scorer : Scorer
        Titles and years.
    raw_titles : sequence of str, length n_movies
    movie_ids : IdVocabulary, length n_movies
    """

    def __init__(self, scorer: Scorer, raw_titles: Sequence[str], movie_ids: IdVocabulary) -> None:
        self._scorer = scorer
        self._raw = raw_titles
        self._ids = movie_ids

    def match(
        self, code: int, confidence: float, how: str, rivals: Iterable[int] = ()
    ) -> TitleMatch:
        """A film that was found, and the films that it was preferred to."""
        also = [other for other in rivals if other != code][:_SHOWN]
        return TitleMatch(
            code=code,
            movie_id=self._ids.id_of(code),
            title=parse_title(self._raw[code]).title,
            year=self._scorer.years_of(code)[0],
            confidence=round(confidence, 4),
            how=how,
            also=tuple(map(self.candidate, also)),
        )

    def label(self, code: int) -> str:
        """Title and year of a film."""
        first, last = self._scorer.years_of(code)
        return replace(parse_title(self._raw[code]), year=first, last_year=last).label

    def candidate(self, code: int) -> str:
        """A film as ``"Title (Year)  id:ID"``; the last word is a query for it."""
        return f"{self.label(code)}  id:{self._ids.id_of(code)}"

    def ambiguous(self, text: str, codes: Sequence[int]) -> AmbiguousTitleError:
        """The error for several films, best first, with a query that leads to one of them."""
        shown = [self.candidate(code) for code in codes[:_LISTED]]
        labels = [self.label(code) for code in codes]
        example = f'with its id, such as "id:{self._ids.id_of(codes[0])}"'
        if labels[0].casefold() != text.casefold() and labels.count(labels[0]) == 1:
            example = f'with the whole title and year, such as "{labels[0]}", or {example}'
        rest = f", and {len(codes) - _SHOWN:,} more" if len(codes) > _SHOWN else ""
        return AmbiguousTitleError(
            f'"{_shortened(text)}" may be any of {len(codes):,} films: '
            f"{'; '.join(shown[:_SHOWN])}{rest}. Say which {example}.",
            shown,
        )

    def unknown(self, text: str, nearest: Sequence[int]) -> UnknownTitleError:
        """The error for no film, with those that are nearest."""
        shown = "; ".join(map(self.candidate, nearest))
        return UnknownTitleError(
            f'no film is called "{_shortened(text)}". '
            + (f"Nearest: {shown}. Give one of these" if shown else "Give another title")
            + ', or an id, such as "id:1" or "tt0114709".'
        )


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
