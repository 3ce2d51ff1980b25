"""Several profiles at once, coded: what a model's own methods receive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.catalog import Catalog
from matinee.errors import ParameterError, UnknownMovieError
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["ProfileBatch", "cells_of_rows", "row_digests"]

_FEW_CELLS = 200_000
_FEW_PROFILES = 16
_NOTHING = np.empty(0, dtype=np.int32)


@dataclass(frozen=True)
class ProfileBatch:
    """Profiles as the rows of a sparse matrix over movie codes.

    Parameters
    ----------
    indptr : ndarray, shape (n_profiles + 1,), dtype int64
        Profile ``p`` has the entries ``indptr[p]:indptr[p + 1]``.
    movies : ndarray, shape (n_entries,), dtype int32
        Codes of the rated films, ascending within a profile.
    stars : ndarray, shape (n_entries,), dtype float32
    timestamps : ndarray, shape (n_entries,), dtype int64
        Unix seconds; 0 where unknown.
    n_movies : int
    users : ndarray, shape (n_profiles,), dtype int32
        Code of the training user whose learned vector may be used, or -1 to fold in.
    hidden : sequence of (ndarray of int32)
        For each profile, films beyond the rated ones that must not come back; may be empty.
    """

    indptr: NDArray[np.int64]
    movies: Codes
    stars: NDArray[np.float32]
    timestamps: NDArray[np.int64]
    n_movies: int
    users: Codes
    hidden: Sequence[Codes] = field(default=())

    @classmethod
    def from_profiles(
        cls, profiles: Sequence[Profile], catalog: Catalog, scale: RatingScale
    ) -> ProfileBatch:
        """Code profiles; ``users`` is all -1, for the model to fill in.

        Raises
        ------
        UnknownMovieError
            If a rated or seen film is not in the catalogue.
        ParameterError
            If stars lie outside the scale.
        """
        profiles = [profile.under_own_ids(catalog.movie_ids) for profile in profiles]
        sizes = [len(profile.ratings) for profile in profiles]
        indptr = np.asarray([*accumulate(sizes, initial=0)], dtype=np.int64)
        movies, stars, times = _coded(profiles, indptr, catalog, scale)
        hidden = [
            catalog.codes_of(list(profile.seen)) if profile.seen else _NOTHING
            for profile in profiles
        ]
        users = np.full(len(profiles), -1, dtype=np.int32)
        return cls(indptr, movies, stars, times, len(catalog), users, hidden)

    @classmethod
    def from_ratings(cls, ratings: Ratings, users: Codes) -> ProfileBatch:
        """The rows of some users of a ratings table, without a pass through Python objects.

        Parameters
        ----------
        ratings : Ratings
        users : ndarray, shape (n_profiles,), dtype int32
            User codes in ``ratings``.

        Returns
        -------
        ProfileBatch
            With ``users`` all -1: the codes of ``ratings`` need not be those of a model.
        """
        starts, ends = ratings.indptr[users], ratings.indptr[np.asarray(users) + 1]
        lengths = ends - starts
        indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        rows = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
        return cls(
            indptr,
            ratings.movies[rows],
            ratings.stars[rows],
            ratings.timestamps[rows],
            ratings.n_movies,
            np.full(len(lengths), -1, dtype=np.int32),
        )

    def __len__(self) -> int:
        return int(self.indptr.size) - 1

    def with_users(self, users: Codes) -> ProfileBatch:
        """The same profiles with training-user codes."""
        return ProfileBatch(
            self.indptr,
            self.movies,
            self.stars,
            self.timestamps,
            self.n_movies,
            users.astype(np.int32),
            self.hidden,
        )

    def rows(self, start: int, end: int) -> ProfileBatch:
        """The profiles ``start … end - 1``; the batch itself if these are all."""
        if start == 0 and end == len(self):
            return self
        first, last = int(self.indptr[start]), int(self.indptr[end])
        part = ProfileBatch(
            self.indptr[start : end + 1] - first,
            self.movies[first:last],
            self.stars[first:last],
            self.timestamps[first:last],
            self.n_movies,
            self.users[start:end],
            self.hidden[start:end] if len(self.hidden) else (),
        )
        for key, rows in self.kept.items():
            part.kept[key] = rows[start:end]
        return part

    def only(self, kept: NDArray[np.bool_]) -> ProfileBatch:
        """A batch of one profile with some of its films, as if the others had not been rated."""
        return ProfileBatch(
            np.asarray([0, int(kept.sum())]),
            self.movies[kept],
            self.stars[kept],
            self.timestamps[kept],
            self.n_movies,
            np.full(1, -1, dtype=np.int32),
            self.hidden,
        )

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Number of rated films per profile, shape (n_profiles,)."""
        return np.diff(self.indptr)

    @cached_property
    def longest(self) -> int:
        """Number of films of the profile that has most."""
        return int(self.lengths.max(initial=0))

    @cached_property
    def row_of_entry(self) -> NDArray[np.int64]:
        """The profile that each entry belongs to, shape (n_entries,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def stars_by_movie(self) -> dict[int, float]:
        """Stars by movie code, of a batch of one profile."""
        return dict(zip(self.movies.tolist(), self.stars.tolist(), strict=True))

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What models worked out about these profiles and need again for reasons, row by row.

        For a few profiles only: :attr:`may_keep`.
        """
        return {}

    @property
    def may_keep(self) -> bool:
        """Whether there are so few profiles that what is worked out may be kept."""
        return len(self) <= _FEW_PROFILES

    @cached_property
    def words(self) -> dict[int, tuple[str, Id]]:
        """What the person of a batch of one profile said of films, in words, and the films' ids."""
        return {}

    def sums(self, values: NDArray[np.float32], table: csr_array) -> NDArray[np.float32]:
        """For each profile, the sum of its films' rows of a table, weighted.

        Parameters
        ----------
        values : ndarray, shape (n_entries,), dtype float32
            The weights.
        table : csr_array, shape (n_movies, k), dtype float32

        Returns
        -------
        ndarray, shape (n_profiles, k), dtype float32
        """
        if self.may_keep:
            cells, counts = cells_of_rows(table.indptr, self.movies)
            if 0 < cells.size <= _FEW_CELLS:
                # A product of sparse matrices takes longer to set up than these take to add.
                parts = table.data.take(cells) * values.repeat(counts)
                width = int(table.shape[1])
                places = table.indices.take(cells)
                if len(self) > 1:
                    places = places + (self.row_of_entry * width).repeat(counts)
                sums = np.bincount(places, parts, minlength=len(self) * width)
                return sums.astype(np.float32).reshape(len(self), width)
        product: NDArray[np.float32] = (self.matrix(values) @ table).toarray()
        return product

    def matrix(self, values: NDArray[np.float32] | None = None) -> csr_array:
        """Profiles × movies as CSR, with the stars or other values of the same entries."""
        data = self.stars if values is None else np.asarray(values, dtype=np.float32)
        index_type = np.int32 if data.size < 2**31 else np.int64
        matrix = csr_array(
            (data, self.movies, self.indptr.astype(index_type)),
            shape=(len(self), self.n_movies),
        )
        matrix.has_canonical_format = True
        return matrix

    @cached_property
    def digests(self) -> NDArray[np.uint64]:
        """A fingerprint of each profile's films and stars; see :func:`row_digests`."""
        return row_digests(self.indptr, self.movies, self.stars)


