"""The films: what they are called, when they came out, what they are about, and how to find one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, flags, identifiers, integers, strings
from matinee.errors import DataError, UnknownMovieError
from matinee.ids import Codes, Id, IdVocabulary
from matinee.strings import PackedStrings, frame_to_pandas

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from matinee.titles import TitleIndex, TitleMatch

__all__ = ["Catalog", "Movie", "TagCounts"]

_MOST_SHOWN = 8192  # films that are kept ready to show
_YEAR_AT_END = re.compile(r"\((\d{4})(?:\s*[-–—]\s*\d{0,4})?\)\s*$")


@dataclass(frozen=True, slots=True)
class Movie:
    """One film, ready to show.

    Attributes
    ----------
    movie_id : int or str
    title : str
        As one says it: ``"The Matrix"``, not ``"Matrix, The (1999)"``.
    year : int or None
    genres : tuple of str
    imdb_id : str or None
        Such as ``"tt0133093"``.
    tmdb_id : int or None
    tags : tuple of str
        What people called it, most frequent first.
    """

    movie_id: Id
    title: str
    year: int | None
    genres: tuple[str, ...] = ()
    imdb_id: str | None = None
    tmdb_id: int | None = None
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


@dataclass(frozen=True)
class TagCounts:
    """How often each tag was given to each film, in coordinate form, sorted by film and tag.

    Parameters
    ----------
    names : sequence of str, length n_tags
        The tags in lower case.
    movies : ndarray, shape (n,), dtype int32
        Movie codes.
    tags : ndarray, shape (n,), dtype int32
        Positions in ``names``.
    counts : ndarray, shape (n,), dtype int32
        Number of people who gave this tag to this film.
    """

    names: Sequence[str]
    movies: Codes
    tags: Codes
    counts: NDArray[np.int32]

    def of(self, movie: int) -> list[tuple[str, int]]:
        """The tags of one film and their counts, most frequent first."""
        start, end = np.searchsorted(self.movies, [movie, movie + 1])
        found = [
            (self.names[int(tag)], int(count))
            for tag, count in zip(self.tags[start:end], self.counts[start:end], strict=True)
        ]
        return sorted(found, key=lambda item: (-item[1], item[0]))


class Catalog:
    """The films of a data set, by movie id.

    Parameters
    ----------
    movie_ids : IdVocabulary
        The films; all other arguments follow its order.
    titles : sequence of str
        Titles in the source's own spelling: ``"Matrix, The (1999)"``.
    years : ndarray, shape (n_movies,), dtype int16, optional
        Year of release, 0 where unknown. Read from the titles if not given.
    genres : ndarray, shape (n_movies, n_genres), dtype bool, optional
        Which film has which genre.
    genre_names : sequence of str
        The columns of ``genres``.
    tags : TagCounts, optional
        What people called the films.
    imdb_ids, tmdb_ids : ndarray, shape (n_movies,), dtype int64, optional
        Numbers of the film there (IMDb's without the letters "tt"), 0 where unknown.
    popularity : ndarray, shape (n_movies,), dtype int32, optional
        Number of ratings; orders the candidates when a title fits several films.

    Raises
    ------
    DataError
        If an argument does not have one entry for each film.

    Examples
    --------
    >>> catalog = Catalog.from_columns(
    ...     [6, 2571],
    ...     ["Heat (1995)", "Matrix, The (1999)"],
    ...     genres=["Crime|Drama", "Action|Sci-Fi"],
    ... )
    >>> catalog.find("the matrix")
    2571
    >>> print(catalog[2571])
    The Matrix (1999)
    >>> catalog[2571].genres
    ('Action', 'Sci-Fi')
    """

    def __init__(
        self,
        movie_ids: IdVocabulary,
        titles: Sequence[str],
        *,
        years: NDArray[np.int16] | None = None,
        genres: NDArray[np.bool_] | None = None,
        genre_names: Sequence[str] = (),
        tags: TagCounts | None = None,
        imdb_ids: NDArray[np.int64] | None = None,
        tmdb_ids: NDArray[np.int64] | None = None,
        popularity: NDArray[np.int32] | None = None,
    ) -> None:
        n = len(movie_ids)
        self.movie_ids = movie_ids
        self.titles = titles
        self.genre_names = tuple(genre_names)
        self.years: NDArray[np.int16] = (
            np.fromiter((_year_of(title) for title in titles), dtype=np.int16, count=len(titles))
            if years is None
            else years
        )
        self.genres: NDArray[np.bool_] = (
            np.zeros((n, len(self.genre_names)), dtype=np.bool_) if genres is None else genres
        )
        nothing = np.empty(0, dtype=np.int32)
        self.tags = TagCounts((), nothing, nothing, nothing) if tags is None else tags
        self.imdb_ids = np.zeros(n, dtype=np.int64) if imdb_ids is None else imdb_ids
        self.tmdb_ids = np.zeros(n, dtype=np.int64) if tmdb_ids is None else tmdb_ids
        self.popularity = np.zeros(n, dtype=np.int32) if popularity is None else popularity
        self._shown: dict[int, Movie] = {}
        for name, length in {
            "titles": len(self.titles),
            "years": len(self.years),
            "genres": len(self.genres),
            "imdb_ids": len(self.imdb_ids),
            "tmdb_ids": len(self.tmdb_ids),
            "popularity": len(self.popularity),
        }.items():
            if length != n:
                raise DataError(f"the catalogue has {n:,} films, but {length:,} {name}")
        if self.genres.shape[1] != len(self.genre_names):
            raise DataError(
                f"{self.genres.shape[1]} genre columns, but {len(self.genre_names)} genre names"
            )

    @classmethod
    def from_columns(
        cls,
        movie_ids: Sequence[Id] | NDArray[Any],
        titles: Sequence[str],
        *,
        genres: Sequence[str | Sequence[str]] | None = None,
        **columns: Any,
    ) -> Catalog:
        """A catalogue from columns in any order; genres as ``"A|B"`` or as lists of names.

        Raises
        ------
        DataError
            If a movie id stands twice.
        """
        given = np.asarray(movie_ids)
        vocabulary = IdVocabulary(given)
        if len(vocabulary) != given.size:
            values, counts = np.unique(given, return_counts=True)
            raise DataError(f"movie id {values[counts.argmax()]!r} stands {counts.max()} times")
        order = np.argsort(vocabulary.encode(given), kind="stable")
        names: list[str] = []
        matrix = None
        if genres is not None:
            split = [_split_genres(genres[int(i)]) for i in order]
            names = sorted({genre for film in split for genre in film})
            position = {genre: column for column, genre in enumerate(names)}
            matrix = np.zeros((len(order), len(names)), dtype=np.bool_)
            for row, film in enumerate(split):
                matrix[row, [position[genre] for genre in film]] = True
        ordered: dict[str, Any] = {
            name: np.asarray(column)[order] if isinstance(column, np.ndarray | list) else column
            for name, column in columns.items()
        }
        return cls(
            vocabulary,
            [titles[int(i)] for i in order],
            genres=matrix,
            genre_names=names,
            **ordered,
        )

    @classmethod
    def untitled(cls, movie_ids: IdVocabulary) -> Catalog:
        """A catalogue for ratings that came without a film table: titles are the ids."""
        return cls(
            movie_ids,
            [str(movie_id) for movie_id in movie_ids],
            years=np.zeros(len(movie_ids), dtype=np.int16),
        )

    def with_popularity(self, counts: NDArray[np.int32]) -> Catalog:
        """The same catalogue, with the number of ratings of each film."""
        return self._replace(popularity=counts)

    def take(self, codes: NDArray[Any]) -> Catalog:
        """A catalogue of some of the films.

        Parameters
        ----------
        codes : ndarray, shape (n,)
            Their codes, ascending.
        """
        place = np.full(len(self), -1, dtype=np.int32)
        place[codes] = np.arange(len(codes), dtype=np.int32)
        tagged = place[self.tags.movies] >= 0
        tags = TagCounts(
            self.tags.names,
            place[self.tags.movies[tagged]],
            self.tags.tags[tagged],
            self.tags.counts[tagged],
        )
        return type(self)(
            self.movie_ids.take(codes),
            [self.titles[int(code)] for code in codes],
            years=self.years[codes],
            genres=self.genres[codes],
            genre_names=self.genre_names,
            tags=tags,
            imdb_ids=self.imdb_ids[codes],
            tmdb_ids=self.tmdb_ids[codes],
            popularity=self.popularity[codes],
        )

    def _replace(self, **changes: Any) -> Catalog:
        columns: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "years",
                "genres",
                "genre_names",
                "tags",
                "imdb_ids",
                "tmdb_ids",
                "popularity",
            )
        }
        return type(self)(self.movie_ids, self.titles, **{**columns, **changes})

    def __len__(self) -> int:
        return len(self.movie_ids)

    def __contains__(self, movie_id: object) -> bool:
        return movie_id in self.movie_ids

    def __getitem__(self, movie_id: Id) -> Movie:
        return self.movie(self.code_of(movie_id))

    def __repr__(self) -> str:
        return f"Catalog({len(self):,} films, {len(self.genre_names)} genres)"

    # -- one film --------------------------------------------------------------------------

    def code_of(self, movie_id: Id) -> int:
        """The code of a movie id.

        Raises
        ------
        UnknownMovieError
            If there is no such film.
        """
        return int(self.codes_of([movie_id])[0])

    def codes_of(self, movie_ids: Sequence[Id]) -> Codes:
        """The codes of several movie ids, shape (len(movie_ids),), dtype int32.

        Raises
        ------
        UnknownMovieError
            Naming the ids that are unknown.
        """
        codes = self.movie_ids.encode(movie_ids)
        if codes.size and int(codes.min()) < 0:
            unknown = [movie_ids[int(i)] for i in np.flatnonzero(codes < 0)]
            shown = ", ".join(repr(value) for value in unknown[:5])
            more = f" and {len(unknown) - 5:,} more" if len(unknown) > 5 else ""
            raise UnknownMovieError(
                f"no movie {shown}{more} in this catalogue of {len(self):,} films: look the id up "
                f"by title with Catalog.find, or leave unknown films out with Profile.known_to"
            )
        return codes

    def display_title(self, code: int) -> str:
        """A film's title as one says it, without the year."""
        from matinee.titles.parse import parse_title

        film = self._shown.get(code)
        return parse_title(self.titles[code]).title if film is None else film.title

    def movie(self, code: int, *, tags: int = 10) -> Movie:
        """The film of one code, with at most ``tags`` of its tags."""
        film = self._film(code)
        if not tags or not len(self.tags.counts):
            return film
        return replace(film, tags=tuple(name for name, _ in self.tags.of(code)[:tags]))

    def _film(self, code: int) -> Movie:
        """A film without its tags; the same few are in most lists, so they are kept."""
        film = self._shown.get(code)
        if film is None:
            film = self._read(code)
            if len(self._shown) >= _MOST_SHOWN:
                self._shown.clear()
            self._shown[code] = film
        return film

    def _read(self, code: int) -> Movie:
        year, imdb, tmdb = int(self.years[code]), int(self.imdb_ids[code]), int(self.tmdb_ids[code])
        return Movie(
            movie_id=self.movie_ids.id_of(code),
            title=self.display_title(code),
            year=year or None,
            genres=self.genres_of(code),
            imdb_id=f"tt{imdb:07d}" if imdb else None,
            tmdb_id=tmdb or None,
        )

    def genres_of(self, code: int) -> tuple[str, ...]:
        """The genres of one film."""
        return tuple(self.genre_names[i] for i in np.flatnonzero(self.genres[code]))

    @cached_property
    def series(self) -> NDArray[np.int32]:
        """Equal numbers for films of one series, -1 for the others, shape (n_movies,)."""
        from matinee.titles.series import series_names

        names = series_names([self.display_title(code) for code in range(len(self))])
        numbers = {name: number for number, name in enumerate(sorted(set(names) - {""}))}
        return np.asarray([numbers.get(name, -1) for name in names], dtype=np.int32)

    # -- finding ---------------------------------------------------------------------------

    @cached_property
    def index(self) -> TitleIndex:
        """The title index, built when it is first asked for."""
        from matinee.titles import TitleIndex

        return TitleIndex(
            self.titles,
            self.movie_ids,
            years=self.years,
            imdb_ids=self.imdb_ids,
            tmdb_ids=self.tmdb_ids,
            popularity=self.popularity,
        )

    def find(self, query: str | int) -> Id:
        """The movie id of a title, an IMDb id or a movie id.

        Raises
        ------
        UnknownTitleError
            If nothing is near.
        AmbiguousTitleError
            If several films fit; the message shows how to say which.
        """
        if not isinstance(query, str) and query in self.movie_ids:
            return query
        found: Id = self.index.find(query).movie_id
        return found

    def search(self, text: str, limit: int = 10) -> list[TitleMatch]:
        """Films whose titles fit what was typed so far, best first."""
        return self.index.search(text, limit)

    # -- in and out ------------------------------------------------------------------------

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays, to be stored beside a model."""
        tags = self.tags
        return {
            "movie_ids": self.movie_ids.ids,
            **self._alias_arrays(),
            "years": self.years,
            "genres": self.genres,
            "imdb_ids": self.imdb_ids,
            "tmdb_ids": self.tmdb_ids,
            "popularity": self.popularity,
            "tag_movies": tags.movies,
            "tag_codes": tags.tags,
            "tag_counts": tags.counts,
            **PackedStrings.of(self.titles).arrays("titles"),
            **PackedStrings.of(self.genre_names).arrays("genre_names"),
            **PackedStrings.of(tags.names).arrays("tag_names"),
        }

    def _alias_arrays(self) -> dict[str, NDArray[Any]]:
        aliases = self.movie_ids.aliases
        dtype = np.int64 if self.movie_ids.is_integer else np.str_
        return {
            "alias_ids": np.asarray(list(aliases), dtype=dtype),
            "alias_codes": self.movie_ids.encode(list(aliases.values())),
        }

    @staticmethod
    def array_specs() -> Specs:
        """What the arrays of :meth:`arrays` have to be."""
        return {
            "movie_ids": identifiers("movies"),
            # Other ids of films that are here under one of the above.
            "alias_ids": identifiers("aliases", increasing=False),
            "alias_codes": integers("aliases", below="movies"),
            "years": integers("movies", high=9999, bits=16),
            "genres": flags("movies", "genres"),
            "imdb_ids": integers("movies", bits=64),
            "tmdb_ids": integers("movies", bits=64),
            "popularity": integers("movies"),
            "tag_movies": integers("given tags", below="movies"),
            "tag_codes": integers("given tags", below="tags"),
            "tag_counts": integers("given tags"),
            **strings("titles", "movies"),
            **strings("genre_names", "genres"),
            **strings("tag_names", "tags"),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Catalog:
        """The catalogue of :meth:`arrays`."""
        ids = arrays["movie_ids"]
        others, own = arrays["alias_ids"].tolist(), ids[arrays["alias_codes"]].tolist()

        def strings(name: str) -> PackedStrings:
            return PackedStrings(arrays[name], arrays[f"{name}_offsets"])

        return cls(
            IdVocabulary(ids, aliases=dict(zip(others, own, strict=True))),
            strings("titles"),
            years=arrays["years"],
            genres=arrays["genres"],
            genre_names=tuple(strings("genre_names")),
            tags=TagCounts(
                strings("tag_names"),
                arrays["tag_movies"],
                arrays["tag_codes"],
                arrays["tag_counts"],
            ),
            imdb_ids=arrays["imdb_ids"],
            tmdb_ids=arrays["tmdb_ids"],
            popularity=arrays["popularity"],
        )

    def to_polars(self) -> pl.DataFrame:
        """A frame with the columns ``movie_id``, ``title``, ``year``, ``genres``."""
        import polars as pl

        return pl.DataFrame(
            {
                "movie_id": self.movie_ids.ids,
                "title": [self.display_title(code) for code in range(len(self))],
                "year": [int(year) or None for year in self.years],
                "genres": [list(self.genres_of(code)) for code in range(len(self))],
            },
            schema_overrides={"year": pl.Int32, "genres": pl.List(pl.String)},
        )

    def to_pandas(self) -> pd.DataFrame:
        """The frame of :meth:`to_polars`, for pandas."""
        return frame_to_pandas(self.to_polars())

    def merged(self, into: Codes) -> Catalog:
        """A catalogue in which several films have become one.

        Parameters
        ----------
        into : ndarray, shape (n_movies,), dtype int32
            The code of the film that each film becomes; its own where it stays. Ids that go become
            aliases of that film's, and tags are counted together.
        """
        keep = np.unique(into)
        codes = np.searchsorted(keep, into)
        smaller = self.take(keep)
        ids, vocabulary = self.movie_ids.ids, self.movie_ids
        owners = {other: vocabulary.code_of(own) for other, own in vocabulary.aliases.items()}
        owners |= {ids.item(code): code for code in np.flatnonzero(into != np.arange(len(self)))}
        aliases = {other: ids.item(into[code]) for other, code in owners.items()}
        smaller.movie_ids = IdVocabulary(ids[keep], aliases=aliases)
        smaller.popularity = np.bincount(codes, self.popularity, len(keep)).astype(np.int32)
        for name in ("imdb_ids", "tmdb_ids"):
            numbers = np.zeros(len(keep), dtype=np.int64)
            numbers[codes[::-1]] = getattr(self, name)[::-1]
            setattr(
                smaller, name, np.where(getattr(smaller, name), getattr(smaller, name), numbers)
            )
        width = max(len(self.tags.names), 1)
        pairs = codes[self.tags.movies] * width + self.tags.tags
        pairs, place = np.unique(pairs, return_inverse=True)
        counts = np.bincount(place, self.tags.counts, pairs.size).astype(np.int32)
        movies, tags = (pairs // width).astype(np.int32), (pairs % width).astype(np.int32)
        smaller.tags = TagCounts(self.tags.names, movies, tags, counts)
        return smaller


def _year_of(title: str) -> int:
    match = _YEAR_AT_END.search(title)
    return int(match[1]) if match else 0


def _split_genres(value: str | Sequence[str]) -> list[str]:
    names = value.split("|") if isinstance(value, str) else list(value)
    return [name.strip() for name in names if name.strip() and name != "(no genres listed)"]
