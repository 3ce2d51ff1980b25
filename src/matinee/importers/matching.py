"""The films of a file in a catalogue: which are sure, which to ask about, which are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from matinee.html import card
from matinee.ids import Id
from matinee.importers.records import FileKind, ImportFile, ImportRow, RowKind, Skipped

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.store import Kind
    from matinee.titles import TitleMatch

__all__ = ["SURE", "Candidate", "Known", "Matched", "Matcher", "Open", "Report", "known_key"]

SURE = 0.9
"""From this confidence on nobody is asked; see :meth:`matinee.titles.TitleIndex.match`."""

_WORTH_ASKING = 0.2
_MOST_CANDIDATES = 5
_TMDB_DIFFERS, _YEAR_DIFFERS = 0.6, 0.5
_TOLERANCE, _FAR = 1, 3
"""Years that may differ without a word, and those that are worth a question: services date a film
by its festival or by its release. Two films of one title are hardly ever made so close together,
and beyond that are nearly always two."""
_STORED: dict[RowKind, Kind] = {
    "rating": "rating",
    "watched": "seen",
    "like": "seen",
    "watchlist": "watchlist",
    "not-interested": "not-interested",
}

Known: TypeAlias = "frozenset[tuple[str, Kind, float | None, int | None]]"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A film of the catalogue that an entry may be.

    Attributes
    ----------
    movie_id : int or str
    title : str
    year : int or None
    confidence : float
        0 to 1.
    how : str
        What agreed, in words.
    """

    movie_id: Id
    title: str
    year: int | None
    confidence: float
    how: str

    @property
    def label(self) -> str:
        """Title and year."""
        return f"{self.title} ({self.year})" if self.year else self.title


@dataclass(frozen=True, slots=True)
class Matched:
    """A row and its film.

    Attributes
    ----------
    row : ImportRow
    film : Candidate
    in_catalog : bool
        False for a film of Matinee's own export that this catalogue does not have.
    """

    row: ImportRow
    film: Candidate
    in_catalog: bool = True


@dataclass(frozen=True, slots=True)
class Open:
    """An entry without a sure film, with all its rows.

    Attributes
    ----------
    key : str
        What a decision about it is remembered under; see :attr:`ImportRow.key`.
    rows : tuple of ImportRow
    candidates : tuple of Candidate
        Best first; empty where nothing is near.
    """

    key: str
    rows: tuple[ImportRow, ...]
    candidates: tuple[Candidate, ...] = ()