def _coded(
    profiles: Sequence[Profile], indptr: NDArray[np.int64], catalog: Catalog, scale: RatingScale
) -> tuple[Codes, NDArray[np.float32], NDArray[np.int64]]:
    """Films in the order of their codes, their stars and their times, profile after profile."""
    ids = [movie_id for profile in profiles for movie_id in profile.ratings]
    codes = catalog.codes_of(ids)
    given = chain.from_iterable(profile.ratings.values() for profile in profiles)
    stars = np.fromiter(given, dtype=np.float32, count=len(ids))
    inside = scale.holds(stars)
    if not inside.all():
        first = int(np.argmin(inside))
        raise ParameterError(
            f"{float(stars[first]):g} stars for movie {ids[first]!r} is outside the scale "
            f"of this model, {scale}"
        )
    times = np.zeros(len(ids), dtype=np.int64)
    for profile, (start, end) in zip(profiles, pairwise(indptr.tolist()), strict=True):
        when = profile.timestamps
        if when:
            times[start:end] = [int(when.get(movie_id, 0)) for movie_id in profile.ratings]
    places: NDArray[Any] = codes
    if len(profiles) > 1:
        rows = np.arange(len(profiles)).repeat(indptr[1:] - indptr[:-1])
        places = rows * len(catalog) + codes
    order = places.argsort(kind="stable")
    places = places.take(order)
    if (places[1:] == places[:-1]).any():
        raise UnknownMovieError("a profile names the same film twice, under two ids")
    return codes.take(order), stars.take(order), times.take(order)


def cells_of_rows(
    indptr: NDArray[Any], rows: NDArray[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where some rows of a sparse matrix lie in its arrays, and how many cells each has.

    Examples
    --------
    >>> cells_of_rows(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 3, 4, 0, 1]), array([3, 2]))
    """
    starts = indptr.take(rows).astype(np.intp)
    counts = indptr.take(rows + 1) - starts
    ends = counts.cumsum()
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total) + (starts - ends + counts).repeat(counts), counts


def row_digests(
    indptr: NDArray[np.int64], movies: Codes, stars: NDArray[np.float32]
) -> NDArray[np.uint64]:
    """A 64-bit fingerprint of each row's (movie, stars) pairs, whatever their order.

    A model that learned a vector for a training user keeps these, so as to see whether the person
    still has the ratings that the vector was learned from; if not, it folds the new ones in.

    Returns
    -------
    ndarray, shape (n_rows,), dtype uint64
    """
    mixed = movies.astype(np.uint64) << np.uint64(32)
    mixed |= np.ascontiguousarray(stars, dtype=np.float32).view(np.uint32)
    # The finaliser of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input moves all others.
    mixed += np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    total = np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)))
    digests: NDArray[np.uint64] = total[indptr[1:]] - total[indptr[:-1]]
    return digests
