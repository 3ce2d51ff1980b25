"""Ratings and the films that they are about, with where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from matinee.catalog import Catalog
from matinee.errors import DataError
from matinee.html import card
from matinee.ids import Id
from matinee.ratings import Ratings
from matinee.strings import text_table

if TYPE_CHECKING:
    from matinee.profile import Profile

__all__ = ["Dataset", "ReadReport"]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What became of the rows when a data set was read.

    Parameters
    ----------
    rows : int
        Rows of ratings in the source.
    skipped : mapping of str to int
        Wrong rows that were left out, by kind; also those of the film, link and tag tables.
    duplicates : int
        Ratings that were left out because a later one of the same user and film stands.
    emptied : mapping of str to int
        Cells of optional columns that could not be read and were left empty, by what they are.
    columns : mapping of str to str
        What each column of a table of one's own was taken for: its name by role.
    notes : tuple of str
        What else is worth a word.

    Examples
    --------
    >>> print(ReadReport(1_003, {"not a number": 2, "missing value": 1}))
    1,003 rows; 3 wrong rows left out (2 not a number, 1 missing value)
    """

    rows: int
    skipped: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    emptied: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def n_skipped(self) -> int:
        """Number of wrong rows that were left out."""
        return sum(self.skipped.values())

    def __str__(self) -> str:
        parts = [f"{self.rows:,} rows"]
        if self.skipped:
            ordered = sorted(self.skipped.items(), key=lambda item: (-item[1], item[0]))
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in ordered)
            noun = "row" if self.n_skipped == 1 else "rows"
            parts.append(f"{self.n_skipped:,} wrong {noun} left out ({kinds})")
        if self.duplicates:
            noun = "rating" if self.duplicates == 1 else "ratings"
            parts.append(f"{self.duplicates:,} repeated {noun}, the latest stands")
        for what, count in sorted(self.emptied.items()):
            if count:
                parts.append(f"{count:,} {what}{'s' * (count > 1)} unreadable and left empty")
        if self.columns:
            taken = ", ".join(f"{role} is {name!r}" for role, name in self.columns.items())
            parts.append(f"columns: {taken}")
        return "; ".join((*parts, *self.notes))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings, the films, and what one has to know about the source.

    Parameters
    ----------
    ratings : Ratings
    catalog : Catalog
        Its movie vocabulary is also that of ``ratings``: a code means the same film in both.
    name : str
        Such as ``"ml-1m"``; a file's stem for data of one's own.
    source : str
        Path or address that it was read from.
    licence, citation : str
        As the source states them; empty if unknown.
    report : ReadReport, optional
        What became of the rows when they were read; None for what was not read from a source.

    Raises
    ------
    DataError
        If a rated film is not in the catalogue.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0])
    >>> data = Dataset.of(ratings, name="mine")
    >>> data.profile(2).ratings
    {20: 5.0}
    """

    ratings: Ratings
    catalog: Catalog
    name: str = "unnamed"
    source: str = ""
    licence: str = ""
    citation: str = ""
    report: ReadReport | None = None

    def __post_init__(self) -> None:
        if self.ratings.movie_ids is not self.catalog.movie_ids:
            missing = self.catalog.movie_ids.encode(self.ratings.movie_ids.ids) < 0
            missing &= self.ratings.movie_stats.counts > 0
            if bool(missing.any()):
                first = self.ratings.movie_ids.ids[int(np.argmax(missing))]
                raise DataError(
                    f"{int(missing.sum()):,} rated films are not in the catalogue, "
                    f"the first of them {first!r}"
                )
            object.__setattr__(self, "ratings", self.ratings.with_movies(self.catalog.movie_ids))
        counts = self.ratings.movie_stats.counts
        if not np.array_equal(self.catalog.popularity, counts):
            object.__setattr__(self, "catalog", self.catalog.with_popularity(counts))

    @classmethod
    def of(cls, ratings: Ratings, catalog: Catalog | None = None, **about: Any) -> Dataset:
        """A data set of ratings, with a catalogue of bare ids where there is none."""
        if catalog is None:
            catalog = Catalog.untitled(ratings.movie_ids)
        return cls(ratings, catalog, **about)

    def replace(self, ratings: Ratings) -> Dataset:
        """The same data set with other ratings, for splits and curation."""
        return Dataset(ratings, self.catalog, self.name, self.source, self.licence, self.citation)

    def profile(self, user_id: Id) -> Profile:
        """The ratings of one user."""
        return self.ratings.profile(user_id)

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, {len(self.ratings):,} ratings, "
            f"{self.ratings.n_users:,} users, {len(self.catalog):,} films)"
        )

    def __str__(self) -> str:
        """What it is, in figures, with its most rated films."""
        counts, catalog = self.ratings.movie_stats.counts, self.catalog
        about = {
            "ratings": f"{len(self.ratings):,} by {self.ratings.n_users:,} people",
            "films": f"{len(catalog):,}, {int((counts > 0).sum()):,} of them rated",
            "stars": f"{self.ratings.scale}, {self.ratings.mean:.2f} on average",
            "genres": ", ".join(catalog.genre_names[:8]) + " …" * (len(catalog.genre_names) > 8),
            "read": "" if self.report is None else str(self.report),
            "licence": self.licence,
        }
        lines = [self.name, *(f"  {key:<8} {value}" for key, value in about.items() if value)]
        most = np.argsort(-counts, kind="stable")[:5].tolist()
        rows = [
            (str(catalog.movie(code, tags=0)), int(counts[code]), round(float(mean), 2))
            for code in most
            if counts[code]
            for mean in (self.ratings.movie_stats.means[code],)
        ]
        table = text_table([("Most rated", "Ratings", "Mean"), *rows]) if rows else ""
        return "\n".join([*lines, "", table]).rstrip()

    def _repr_html_(self) -> str:
        facts = {
            "Ratings": len(self.ratings),
            "People": self.ratings.n_users,
            "Films": len(self.catalog),
            "Stars": f"{self.ratings.scale}, {self.ratings.mean:.2f} on average",
            "Genres": len(self.catalog.genre_names),
            "Tags": len(self.catalog.tags.names),
            "Read": None if self.report is None else str(self.report),
            "Source": self.source,
            "Licence": self.licence,
            "Citation": self.citation,
        }
        return card("Dataset", self.name, facts)