@dataclass
class Report:
    """What an import will do, before it does it.

    Attributes
    ----------
    kind : {"letterboxd", "imdb", "trakt", "matinee"}
    matched : list of Matched
        Rows that are new.
    uncertain : list of Open
        Entries that somebody should look at.
    unknown : list of Open
        Entries that the catalogue has nothing like.
    skipped : list of Skipped
        Rows that are not imported, and why.
    already : list of Matched
        Rows that are there already, or stand twice in the file.
    ignored : list of str
        Files within a zip file that hold nothing to import.
    decisions : dict of str to str or None
        Decisions that came with the file.
    """

    kind: FileKind
    matched: list[Matched] = field(default_factory=list)
    uncertain: list[Open] = field(default_factory=list)
    unknown: list[Open] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    already: list[Matched] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    decisions: dict[str, str | None] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows in each state."""
        return {
            "matched": len(self.matched),
            "uncertain": sum(len(entry.rows) for entry in self.uncertain),
            "unknown": sum(len(entry.rows) for entry in self.unknown),
            "skipped": len(self.skipped),
            "already": len(self.already),
        }

    def _repr_html_(self) -> str:
        names = {"already": "already there"}
        facts = {names.get(state, state).capitalize(): n for state, n in self.counts.items()}
        asked = [
            (
                entry.rows[0].label,
                state,
                ", ".join(f"{film.label} ({film.confidence:.0%})" for film in entry.candidates[:3]),
            )
            for state, entries in (("uncertain", self.uncertain), ("unknown", self.unknown))
            for entry in entries
        ]
        columns = ("Entry", "State", "May be") if asked else ()
        return card("Import", self.kind, facts, columns, asked)


def known_key(matched: Matched) -> tuple[str, Kind, float | None, int | None]:
    """Film, kind, value and time of a row, as the store keeps them.

    Examples
    --------
    >>> known_key(Matched(ImportRow("Heat", kind="watched"), Candidate(6, "Heat", 1995, 1.0, "id")))
    ('6', 'seen', 1.0, None)
    """
    row = matched.row
    value = None if row.removed else row.stars if row.kind == "rating" else 1.0
    return str(matched.film.movie_id), _STORED[row.kind], value, row.rated_at


class Matcher:
    """Finds the films of import files in one catalogue.

    An entry goes by what was decided about it before; else by an id that the catalogue has; else by
    title, alternative titles and year, give or take one. What was found is remembered.

    Parameters
    ----------
    catalog : Catalog

    Examples
    --------
    >>> from matinee.catalog import Catalog
    >>> matcher = Matcher(Catalog.from_columns([6, 7], ["Heat (1995)", "Heat (1986)"]))
    >>> file = ImportFile("letterboxd", [ImportRow("Heat", 1996, "watched")])
    >>> [str(one.film.movie_id) for one in matcher.match(file).matched]
    ['6']
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._found: dict[tuple[str, str | None, str, int | None], list[Candidate]] = {}

    def match(
        self,
        file: ImportFile,
        decisions: Mapping[str, str | None] | None = None,
        known: Known = frozenset(),
    ) -> Report:
        """Match a file.

        Parameters
        ----------
        file : ImportFile
        decisions : mapping of str to movie id or None, optional
            What was decided by the key of an entry: a film, or None to leave the entry out.
        known : set of tuple
            What is in the store already, as :func:`matinee.importers.known_to` tells it.

        Returns
        -------
        Report
        """
        decided = {**file.decisions, **(decisions or {})}
        report = Report(
            file.kind,
            skipped=list(file.skipped),
            ignored=list(file.ignored),
            decisions=dict(file.decisions),
        )
        entries: dict[str, list[ImportRow]] = {}
        for row in file.rows:
            entries.setdefault(_entry(row), []).append(row)
        found = {entry: self._film(rows[0], decided) for entry, rows in entries.items()}
        disputed = _disputed(found)
        said = set(known)
        rows_of: list[Matched] = []
        for entry, candidates in found.items():
            rows = entries[entry]
            if candidates is None:
                reason = "left out by your decision"
                report.skipped.extend(Skipped(r.line, reason, r.file, r.title) for r in rows)
            elif candidates and candidates[0].confidence >= SURE and entry not in disputed:
                film = candidates[0]
                there = str(film.movie_id) in self._ids
                rows_of.extend(Matched(row, film, there) for row in rows)
            elif candidates:
                report.uncertain.append(Open(rows[0].key, tuple(rows), tuple(candidates)))
            else:
                report.unknown.append(Open(rows[0].key, tuple(rows)))
        order = {id(row): position for position, row in enumerate(file.rows)}
        for matched in sorted(rows_of, key=lambda one: order[id(one.row)]):
            key = known_key(matched)
            (report.already if key in said else report.matched).append(matched)
            said.add(key)
        return report

    def candidate(self, movie_id: Id, confidence: float, how: str) -> Candidate | None:
        """A film of the catalogue by its id; None if it has none of this id."""
        code = self.catalog.movie_ids.code_of(movie_id)
        return None if code < 0 else self._of(code, confidence, how)

    def _of(self, code: int, confidence: float, how: str) -> Candidate:
        movie = self.catalog.movie(code, tags=0)
        return Candidate(movie.movie_id, movie.title, movie.year, round(confidence, 4), how)

    def _film(self, row: ImportRow, decided: Mapping[str, str | None]) -> list[Candidate] | None:
        """Candidates of an entry, best first; None where it was decided to leave it out."""
        if row.movie_id is not None:
            return self._own(row)
        if row.key in decided:
            movie_id = decided[row.key]
            if movie_id is None:
                return None
            film = self.candidate(movie_id, 1.0, "your decision")
            if film is not None:
                return [film]
        known_as = (row.key, row.imdb_id, row.original_title, row.tmdb_id)
        if known_as not in self._found:
            self._found[known_as] = self._search(row)
        return self._found[known_as]

    def _own(self, row: ImportRow) -> list[Candidate]:
        """The film of a row of Matinee's own export; kept even if the catalogue lacks it."""
        from matinee.store import Film, finder_of

        assert row.movie_id is not None
        film = None
        if row.title:
            film = Film(row.movie_id, row.title, row.year, row.imdb_id, row.tmdb_id)
        found = finder_of(self.catalog).find(row.movie_id, film)
        if found is not None:
            known = self.candidate(found, 1.0, "Matinee's id")
            return [known] if known is not None else []
        if row.movie_id not in self._ids:
            return [Candidate(row.movie_id, row.title, row.year, 1.0, "kept from the export")]
        return self._search(row)

    def _search(self, row: ImportRow) -> list[Candidate]:
        imdb, tmdb = _imdb_number(row.imdb_id), row.tmdb_id or 0
        if imdb in self._by_imdb:
            return [self._of(self._by_imdb[imdb], 1.0, "IMDb id")]
        if tmdb in self._by_tmdb:
            return [self._of(self._by_tmdb[tmdb], 1.0, "TMDB id")]
        if not row.title:
            return []
        candidates = []
        for match, factor in self._titled(row, imdb):
            confidence, how = match.confidence * factor, match.how
            if tmdb and int(self.catalog.tmdb_ids[match.code]) not in (0, tmdb):
                confidence, how = confidence * _TMDB_DIFFERS, f"{how}, another TMDB id"
            candidates.append(
                Candidate(match.movie_id, match.title, match.year, round(confidence, 4), how)
            )
        candidates.sort(key=lambda film: -film.confidence)
        # Together: films of one title share their confidence.
        worth = sum(film.confidence for film in candidates) >= _WORTH_ASKING
        return candidates[:_MOST_CANDIDATES] if worth else []

    def _titled(self, row: ImportRow, imdb: int) -> Iterator[tuple[TitleMatch, float]]:
        """Films by title and year, each with what takes from its confidence.

        A film whose year is further off is never sure, and only a whole title makes it worth a
        question: two slips in one entry are rarer than a film that is not here.
        """

        def matches(tolerance: int, *, whole: bool) -> list[TitleMatch]:
            return self.catalog.index.match(
                row.title,
                row.year,
                imdb_id=imdb or None,
                original_title=row.original_title or None,
                tolerance=tolerance,
                whole=whole,
                limit=_MOST_CANDIDATES,
            )

        near = matches(_TOLERANCE, whole=False)
        for match in near:
            yield match, 1.0
        if row.year is not None and (not near or near[0].confidence < SURE):
            known = {match.code for match in near}
            for match in matches(_FAR, whole=True):
                if match.code not in known:
                    yield match, _YEAR_DIFFERS

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(map(str, self.catalog.movie_ids))

    @cached_property
    def _by_imdb(self) -> dict[int, int]:
        return _codes_by_number(self.catalog.imdb_ids)

    @cached_property
    def _by_tmdb(self) -> dict[int, int]:
        return _codes_by_number(self.catalog.tmdb_ids)


