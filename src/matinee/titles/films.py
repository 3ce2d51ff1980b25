"""Films by what they are: found again in a catalogue, also in another than they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from matinee.ids import Id

if TYPE_CHECKING:
    from matinee.catalog import Catalog, Movie

__all__ = ["UNLISTED", "Film", "FilmFinder", "finder_of"]

_Key = TypeVar("_Key")
UNLISTED = ("imdb:", "tmdb:", "title:")
"""What the id of a film begins with that no catalogue had; see :meth:`Film.unlisted`."""


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
        if film.imdb_number:
            key = f"imdb:tt{film.imdb_number:07d}"
        elif tmdb_id:
            key = f"tmdb:{tmdb_id}"
        else:
            name = _title_key(title) or title
            if len(name) > 150:
                name = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
            key = f"title:{name}:{year or ''}"
        return replace(film, movie_id=key)

    @property
    def is_unlisted(self) -> bool:
        """Whether it came into the store without an id of a catalogue."""
        return self.movie_id.startswith(UNLISTED)

    def is_same(self, other: Film) -> bool:
        """Whether this is the same film: by an id if both have it, else by title and year (± 1)."""
        return _same(self, other.title, other.year or 0, other.imdb_number, other.tmdb_id or 0)

    @property
    def imdb_number(self) -> int:
        """The number in the IMDb id; 0 without one."""
        digits = (self.imdb_id or "").removeprefix("tt")
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


class FilmFinder:
    """Finds films among others by what they are.

    A movie id counts only where its film is the same one: by IMDb or TMDB id where both sides have
    one, else by title and year (give or take one). Otherwise the film is looked for by those.

    Parameters
    ----------
    movie_ids : sequence of movie id
    titles : sequence of str
    years : sequence of int
        0 where there is none, as in the next two.
    imdb_ids, tmdb_ids : sequence of int

    Examples
    --------
    >>> from matinee.catalog import Catalog
    >>> other = Catalog.from_columns(["a", "b"], ["Heat (1995)", "Matrix, The (1999)"])
    >>> finder_of(other).find("2571", Film("2571", "The Matrix", 1999))
    'b'
    """

    def __init__(
        self,
        movie_ids: Sequence[Id],
        titles: Sequence[str],
        years: Sequence[int],
        imdb_ids: Sequence[int],
        tmdb_ids: Sequence[int],
    ) -> None:
        self._ids, self._titles, self._years = movie_ids, titles, years
        self._imdb_ids, self._tmdb_ids = imdb_ids, tmdb_ids
        self._places = {str(movie_id): place for place, movie_id in enumerate(movie_ids)}

    @classmethod
    def among(cls, films: Iterable[Film]) -> FilmFinder:
        """A finder among films of the store."""
        rows = list(films)
        return cls(
            [film.movie_id for film in rows],
            [film.title for film in rows],
            [film.year or 0 for film in rows],
            [film.imdb_number for film in rows],
            [film.tmdb_id or 0 for film in rows],
        )

    def find(self, movie_id: str, film: Film | None = None) -> Id | None:
        """The id that a stored film has here; None if it is not among these.

        Parameters
        ----------
        movie_id : str
            What the film goes by in the store.
        film : Film, optional
            Its snapshot; without one the id alone decides.
        """
        place = self._places.get(movie_id, -1)
        if film is not None and (place < 0 or not self._is_same(place, film)):
            place = self._search(film)
        return None if place < 0 else self._ids[place]

    def _is_same(self, place: int, film: Film) -> bool:
        columns = (self._titles, self._years, self._imdb_ids, self._tmdb_ids)
        return _same(film, *(column[place] for column in columns))  # type: ignore[arg-type]

    def _search(self, film: Film) -> int:
        imdb, tmdb = film.imdb_number, film.tmdb_id or 0
        if imdb and imdb in self._by_imdb:
            return self._by_imdb[imdb]
        if tmdb and tmdb in self._by_tmdb:
            return self._by_tmdb[tmdb]
        if film.year is None:
            return -1
        key = _title_key(film.title)
        for year in (film.year, film.year - 1, film.year + 1):
            place = self._by_title.get((key, year), -1)
            if place >= 0:
                # Two ids that differ say more than a title that is the same.
                own = self._imdb_ids[place]
                return -1 if own and imdb and own != imdb else place
        return -1

    @cached_property
    def _by_imdb(self) -> dict[int, int]:
        return _first_places(self._imdb_ids)

    @cached_property
    def _by_tmdb(self) -> dict[int, int]:
        return _first_places(self._tmdb_ids)

    @cached_property
    def _by_title(self) -> dict[tuple[str, int], int]:
        return _first_places(list(zip(map(_title_key, self._titles), self._years, strict=True)))


_FINDERS: WeakKeyDictionary[Catalog, FilmFinder] = WeakKeyDictionary()


def finder_of(catalog: Catalog) -> FilmFinder:
    """The finder among the films of a catalogue, made once."""
    finder = _FINDERS.get(catalog)
    if finder is None:
        finder = _FINDERS[catalog] = FilmFinder(
            catalog.movie_ids.ids.tolist(),
            catalog.titles,
            catalog.years.tolist(),
            catalog.imdb_ids.tolist(),
            catalog.tmdb_ids.tolist(),
        )
    return finder


def _first_places(keys: Sequence[_Key]) -> dict[_Key, int]:
    found: dict[_Key, int] = {}
    for place, key in enumerate(keys):
        if key:
            found.setdefault(key, place)
    return found


def _same(film: Film, title: str, year: int, imdb: int, tmdb: int) -> bool:
    for one, other in ((film.imdb_number, imdb), (film.tmdb_id or 0, tmdb)):
        if one and other:
            return one == other
    near = not year or film.year is None or abs(year - film.year) <= 1
    return near and _title_key(title) == _title_key(film.title)


def _title_key(title: str) -> str:
    from matinee.titles.normal import name_of
    from matinee.titles.parse import parse_title

    return name_of(parse_title(title).title).key
