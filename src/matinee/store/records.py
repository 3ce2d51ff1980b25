"""What the store takes and gives: plain records without a database behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from matinee.ids import Id

if TYPE_CHECKING:
    from matinee.catalog import Movie

__all__ = [
    "Added",
    "Entry",
    "Event",
    "Film",
    "Kind",
    "Person",
    "PersonState",
    "StoredMark",
    "StoredRating",
]

Kind: TypeAlias = Literal["rating", "seen", "watchlist", "not-interested"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the store.

    Attributes
    ----------
    person_id : int
        1 is the local person, who needs no account.
    name : str
    created : int
        Unix seconds.
    revision : int
        Counts the changes of the person's films: what was computed for one revision holds until
        the next.
    """

    person_id: int
    name: str
    created: int
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Film:
    """What a film was called when it entered the store, to find it again in another data set.

    Examples
    --------
    >>> print(Film("6", "Heat", 1995, "tt0113277", 949))
    Heat (1995)
    """

    movie_id: str
    title: str
    year: int | None = None
    imdb_id: str | None = None
    tmdb_id: int | None = None

    @classmethod
    def of(cls, movie: Movie) -> Film:
        """The snapshot of a film of a catalogue."""
        return cls(str(movie.movie_id), movie.title, movie.year, movie.imdb_id, movie.tmdb_id)

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


@dataclass(frozen=True, slots=True)
class Entry:
    """One row to be added: what somebody says of a film.

    Parameters
    ----------
    movie_id : int or str
        Of the catalogue.
    kind : {"rating", "seen", "watchlist", "not-interested"}
    value : float or None
        Stars from 0.5 to 5 for a rating, 1 for a mark; None takes either away.
    at : int, optional
        Unix seconds as the source dates it; None where it gives no date.
    film : Film, optional
    """

    movie_id: Id
    kind: Kind = "rating"
    value: float | None = 1.0
    at: int | None = None
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a person's history.

    Attributes
    ----------
    event_id, person_id : int
    movie_id : str
    kind : {"rating", "seen", "watchlist", "not-interested"}
    value : float or None
        Stars of a rating, 1 for a mark, None: taken away. Of an undo: what stands after it.
    at : int
        When it happened, Unix seconds.
    dated : int or None
        The date that the source gave it, Unix seconds.
    source : str
        Such as ``"web"`` or ``"import:letterboxd"``.
    batch : str or None
        The import that it came with.
    undoes : int or None
        The event that this one undoes.
    undone : bool
        Whether a later event undoes this one.
    film : Film or None
    """

    event_id: int
    person_id: int
    movie_id: str
    kind: Kind
    value: float | None
    at: int
    dated: int | None
    source: str
    batch: str | None = None
    undoes: int | None = None
    undone: bool = False
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A film that a person marked, and when (Unix seconds)."""

    movie_id: str
    at: int
    source: str
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class StoredRating:
    """A film that a person rated: stars from 0.5 to 5, and when (Unix seconds)."""

    movie_id: str
    stars: float
    at: int
    source: str
    film: Film | None = None


@dataclass(frozen=True, slots=True)
class PersonState:
    """What stands now of all that a person said; each list has the latest first.

    Attributes
    ----------
    revision : int
        See :class:`Person`.
    ratings : tuple of StoredRating
    seen, watchlist, not_interested : tuple of StoredMark
    """

    revision: int
    ratings: tuple[StoredRating, ...] = ()
    seen: tuple[StoredMark, ...] = ()
    watchlist: tuple[StoredMark, ...] = ()
    not_interested: tuple[StoredMark, ...] = ()

    @property
    def stars(self) -> Mapping[str, float]:
        """Stars by movie id."""
        return {rating.movie_id: rating.stars for rating in self.ratings}


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the rows that were added.

    Attributes
    ----------
    batch : str
        Names this addition; :meth:`~matinee.store.Store.undo_batch` takes it back.
    added : int
        Rows that stand now.
    older : int
        Rows that went into the history only, since the person has said something later.
    unchanged : int
        Rows that were there already.
    event_ids : tuple of int
        The new events.
    """

    batch: str
    added: int = 0
    older: int = 0
    unchanged: int = 0
    event_ids: tuple[int, ...] = field(default=(), repr=False)