def _codes_by_number(numbers: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> dict[int, int]:
    codes = np.flatnonzero(numbers)[::-1]  # of two films with one number the first stays
    return dict(zip(numbers[codes].tolist(), codes.tolist(), strict=True))


def _imdb_number(imdb_id: str | None) -> int:
    return int(imdb_id.removeprefix("tt")) if imdb_id else 0


def _entry(row: ImportRow) -> str:
    """What the rows of one film share within a file."""
    return row.key if row.movie_id is None else f"own:{row.movie_id}"


def _disputed(found: Mapping[str, Iterable[Candidate] | None]) -> set[str]:
    """Entries that would take a film which another entry fits at least as well.

    Two films of one title are two entries of a file: they are not both the one that is here.
    """
    sure: dict[str, list[tuple[float, str]]] = {}
    for entry, candidates in found.items():
        first = next(iter(candidates or ()), None)
        if first is not None and first.confidence >= SURE and not entry.startswith("own:"):
            sure.setdefault(str(first.movie_id), []).append((first.confidence, entry))
    disputed: set[str] = set()
    for claims in sure.values():
        best = max(confidence for confidence, _ in claims)
        winners = [entry for confidence, entry in claims if confidence == best]
        disputed.update(entry for confidence, entry in claims if confidence < best)
        if len(winners) > 1 and best < 1:
            disputed.update(winners)
    return disputed
