"""One film from a title, an IMDb id or a movie id; or a clear word about why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import AmbiguousTitleError, ParameterError, UnknownTitleError
from matinee.ids import Id, IdVocabulary
from matinee.titles.lookup import names_of
from matinee.titles.normalize import fold, name_of
from matinee.titles.parse import parse_title
from matinee.titles.scoring import (
    EXACT,
    LIKELY,
    Hit,
    Reading,
    Scorer,
    imdb_number,
    reading,
    readings_of,
)
from matinee.titles.typeahead import TypeAhead

__all__ = ["TitleIndex", "TitleMatch"]

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


class _Answers:
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


LONGEST_QUERY = 500
"""Characters; what is longer is no title."""
POPULAR_FACTOR, POPULAR_LEAST = 10, 20
"""A film may stand for others of its title with this many times the ratings, and at least these."""

_FAR, _FAR_FACTOR = 3, 0.5
"""Years off that are worth a question, and what that takes from the confidence: two films of one
title are hardly ever made so close together, and beyond that are nearly always two."""
_BEGINNING, _SAME_YEAR = "beginning of the title", 0.92
_SUGGESTED = 3
_MOST_CANDIDATES = 30  # more films than these with a word are no list to choose from


class TitleIndex:
    """Finds films by what people call them.

    Tables are built when a call first needs them: an exact title needs one dictionary, a near miss
    and the search while typing need more.

    Parameters
    ----------
    raw_titles : sequence of str, length n_movies
        Titles as MovieLens writes them, in the order of the codes of `movie_ids`.
    movie_ids : IdVocabulary, length n_movies
        The films.
    years : ndarray, shape (n_movies,), dtype int16, optional
        Year of each film, 0 where unknown; read from the titles if not given.
    imdb_ids, tmdb_ids : ndarray, shape (n_movies,), dtype int64, optional
        IMDb's number of each film (without the letters "tt") and TMDB's, 0 where unknown.
    popularity : ndarray, shape (n_movies,), optional
        Number of ratings of each film. It orders candidates; it decides only in :meth:`find`.

    Raises
    ------
    ParameterError
        If the lengths differ.

    Examples
    --------
    >>> titles = ["Toy Story (1995)", "Heat (1995)", "Heat (1986)", "Amelie (2001)"]
    >>> index = TitleIndex(titles, IdVocabulary([1, 6, 7, 8]), popularity=np.array([9, 99, 3, 50]))
    >>> index.find("heat").label, index.find("amélie").movie_id, index.find("toy stroy").how
    ('Heat (1995)', 8, 'near miss (1 letter)')
    >>> [match.label for match in index.search("hea")]
    ['Heat (1995)', 'Heat (1986)']
    """

    def __init__(
        self,
        raw_titles: Sequence[str],
        movie_ids: IdVocabulary,
        *,
        years: NDArray[np.int16] | None = None,
        imdb_ids: NDArray[Any] | None = None,
        tmdb_ids: NDArray[Any] | None = None,
        popularity: NDArray[Any] | None = None,
    ) -> None:
        for what, column in {
            "titles": raw_titles,
            "years": years,
            "IMDb ids": imdb_ids,
            "TMDB ids": tmdb_ids,
            "numbers of ratings": popularity,
        }.items():
            if column is not None and len(column) != len(movie_ids):
                raise ParameterError(
                    f"{len(column):,} {what} for {len(movie_ids):,} movie ids: give one for each, "
                    f"in the order of the ids"
                )
        self.movie_ids = movie_ids
        self.raw_titles = raw_titles
        self.imdb_ids, self.tmdb_ids = imdb_ids, tmdb_ids
        self.popularity = (
            np.zeros(len(movie_ids), dtype=np.int64) if popularity is None else popularity
        )
        self._scorer = Scorer(raw_titles, years)
        self._answers = _Answers(self._scorer, raw_titles, movie_ids)

    def __len__(self) -> int:
        return len(self.movie_ids)

    def __repr__(self) -> str:
        return f"TitleIndex({len(self):,} films)"

    @cached_property
    def _typeahead(self) -> TypeAhead:
        return TypeAhead(self._scorer, self.popularity)

    # -- one film --------------------------------------------------------------------------

    def find(self, query: str | int, *, prefer_popular: bool = True) -> TitleMatch:
        """The one film that a query means.

        Readings are tried in this order, and the first that leads anywhere decides:

        1. the title as the catalogue writes it; ``id:`` and an id; an IMDb id (``tt0133093``, or
           its address); an integer as a movie id;
        2. whole titles: main or alternative, in any case, with or without accents, punctuation,
           blanks, article and year, numerals as digits, Roman or words;
        3. a movie id as text: a title beats an id, so ``"300"`` is the film 300 where there is
           one, and ``"id:300"`` is always the id;
        4. a part of a title in front of or behind a colon or dash, or a year that is one off;
        5. near misses by edit distance: one letter in a key of four, two from eight, three from
           fourteen; never one that changes a number;
        6. several words of a title, in any order.

        Parameters
        ----------
        query : str or int
            A title or an id.
        prefer_popular : bool
            Among films that fit equally well, take the one with at least ten times the ratings of
            each other (and at least twenty). Without ratings, or with False, such a query is
            ambiguous. A year in the query is always kept.

        Returns
        -------
        TitleMatch
            Its ``how`` and ``also`` say what was taken for granted.

        Raises
        ------
        UnknownTitleError
            If nothing fits; the message names the nearest films.
        AmbiguousTitleError
            If several do; the message shows how to say which.
        """
        if isinstance(query, int | np.integer):
            return self._by_id(int(query))
        text = " ".join(_bounded(query).split())
        if not text:
            raise UnknownTitleError('an empty title: give a title such as "The Matrix (1999)"')
        written, namesakes = self._as_written(text)
        if written >= 0 and (namesakes == 1 or parse_title(text).year is not None):
            return self._answers.match(written, 1.0, "title as written")
        if text[:3].lower() == "id:":
            return self._by_id(text[3:].strip())
        imdb = imdb_number(text)
        if imdb:
            return self._by_imdb(imdb, text)

        readings = readings_of(text)
        hits = self._scorer.hits(readings, tolerance=1, off=0.84)
        code = self.movie_ids.code_of(text)
        if code >= 0:
            titled = {film: hit for film, hit in hits.items() if self._is_titled(film, text)}
            parts = {film: hit for film, hit in hits.items() if not hit.numeral}
            if not titled and parts and self.movie_ids.is_integer:
                raise self._answers.ambiguous(text, [*self._ordered(parts), code])
            if not titled:
                return self._answers.match(code, 1.0, "movie id")
            hits = {code: Hit(0.0, "movie id"), **titled}
        found = self._decide(text, hits, prefer_popular=prefer_popular, gap=0.04, written=written)
        if found is None:
            found = self._by_slip_or_words(text, readings, prefer_popular=prefer_popular)
        if found is None:
            raise self._answers.unknown(text, self._nearest(text, readings))
        return found

    def _nearest(self, text: str, readings: list[Reading]) -> list[int]:
        """Films worth naming where nothing was found."""
        codes = self._scorer.suggestions(readings)[:_SUGGESTED]
        return codes or [code for code, _ in self._typeahead.search(text, _SUGGESTED)]

    def _is_titled(self, code: int, text: str) -> bool:
        """Whether this is a film's title, main or alternative, letter by letter."""
        names = names_of(self._scorer.cut(code))
        return any(shown.casefold() == text.casefold() for shown, _, _ in names)

    def _by_slip_or_words(
        self, text: str, readings: list[Reading], *, prefer_popular: bool
    ) -> TitleMatch | None:
        """A film whose title is a few letters away, or has all the words."""
        words = self._scorer.by_words(readings)
        near = self._scorer.near(readings)
        # "nemo" is no slip for "Memo" where "Finding Nemo" exists.
        known = bool(words) and any(map(self._scorer.all_known, readings))
        for hits, gap in ((words, 1.0), (near, 0.02)) if known else ((near, 0.02), (words, 1.0)):
            found = self._decide(text, hits, prefer_popular=prefer_popular, gap=gap)
            if found is not None:
                return found
        if known and 1 < len(words) <= _MOST_CANDIDATES:
            raise self._answers.ambiguous(
                text, sorted(words, key=lambda code: (-int(self.popularity[code]), code))
            )
        return None

    def _decide(
        self,
        text: str,
        hits: dict[int, Hit],
        *,
        prefer_popular: bool,
        gap: float,
        written: int = -1,
    ) -> TitleMatch | None:
        """The film that the hits lead to, if any.

        Rivals are whole titles, however the article goes; among lesser hits, those within `gap` of
        the best. One film wins alone, or by its ratings, or because it is `written` so, or with the
        very title that was asked.
        """
        if not hits:
            return None
        codes = self._ordered(hits)
        best = hits[codes[0]].score
        least = EXACT if best >= EXACT else best - gap
        rivals = [code for code in codes if hits[code].score >= least]
        stands_out = prefer_popular and self._stands_out(rivals)
        if best < LIKELY and not (stands_out and self._well_known(rivals)):
            return None
        if stands_out and len(rivals) > 1:
            chosen = max(rivals, key=lambda code: int(self.popularity[code]))
            how = f"{hits[chosen].how}, by far the most rated of {len(rivals)}"
            return self._answers.match(chosen, hits[chosen].score, how, rivals)
        if written in rivals:
            return self._answers.match(written, 1.0, "title as written", rivals)
        if len(rivals) == 1 or (best >= EXACT and hits[rivals[1]].score < best):
            return self._answers.match(codes[0], best, hits[codes[0]].how, codes)
        raise self._answers.ambiguous(text, rivals)

    def _stands_out(self, codes: Sequence[int]) -> bool:
        counts = sorted((int(self.popularity[code]) for code in codes), reverse=True)
        second = counts[1] if len(counts) > 1 else 0
        return counts[0] >= max(POPULAR_LEAST, POPULAR_FACTOR * second)

    def _well_known(self, codes: Sequence[int]) -> bool:
        """Whether the most rated of these is in the most rated tenth of the catalogue."""
        most = max(int(self.popularity[code]) for code in codes)
        return most >= max(POPULAR_LEAST, self._many_ratings)

    @cached_property
    def _many_ratings(self) -> float:
        return float(np.quantile(self.popularity, 0.9)) if len(self) else 0.0

    def _ordered(self, hits: dict[int, Hit]) -> list[int]:
        return sorted(hits, key=lambda code: (-hits[code].score, -int(self.popularity[code]), code))

    def _as_written(self, text: str) -> tuple[int, int]:
        """The film whose raw title is the query, and how many films share its key.

        Case and accents count only between films that differ in nothing else. The code is -1
        where no film or several have this raw title.
        """
        owners = self._scorer.keys.get(name_of(parse_title(text).title).key)
        raw = {owner >> 1: " ".join(self.raw_titles[owner >> 1].split()) for owner in owners}
        folded = fold(text)
        written = [code for code in raw if fold(raw[code]) == folded]
        if len(written) > 1:
            written = [code for code in written if raw[code] == text]
        return (written[0] if len(written) == 1 else -1), len(raw)

    def _by_id(self, movie_id: Id) -> TitleMatch:
        code = self.movie_ids.code_of(movie_id)
        if code < 0:
            raise UnknownTitleError(
                f"no film has the id {movie_id}: search for it by title, such as "
                f'"The Matrix (1999)", or by an IMDb id, such as "tt0133093"'
            )
        return self._answers.match(code, 1.0, "movie id")

    def _by_imdb(self, number: int, text: str) -> TitleMatch:
        code = self._code_of_imdb(number)
        if code < 0:
            known = self.imdb_ids is not None and bool(np.any(self.imdb_ids))
            why = "no film here has" if known else "this catalogue has no IMDb ids, so not"
            raise UnknownTitleError(
                f'{why} the IMDb id "{text}": search for it by title, such as "The Matrix (1999)"'
            )
        return self._answers.match(code, 1.0, "IMDb id")

    def _code_of_imdb(self, number: int) -> int:
        return self._by_imdb_id.get(number, -1) if number > 0 else -1

    @cached_property
    def _by_imdb_id(self) -> dict[int, int]:
        return _codes_by_number(self.imdb_ids)

    @cached_property
    def _by_tmdb_id(self) -> dict[int, int]:
        return _codes_by_number(self.tmdb_ids)

    def same(
        self,
        movie_id: Id,
        title: str = "",
        year: int | None = None,
        *,
        imdb_id: str | int | None = None,
        tmdb_id: int | None = None,
    ) -> int:
        """The code of a film that was stored with its movie id, -1 where it is not here.

        The id counts only where its film is the same one: by IMDb's or TMDB's number where both
        sides have one, else by title and year, give or take one; a film without a title goes by
        its id alone. Otherwise it is looked for by numbers, and by whole title and year.
        """
        imdb = imdb_id if isinstance(imdb_id, int) else imdb_number(imdb_id or "")
        code = self.movie_ids.code_of(movie_id)
        if not title or (code >= 0 and self._agrees(code, title, year, imdb, tmdb_id or 0)):
            return code
        for number, known in ((imdb, self._by_imdb_id), (tmdb_id or 0, self._by_tmdb_id)):
            if number in known:
                return known[number]
        hits = self._scorer.hits([reading(title)], tolerance=0, off=0.0, parts=False)
        near = [
            code
            for code, hit in hits.items()
            if hit.score > 0.96 and self._agrees(code, title, year, imdb, tmdb_id or 0)
        ]
        return min(near, key=lambda code: (self._gap(code, year), code)) if year and near else -1

    def _agrees(self, code: int, title: str, year: int | None, imdb: int, tmdb: int) -> bool:
        for column, number in ((self.imdb_ids, imdb), (self.tmdb_ids, tmdb)):
            own = 0 if column is None else int(column[code])
            if own and number:
                return own == number
        key = name_of(parse_title(title).title).key
        return self._gap(code, year) <= 1 and any(
            name.key == key for _, name, _ in names_of(self._scorer.cut(code))
        )

    def _gap(self, code: int, year: int | None) -> int:
        own = self._scorer.years_of(code)[0]
        return 0 if own is None or year is None else abs(own - year)

    # -- several films ---------------------------------------------------------------------

    def search(self, text: str, limit: int = 10) -> list[TitleMatch]:
        """Films for a text that is still being typed, best first.

        Every word of the text begins a word of the title. Titles that are the text come first,
        then those that begin with it, then those that have it in one piece, then the others; the
        most rated first within each. A year at the end narrows. Where nothing fits, words are
        taken for the nearest words there are.

        Parameters
        ----------
        text : str
            What was typed so far.
        limit : int
            Most films to return, at least 1.

        Raises
        ------
        ParameterError
            If `limit` is below 1, or the text longer than 500 characters.
        """
        if limit < 1:
            raise ParameterError(f"limit is {limit}: ask for at least 1 film")
        found = self._typeahead.search(_bounded(text), limit)
        return [self._answers.match(code, hit.score, hit.how) for code, hit in found]

    def match(
        self,
        title: str,
        year: int | None = None,
        *,
        imdb_id: str | int | None = None,
        tmdb_id: int | None = None,
        original_title: str | None = None,
        tolerance: int = 1,
        near: bool = True,
        limit: int = 10,
    ) -> list[TitleMatch]:
        """Candidates for a film of another service, with confidences.

        An IMDb or TMDB id that the catalogue has settles the matter. Otherwise titles and
        alternative titles are compared as :meth:`find` does, a candidate with another id counts
        less, a whole title up to three years off is offered and never sure, and
        the confidence is shared between candidates that fit about equally. Popularity orders
        equals and changes no confidence. In the measurements of the documentation, a first
        candidate of 0.9 or more is the right film in over 99 of 100 cases.

        Parameters
        ----------
        title : str
            As the other service writes it.
        year : int, optional
            Year of release there.
        imdb_id : str or int, optional
            ``"tt0133093"``, its address, or the number alone.
        tmdb_id : int, optional
        original_title : str, optional
            The title in the film's own language.
        tolerance : int
            Years by which the two sources may differ without a word: services date a film by its
            festival or by its release.
        near : bool
            Whether near misses and single words are looked at: a thousandth of a second each.
        limit : int
            Most candidates to return.

        Returns
        -------
        list of TitleMatch
            Best first, empty where nothing is near.

        Raises
        ------
        ParameterError
            If `tolerance` is negative, `limit` below 1 or a title longer than 500 characters.
        """
        if tolerance < 0 or limit < 1:
            raise ParameterError(
                f"tolerance is {tolerance} and limit {limit}: they begin at 0 and at 1"
            )
        number = imdb_id if isinstance(imdb_id, int) else imdb_number(imdb_id or "")
        for code, how in (
            (self._code_of_imdb(number), "IMDb id"),
            (self._by_tmdb_id.get(tmdb_id or 0, -1), "TMDB id"),
        ):
            if code >= 0:
                return [self._answers.match(code, 1.0, how)]
        readings = [
            reading._replace(year=year, last_year=year) if year is not None else reading
            for text in (title, original_title or "")
            if _bounded(text).strip()
            for position, reading in enumerate(readings_of(" ".join(text.split())))
            if position == 0 or None in (year, reading.year) or reading.year == year
        ]
        hits = self._scorer.hits(readings, tolerance=tolerance, off=0.93)
        if near and max((hit.score for hit in hits.values()), default=0.0) < 0.9:
            for more in (self._scorer.near(readings, tolerance), self._scorer.by_words(readings)):
                for code, hit in more.items():
                    if code not in hits or hits[code].score < hit.score:
                        hits[code] = hit
        found = self._confidences(hits, year, number, tmdb_id or 0)
        if year is not None and (not found or next(iter(found.values())).score < 0.9):
            known = any(self._scorer.keys.get(name.key) for one in readings for name in one.names)
            hits = (
                self._scorer.hits(readings, tolerance=_FAR, off=0.93, parts=False) if known else {}
            )
            for code, hit in self._confidences(hits, year, number, tmdb_id or 0).items():
                found.setdefault(code, Hit(hit.score * _FAR_FACTOR, hit.how))
        codes = sorted(found, key=lambda code: -found[code].score)[:limit]
        return [self._answers.match(code, found[code].score, found[code].how) for code in codes]

    def _confidences(
        self, hits: dict[int, Hit], year: int | None, imdb: int, tmdb: int
    ) -> dict[int, Hit]:
        """What fits, with its confidence as its score, best first."""
        if not hits:
            return {}
        if year is not None and len(hits) == 1:
            ((code, hit),) = hits.items()
            if hit.how == _BEGINNING and self._scorer.years_of(code)[0] == year:
                # "Star Wars", of the very year of "Star Wars: Episode IV - A New Hope".
                hits = {code: Hit(_SAME_YEAR, hit.how)}
        for name, number, ids in (("IMDb", imdb, self.imdb_ids), ("TMDB", tmdb, self.tmdb_ids)):
            for code, hit in hits.items() if number else ():
                if ids is not None and ids[code] not in (0, number):
                    hits[code] = Hit(hit.score * 0.6, f"{hit.how}, another {name} id")
        if year is None:
            titled = [code for code, hit in hits.items() if hit.score >= EXACT]
            if titled and self._stands_out(titled):
                # Nobody who says "Heat" and no year means the one that few have seen.
                known = max(titled, key=lambda code: int(self.popularity[code]))
                how = hits[known].how
                if len(titled) > 1:
                    how = f"{how}, by far the most rated of {len(titled)}"
                return {known: Hit(hits[known].score * 0.92, how)}
            hits = {code: Hit(hit.score * 0.88, hit.how) for code, hit in hits.items()}
        # Two films that fit equally well share their confidence; one that fits a little less well
        # takes little: the 32nd power of 0.94 is 0.14.
        total = sum(hit.score**32 for hit in hits.values())
        return {
            code: Hit(hits[code].score ** 33 / total, hits[code].how)
            for code in self._ordered(hits)
        }


def _codes_by_number(numbers: NDArray[Any] | None) -> dict[int, int]:
    if numbers is None:
        return {}
    codes = np.flatnonzero(numbers)[::-1]  # of two films with one number the first stays
    return dict(zip(numbers[codes].tolist(), codes.tolist(), strict=True))


def _bounded(text: str) -> str:
    if len(text) > LONGEST_QUERY:
        raise ParameterError(
            f"a title of {len(text):,} characters: the limit is {LONGEST_QUERY}, give the title "
            f"and the year alone"
        )
    return text
