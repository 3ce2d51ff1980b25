"""From anybody's file of ratings to a profile: what ``--ratings FILE`` is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matinee.errors import TitleError
from matinee.ids import Id
from matinee.importers.matching import SURE, Matched, Matcher, Report
from matinee.importers.reading import read
from matinee.importers.records import ImportFile
from matinee.profile import Profile
from matinee.scale import RatingScale

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.tables.archive import FileSource

__all__ = ["Import", "read_ratings"]

_SHOWN = 5


@dataclass(frozen=True)
class Import:
    """A file of one person, and which films of a catalogue it speaks of.

    Attributes
    ----------
    file : ImportFile
        What the file says.
    report : Report
        Its films: ``matched`` are sure; ``uncertain`` and ``unknown`` are left out of what follows.
    """

    file: ImportFile
    report: Report

    @property
    def ratings(self) -> dict[Id, float]:
        """Stars from 0.5 to 5 by movie id; of several of one film, the latest."""
        return {movie_id: one.row.stars or 0.0 for movie_id, one in self._rated().items()}

    def _rated(self) -> dict[Id, Matched]:
        rows = [one for one in self._here() if one.row.kind == "rating" and not one.row.removed]
        rows.sort(key=lambda one: one.row.rated_at or 0)  # stable: the later row wins
        return {one.film.movie_id: one for one in rows}

    def _here(self) -> list[Matched]:
        both = (*self.report.matched, *self.report.already)
        return [one for one in both if one.in_catalog]

    @property
    def seen(self) -> frozenset[Id]:
        """Movie ids of films that were watched or liked, or do not interest, rated or not."""
        kinds = ("watched", "like", "not-interested")
        return frozenset(one.film.movie_id for one in self._here() if one.row.kind in kinds)

    @property
    def listed(self) -> tuple[Id, ...]:
        """Movie ids of the films on the list or watchlist, in the file's order."""
        listed = (one.film.movie_id for one in self._here() if one.row.kind == "watchlist")
        return tuple(dict.fromkeys(listed))

    @property
    def films(self) -> tuple[Id, ...]:
        """Movie ids of all films in the file, in its order: a list to choose from."""
        return tuple(dict.fromkeys(one.film.movie_id for one in self._here()))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Films that are not sure or not in the catalogue, in the file's own words."""
        entries = (*self.report.uncertain, *self.report.unknown)
        return tuple(entry.rows[0].label for entry in entries)

    def profile(self, scale: RatingScale | None = None) -> Profile:
        """The ratings and what was seen, as a model is told of a person.

        Parameters
        ----------
        scale : RatingScale, optional
            Of the model's stars; 0.5 to 5 if not given.
        """
        rated = self._rated()
        stars = {movie_id: one.row.stars or 0.0 for movie_id, one in rated.items()}
        if scale is not None:
            stars = {movie_id: scale.from_five(value) for movie_id, value in stars.items()}
        times = {
            movie_id: one.row.rated_at
            for movie_id, one in rated.items()
            if one.row.rated_at is not None
        }
        return Profile(stars, seen=self.seen - set(stars), timestamps=times)

    def notes(self) -> list[str]:
        """What is to be told of the file, each in a line; nothing where all is well."""
        report, lines = self.report, []
        for words, names in (
            ("not sure, left out", [entry.rows[0].label for entry in report.uncertain]),
            ("not in this catalogue", [entry.rows[0].label for entry in report.unknown]),
            ("rows left out", [f"line {one.line}: {one.reason}" for one in report.skipped]),
        ):
            if names:
                shown = "; ".join(names[:_SHOWN]) + "; …" * (len(names) > _SHOWN)
                lines.append(f"{len(names):,} {words}: {shown}")
        lines += [f"{count:,} {what} cells unreadable" for what, count in report.emptied.items()]
        return lines

    def __str__(self) -> str:
        head = (
            f"{self.file.kind}: {len(self.ratings):,} films rated, "
            f"{len(self.seen):,} seen, {len(self.listed):,} listed"
        )
        return "\n".join([head, *self.notes()])


def read_ratings(
    source: FileSource,
    catalog: Catalog,
    *,
    name: str = "",
    scale: RatingScale | None = None,
    columns: Mapping[str, str] | None = None,
    decisions: Mapping[str, str | None] | None = None,
) -> Import:
    r"""Read anybody's file of ratings, watched films or a list, and find its films.

    Films that the catalogue lacks or that are not sure are told in the result, and are never an
    error. A title without a year leads to the film that typing it leads to.

    Parameters
    ----------
    source : path-like or bytes
        What :func:`read` takes.
    catalog : Catalog
    name : str
        Of the file, where bytes are given.
    scale : RatingScale, optional
        Of the catalogue's own stars: a table of nobody's whose ratings fit it is on it.
    columns : mapping of str to str, optional
        As for :func:`read`.
    decisions : mapping of str to movie id or None, optional
        Which film an entry is, by its key; None leaves it out.

    Raises
    ------
    FormatError, ArchiveError
        As :func:`read`.

    Examples
    --------
    >>> from matinee.catalog import Catalog
    >>> catalog = Catalog.from_columns([6, 7], ["Heat (1995)", "Heat (1986)"])
    >>> found = read_ratings(b"title,year,rating\nHeat,1995,4.5\nAlien,1979,5", catalog)
    >>> found.profile().ratings, found.left_out
    ({6: 4.5}, ('Alien (1979)',))
    """
    file = read(source, name, scale=scale, columns=columns)
    matcher = Matcher(catalog)
    report = matcher.match(file, decisions)
    typed = _as_typed(report, catalog)
    return Import(file, matcher.match(file, {**typed, **(decisions or {})}) if typed else report)


def _as_typed(report: Report, catalog: Catalog) -> dict[str, str | None]:
    """Films of titles that a file names without a year: those that typing the title leads to."""
    found: dict[str, str | None] = {}
    for entry in report.uncertain:
        row = entry.rows[0]
        if row.year is None:
            with suppress(TitleError):
                match = catalog.index.find(row.title)
                if match.confidence >= SURE:
                    found[entry.key] = str(match.movie_id)
    return found
