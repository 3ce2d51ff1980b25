"""What a file of another service says, row by row, before any film is looked up."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from matinee.scale import FIVE_STARS, RatingScale

__all__ = ["FileKind", "ImportFile", "ImportRow", "RowKind", "Skipped"]

FileKind: TypeAlias = Literal[
    "letterboxd",
    "imdb",
    "trakt",
    "tmdb",
    "simkl",
    "netflix",
    "movary",
    "criticker",
    "table",
    "matinee",
]
RowKind: TypeAlias = Literal["rating", "watched", "watchlist", "like", "not-interested"]


class Skipped(NamedTuple):
    """A row that is not imported.

    Attributes
    ----------
    line : int
        Line of a CSV file, or number of the entry of a JSON file, from 1.
    reason : str
        In words, such as ``"a TV series, no film"``.
    file : str
        Name of the file, or of the member of a zip file.
    title : str
        Of the film, where the row has one.
    """

    line: int
    reason: str
    file: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What a file says of one film.

    Attributes
    ----------
    title : str
        As the other service writes it; without entities and signs that cannot be seen.
    year : int or None
    kind : {"rating", "watched", "watchlist", "like", "not-interested"}
    value : float or None
        The rating on ``scale``; None for other kinds.
    scale : RatingScale
        What ratings may be there.
    rated_at : int or None
        Unix seconds in UTC; a day stands for its beginning.
    imdb_id : str or None
        Such as ``"tt0133093"``.
    tmdb_id : int or None
    original_title : str
        In the film's own language, where the file has it.
    movie_id : str or None
        Of the catalogue itself: in Matinee's own export, and in tables that have movie ids.
    removed : bool
        Whether the row says that a rating or mark was taken away, as a history does.
    line : int
    file : str
        See :class:`Skipped`.
    """

    title: str
    year: int | None = None
    kind: RowKind = "rating"
    value: float | None = None
    scale: RatingScale = FIVE_STARS
    rated_at: int | None = None
    imdb_id: str | None = None
    tmdb_id: int | None = None
    original_title: str = ""
    movie_id: str | None = None
    removed: bool = False
    line: int = 0
    file: str = ""

    @property
    def stars(self) -> float | None:
        """The rating on the scale from 0.5 to 5."""
        return None if self.value is None else self.scale.to_five(self.value)

    @property
    def label(self) -> str:
        """Title and year, or the id where there is no title."""
        title = self.title or self.imdb_id or (f"TMDB {self.tmdb_id}" if self.tmdb_id else "")
        title = title or f"movie {self.movie_id}"
        return f"{title} ({self.year})" if self.year else title

    @property
    def key(self) -> str:
        """Names the film in the file's own words: what a decision is remembered under.

        Examples
        --------
        >>> ImportRow("Heat", 1995).key, ImportRow("Heat", 1995, imdb_id="tt0113277").key
        ('film:heat (1995)', 'imdb:tt0113277')
        """
        if self.imdb_id:
            return f"imdb:{self.imdb_id}"
        if self.tmdb_id:
            return f"tmdb:{self.tmdb_id}"
        if self.movie_id is not None and not self.title:
            return f"id:{self.movie_id[:200]}"
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", self.title).casefold())
        return f"film:{folded[:400]} ({self.year or '?'})"


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of another service, read.

    Attributes
    ----------
    kind : str
        Whose it is: ``"letterboxd"``, ``"imdb"``, …; ``"table"`` for a table of anybody's.
    rows : list of ImportRow
    skipped : list of Skipped
    ignored : list of str
        Members of a zip file that hold nothing to import.
    decisions : dict of str to str or None
        Of Matinee's own export: what was decided about entries of other files.
    emptied : Counter of str
        Cells of optional columns that could not be read and were left empty: dates, years, ids.
    """

    kind: FileKind
    rows: list[ImportRow] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    decisions: dict[str, str | None] = field(default_factory=dict)
    emptied: Counter[str] = field(default_factory=Counter)
