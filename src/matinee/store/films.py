"""Films as the store keeps them: found again in any catalogue by what they are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matinee.ids import Id
from matinee.titles.normalize import name_of
from matinee.titles.parse import parse_title

if TYPE_CHECKING:
    from matinee.catalog import Catalog, Movie

__all__ = ["Film", "find_film"]


@dataclass(frozen=True, slots=True)
class Film:
    """What a film was called when somebody spoke of it, to find it again in another data set.

    Attributes
    ----------
    movie_id : str
        What the film goes by in the store: the catalogue's movie id, or for a film that the
        catalogue lacks what :meth:`unlisted` makes.
    title : str
    year : int, optional
    imdb_id : str, optional
        Such as ``"tt0113277"``.
    tmdb_id : int, optional

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

    @classmethod
    def unlisted(
        cls,
        title: str,
        year: int | None = None,
        imdb_id: str | None = None,
        tmdb_id: int | None = None,
    ) -> Film:
        """A film that the catalogue lacks: kept by its IMDb id, its TMDB id, or its title and year.

        It is used as soon as a model knows it.

        Examples
        --------
        >>> Film.unlisted("Heat", 1995, "tt0113277").movie_id
        'imdb:tt0113277'
        >>> Film.unlisted("The Heat!", 1995).movie_id
        'title:heat:1995'
        """
        film = cls("", title, year, imdb_id, tmdb_id)
        return replace(film, movie_id=film.keys[0])

    @property
    def keys(self) -> tuple[str, ...]:
        """What it may go by without an id of a catalogue, the surest first."""
        numbers = (("imdb:tt{:07d}", self._imdb), ("tmdb:{}", self.tmdb_id))
        name = self._name or self.title
        if len(name) > 150:
            name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        found = tuple(form.format(number) for form, number in numbers if number)
        return (*found, f"title:{name}:{self.year or ''}")

    def is_same(self, other: Film) -> bool:
        """Whether this is the same film: by an id if both have it, else by title and year (± 1)."""
        for mine, theirs in ((self._imdb, other._imdb), (self.tmdb_id, other.tmdb_id)):
            if mine and theirs:
                return mine == theirs
        near = not self.year or not other.year or abs(self.year - other.year) <= 1
        return near and self._name == other._name

    @property
    def _imdb(self) -> int:
        digits = (self.imdb_id or "").removeprefix("tt")
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0

    @property
    def _name(self) -> str:
        return name_of(parse_title(self.title).title).key

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


def find_film(catalog: Catalog, movie_id: str, film: Film | None) -> Id | None:
    """The id that a stored film has in a catalogue; None if it is not there yet.

    Parameters
    ----------
    catalog : Catalog
        Perhaps another than the film came from.
    movie_id : str
        What the film goes by in the store.
    film : Film or None
        Its snapshot; without one the id alone decides.

    Examples
    --------
    >>> from matinee.catalog import Catalog
    >>> other = Catalog.from_columns(["a", "b"], ["Heat (1995)", "Matrix, The (1999)"])
    >>> find_film(other, "2571", Film("2571", "The Matrix", 1999))
    'b'
    """
    if film is None:
        code = catalog.movie_ids.code_of(movie_id)
    else:
        code = catalog.index.same(
            movie_id, film.title, film.year, imdb_id=film.imdb_id, tmdb_id=film.tmdb_id
        )
    return None if code < 0 else catalog.movie_ids.id_of(code)
