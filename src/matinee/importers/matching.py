"""The films of a file in a catalogue: which are sure, which to ask about, which are not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from matinee.ids import Id
from matinee.importers.records import FileKind, ImportFile, ImportRow, RowKind, Skipped
from matinee.titles.parse import parse_title

if TYPE_CHECKING:
    from matinee.catalog import Catalog

__all__ = [
    "STORED",
    "SURE",
    "Candidate",
    "Known",
    "Matched",
    "Matcher",
    "Open",
    "Report",
    "known_key",
]

SURE = 0.9
"""From this confidence on nobody is asked; see :meth:`matinee.titles.TitleIndex.match`."""

_WORTH_ASKING = 0.2
_MOST_NEAR = 3000  # entries without a sure film for which near misses are looked for: seconds
_MOST_CANDIDATES = 5
Kind: TypeAlias = Literal["rating", "seen", "watchlist", "not-interested"]
STORED: dict[RowKind, Kind] = {
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
    kind : str
        Whose file it is; see :class:`ImportFile`.
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
    emptied : dict of str to int
        Optional cells that could not be read, by what they are.
    """

    kind: FileKind
    matched: list[Matched] = field(default_factory=list)
    uncertain: list[Open] = field(default_factory=list)
    unknown: list[Open] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    already: list[Matched] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    decisions: dict[str, str | None] = field(default_factory=dict)
    emptied: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of films in each state, and of rows that are skipped."""
        new = {str(one.film.movie_id) for one in self.matched}
        return {
            "matched": len(new),
            "uncertain": len(self.uncertain),
            "unknown": len(self.unknown),
            "skipped": len(self.skipped),
            "already": len({str(one.film.movie_id) for one in self.already} - new),
        }


def known_key(matched: Matched) -> tuple[str, Kind, float | None, int | None]:
    """Film, kind, value and time of a row, as the store keeps them.

    Examples
    --------
    >>> known_key(Matched(ImportRow("Heat", kind="watched"), Candidate(6, "Heat", 1995, 1.0, "id")))
    ('6', 'seen', 1.0, None)
    """
    row = matched.row
    value = None if row.removed else row.stars if row.kind == "rating" else 1.0
    return str(matched.film.movie_id), STORED[row.kind], value, row.rated_at


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
        self.own, self._left = False, _MOST_NEAR
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
        self.own, self._left = file.kind == "matinee", _MOST_NEAR
        decided = {**file.decisions, **(decisions or {})}
        report = Report(
            file.kind,
            skipped=list(file.skipped),
            ignored=list(file.ignored),
            decisions=dict(file.decisions),
            emptied={what: count for what, count in file.emptied.items() if count},
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
                there = film.movie_id in self.catalog.movie_ids
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
        """The film of a row with a movie id; of Matinee's own export, kept if it is not here."""
        assert row.movie_id is not None
        index = self.catalog.index
        code = index.same(
            row.movie_id, row.title, row.year, imdb_id=row.imdb_id, tmdb_id=row.tmdb_id
        )
        if code >= 0:
            return [self._of(code, 1.0, "movie id")]
        if self.own and self.catalog.movie_ids.code_of(row.movie_id) < 0:
            return [Candidate(row.movie_id, row.title, row.year, 1.0, "kept from the export")]
        return self._search(row)

    def _search(self, row: ImportRow) -> list[Candidate]:
        if not row.title and not row.imdb_id and not row.tmdb_id:
            return []
        title, year = row.title, row.year
        if year is None:  # tables of people's own write it behind the title
            parsed = parse_title(title)
            title, year = (parsed.title, parsed.year) if parsed.year else (title, None)
        found = self.catalog.index.match(
            title,
            year,
            imdb_id=row.imdb_id,
            tmdb_id=row.tmdb_id,
            original_title=row.original_title or None,
            near=self._left > 0,
            limit=_MOST_CANDIDATES,
        )
        if not found or found[0].confidence < SURE:
            self._left -= 1
        candidates = [
            Candidate(one.movie_id, one.title, one.year, one.confidence, one.how) for one in found
        ]
        # Together: films of one title share their confidence.
        worth = sum(film.confidence for film in candidates) >= _WORTH_ASKING
        return candidates if worth else []


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
