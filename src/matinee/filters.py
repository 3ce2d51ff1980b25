"""What may come back, and what never does."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.ids import Codes, Id, IdVocabulary
from matinee.ratings import MovieStats

if TYPE_CHECKING:
    from matinee.catalog import Catalog

__all__ = ["Filter"]


@dataclass(frozen=True)
class Filter:
    """Conditions that each returned film fulfils.

    Parameters
    ----------
    genres : iterable of str
        The film has at least one of these. Empty: any. Case does not matter.
    exclude_genres : iterable of str
        The film has none of these: one excluded genre is enough to be out.
    from_year, to_year : int, optional
        First and last year of release, both inclusive. Films without a known year are out as soon
        as one of them is given.
    min_ratings : int
        Least number of ratings in the training data.
    min_mean : float, optional
        Least mean stars in the training data, damped so that few ratings do not make a best film;
        films without ratings are out.
    allow : iterable of movie ids, optional
        If given, only these films.
    deny : iterable of movie ids
        Never these films.

    Raises
    ------
    ParameterError
        If years are the wrong way round, or ``min_ratings`` is negative.

    Examples
    --------
    >>> Filter(genres=["Comedy"], from_year=1990)
    Filter(genres={'Comedy'}, from_year=1990)
    >>> Filter(from_year=2001, to_year=1990)
    Traceback (most recent call last):
    ...
    matinee.errors.ParameterError: from_year 2001 is later than to_year 1990
    """

    genres: frozenset[str] = frozenset()
    exclude_genres: frozenset[str] = frozenset()
    from_year: int | None = None
    to_year: int | None = None
    min_ratings: int = 0
    min_mean: float | None = None
    allow: frozenset[Id] | None = None
    deny: frozenset[Id] = frozenset()

    def __init__(
        self,
        genres: Iterable[str] = (),
        exclude_genres: Iterable[str] = (),
        from_year: int | None = None,
        to_year: int | None = None,
        min_ratings: int = 0,
        min_mean: float | None = None,
        allow: Iterable[Id] | None = None,
        deny: Iterable[Id] = (),
    ) -> None:
        for given in (genres, exclude_genres):
            if isinstance(given, str):
                raise ParameterError(f"give genres as a list: [{given!r}], not {given!r}")
        if from_year is not None and to_year is not None and from_year > to_year:
            raise ParameterError(f"from_year {from_year} is later than to_year {to_year}")
        if min_ratings < 0:
            raise ParameterError(f"min_ratings must be 0 or more, got {min_ratings}")
        values: dict[str, object] = {
            "genres": frozenset(genres),
            "exclude_genres": frozenset(exclude_genres),
            "from_year": from_year,
            "to_year": to_year,
            "min_ratings": int(min_ratings),
            "min_mean": min_mean,
            "allow": None if allow is None else frozenset(allow),
            "deny": frozenset(deny),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, given: Filter | Mapping[str, Any] | None) -> Filter:
        """A filter from what a caller passed: itself, a mapping of its names, or nothing.

        Raises
        ------
        ParameterError
            If a name is none of a filter.

        Examples
        --------
        >>> Filter.of({"genres": ["Comedy"], "min_ratings": 5})
        Filter(genres={'Comedy'}, min_ratings=5)
        """
        if isinstance(given, Filter):
            return given
        try:
            return cls(**(given or {}))
        except TypeError as error:
            names = ", ".join(cls.__dataclass_fields__)
            raise ParameterError(f"a filter has {names}: {error}") from None

    @property
    def is_empty(self) -> bool:
        """Whether every film passes."""
        return self == _EVERYTHING

    def __repr__(self) -> str:
        parts = []
        for name, field in Filter.__dataclass_fields__.items():
            value = getattr(self, name)
            if value == field.default:
                continue
            shown = repr(value)
            if isinstance(value, frozenset):
                shown = "{" + ", ".join(map(repr, sorted(value, key=str))) + "}"
            parts.append(f"{name}={shown}")
        return f"Filter({', '.join(parts)})"

    def mask(self, catalog: Catalog, stats: MovieStats) -> NDArray[np.bool_]:
        """Which films pass.

        Parameters
        ----------
        catalog : Catalog
        stats : MovieStats
            Counts and means of the training data.

        Returns
        -------
        ndarray, shape (n_movies,), dtype bool

        Raises
        ------
        ParameterError
            If a genre is not one of the catalogue's; the message lists them.
        """
        passes = np.ones(len(catalog), dtype=np.bool_)
        if self.genres:
            passes &= catalog.genres[:, _genre_columns(self.genres, catalog)].any(axis=1)
        if self.exclude_genres:
            passes &= ~catalog.genres[:, _genre_columns(self.exclude_genres, catalog)].any(axis=1)
        if self.from_year is not None:
            passes &= catalog.years >= max(self.from_year, 1)
        if self.to_year is not None:
            passes &= (catalog.years <= self.to_year) & (catalog.years > 0)
        if self.min_ratings:
            passes &= stats.counts >= self.min_ratings
        if self.min_mean is not None:
            passes &= (stats.damped_means() >= self.min_mean) & (stats.counts > 0)
        if self.allow is not None:
            allowed = np.zeros_like(passes)
            allowed[_known(self.allow, catalog.movie_ids)] = True
            passes &= allowed
        if self.deny:
            passes[_known(self.deny, catalog.movie_ids)] = False
        return passes


_EVERYTHING = Filter()


def _known(ids: frozenset[Id], vocabulary: IdVocabulary) -> Codes:
    codes = vocabulary.encode(list(ids))
    return codes[codes >= 0]


def _genre_columns(names: frozenset[str], catalog: Catalog) -> list[int]:
    lookup = {genre.casefold(): column for column, genre in enumerate(catalog.genre_names)}
    columns = []
    for name in sorted(names):
        column = lookup.get(name.strip().casefold())
        if column is None:
            near = difflib.get_close_matches(name.casefold(), list(lookup), n=1, cutoff=0.5)
            hint = f"; did you mean {catalog.genre_names[lookup[near[0]]]!r}?" if near else "."
            raise ParameterError(
                f"no genre {name!r} in this catalogue{hint} "
                f"It has: {', '.join(catalog.genre_names) or 'none'}"
            )
        columns.append(column)
    return columns
