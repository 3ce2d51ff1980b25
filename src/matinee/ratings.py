"""Ratings: an immutable, columnar, coded table of who gave which film how many stars, and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.coding import distinct, encode_all, sort_rows
from matinee.errors import DataError, ParameterError, UnknownUserError
from matinee.ids import Codes, Id, IdVocabulary
from matinee.scale import RatingScale
from matinee.strings import frame_to_pandas

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from scipy.sparse import csc_array, csr_array

    from matinee.profile import Profile

__all__ = ["MovieStats", "Ratings"]


@dataclass(frozen=True, slots=True)
class MovieStats:
    """What the ratings say of each film, by movie code.

    Parameters
    ----------
    counts : ndarray, shape (n_movies,), dtype int32
        Number of ratings.
    means : ndarray, shape (n_movies,), dtype float32
        Mean stars; 0 for films that nobody rated.
    """

    counts: NDArray[np.int32]
    means: NDArray[np.float32]

    def damped_means(self, damping: float = 5.0) -> NDArray[np.float32]:
        """Mean stars, drawn towards the overall mean as if by ``damping`` average ratings.

        The posterior mean of a film's quality under a normal prior around the overall mean.

        Returns
        -------
        ndarray, shape (n_movies,), dtype float32
            The overall mean for films without ratings.

        Examples
        --------
        >>> stats = MovieStats(np.array([2, 1], np.int32), np.array([5.0, 2.0], np.float32))
        >>> stats.damped_means(1.0).round(2).tolist()
        [4.670000076293945, 3.0]
        """
        counts = self.counts.astype(np.float64)
        sums = self.means.astype(np.float64) * counts
        overall = float(sums.sum()) / max(float(counts.sum()), 1.0)
        weight = np.maximum(counts + damping, 1e-12)
        means = np.where(counts + damping > 0, (sums + damping * overall) / weight, overall)
        return means.astype(np.float32)


class Ratings:
    """An immutable table of ratings, with codes inside and ids outside.

    Rows are sorted by user, then movie, and hold each (user, movie) pair once, so that the CSR
    view is the columns themselves, without a copy. 20 bytes a rating.

    Make one with :meth:`from_columns`, :func:`matinee.load` or :func:`matinee.from_frame`.

    Parameters
    ----------
    users, movies : ndarray, shape (n,), dtype int32
        Codes, sorted by user and then movie.
    stars : ndarray, shape (n,), dtype float32
        Ratings, on the data set's own scale.
    timestamps : ndarray, shape (n,), dtype int64
        Unix time in seconds, UTC; all 0 where the source has none.
    user_ids, movie_ids : IdVocabulary
        What the codes stand for. ``movie_ids`` may hold films that nobody rated.
    scale : RatingScale, optional
        Read from the data if not given.
    duplicates : int
        How many rows were left out because a later rating of the same pair stands.

    Raises
    ------
    DataError
        If columns differ in length, rows are not sorted, or a pair stands twice.

    Examples
    --------
    >>> ratings = Ratings.from_columns([7, 7, 9], [50, 1, 50], [4.0, 3.5, 5.0])
    >>> len(ratings), ratings.n_users, ratings.n_movies
    (3, 2, 2)
    >>> ratings.csr().toarray()
    array([[3.5, 4. ],
           [0. , 5. ]], dtype=float32)
    """

    def __init__(
        self,
        users: Codes,
        movies: Codes,
        stars: NDArray[np.float32],
        timestamps: NDArray[np.int64],
        *,
        user_ids: IdVocabulary,
        movie_ids: IdVocabulary,
        scale: RatingScale | None = None,
        duplicates: int = 0,
    ) -> None:
        columns: dict[str, NDArray[Any]] = {
            "users": np.ascontiguousarray(users, dtype=np.int32),
            "movies": np.ascontiguousarray(movies, dtype=np.int32),
            "stars": np.ascontiguousarray(stars, dtype=np.float32),
            "timestamps": np.ascontiguousarray(timestamps, dtype=np.int64),
        }
        lengths = {name: column.shape for name, column in columns.items()}
        if len(set(lengths.values())) != 1 or columns["users"].ndim != 1:
            raise DataError(f"the columns of Ratings differ in shape: {lengths}")
        self.users: Codes = columns["users"]
        self.movies: Codes = columns["movies"]
        self.stars: NDArray[np.float32] = columns["stars"]
        self.timestamps: NDArray[np.int64] = columns["timestamps"]
        for column in columns.values():
            column.flags.writeable = False
        self.user_ids = user_ids
        self.movie_ids = movie_ids
        self.duplicates = duplicates
        self._check()
        self.scale = RatingScale.of(self.stars) if scale is None else scale

    def _check(self) -> None:
        if not len(self):
            return
        for name, codes, limit in (
            ("user", self.users, self.n_users),
            ("movie", self.movies, self.n_movies),
        ):
            if int(codes.min()) < 0 or int(codes.max()) >= limit:
                raise DataError(f"a {name} code lies outside 0 … {limit - 1}")
        same_user = self.users[1:] == self.users[:-1]
        later = self.users[1:] > self.users[:-1]
        if not bool(np.all(later | (same_user & (self.movies[1:] > self.movies[:-1])))):
            raise DataError(
                "rows must be sorted by user and movie, each pair once: use Ratings.from_columns"
            )

    @classmethod
    def from_columns(
        cls,
        user_ids: Any,
        movie_ids: Any,
        stars: Any,
        timestamps: Any | None = None,
        *,
        users: IdVocabulary | None = None,
        movies: IdVocabulary | None = None,
        scale: RatingScale | None = None,
    ) -> Ratings:
        """Code, sort and deduplicate columns of ids and stars.

        Where a (user, movie) pair stands several times, the latest rating stands (the last row
        among equal times), and :attr:`duplicates` counts the others.

        Parameters
        ----------
        user_ids, movie_ids : array-like, shape (n,)
            Ids as the source has them, integers or strings.
        stars : array-like, shape (n,)
            Ratings; converted to float32.
        timestamps : array-like, shape (n,), optional
            Unix seconds, UTC.
        users, movies : IdVocabulary, optional
            Vocabularies to use in place of the ids that occur; each id must be in them.
        scale : RatingScale, optional
            Read from the data if not given.

        Raises
        ------
        DataError
            If lengths differ, stars are not finite, or an id is not in its vocabulary.

        Examples
        --------
        >>> twice = Ratings.from_columns(["ann", "ann"], [1, 1], [2.0, 4.0], [10, 20])
        >>> len(twice), float(twice.stars[0]), twice.duplicates
        (1, 4.0, 1)
        """
        # Copies: they are sorted in place, and what was passed in stays as it is.
        star_column = np.array(stars, dtype=np.float32)
        user_column, movie_column = np.asarray(user_ids), np.asarray(movie_ids)
        n = star_column.size
        times = np.zeros(n) if timestamps is None else timestamps
        time_column = np.array(times, dtype=np.int64)
        lengths = (user_column.size, movie_column.size, n, time_column.size)
        if len(set(lengths)) != 1:
            raise DataError(
                "user, movie, stars and timestamp columns differ in length: "
                + ", ".join(f"{length:,}" for length in lengths)
            )
        if n and not bool(np.isfinite(star_column).all()):
            row = int(np.flatnonzero(~np.isfinite(star_column))[0])
            raise DataError(f"row {row}: stars must be finite, got {star_column[row]}")
        user_vocabulary = IdVocabulary(distinct(user_column)) if users is None else users
        movie_vocabulary = IdVocabulary(distinct(movie_column)) if movies is None else movies
        user_codes = encode_all(user_vocabulary, user_column, "user")
        movie_codes = encode_all(movie_vocabulary, movie_column, "movie")

        return cls.from_codes(
            user_codes,
            movie_codes,
            star_column,
            time_column,
            user_ids=user_vocabulary,
            movie_ids=movie_vocabulary,
            scale=scale,
        )

    @classmethod
    def from_codes(
        cls,
        users: Codes,
        movies: Codes,
        stars: NDArray[np.float32],
        timestamps: NDArray[np.int64],
        *,
        user_ids: IdVocabulary,
        movie_ids: IdVocabulary,
        scale: RatingScale | None = None,
    ) -> Ratings:
        """Sort and deduplicate columns of codes; the columns are used up.

        For readers of large files: the columns are sorted where they stand, so that no rating
        stands in memory twice. Parameters are those of the constructor, rows in any order.

        Examples
        --------
        >>> ids = IdVocabulary([10, 20])
        >>> column = np.array([1, 0], dtype=np.int32)
        >>> Ratings.from_codes(
        ...     column,
        ...     column.copy(),
        ...     np.array([3, 4], dtype=np.float32),
        ...     np.zeros(2, dtype=np.int64),
        ...     user_ids=ids,
        ...     movie_ids=ids,
        ... ).stars
        array([4., 3.], dtype=float32)
        """
        n = users.size
        kept = sort_rows(users, movies, stars, timestamps, len(user_ids), len(movie_ids))
        return cls(
            users[:kept],
            movies[:kept],
            stars[:kept],
            timestamps[:kept],
            user_ids=user_ids,
            movie_ids=movie_ids,
            scale=scale,
            duplicates=n - kept,
        )

    # -- size ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return int(self.stars.size)

    @property
    def n_users(self) -> int:
        """Number of users in the vocabulary."""
        return len(self.user_ids)

    @property
    def n_movies(self) -> int:
        """Number of movies in the vocabulary, unrated ones included."""
        return len(self.movie_ids)

    @property
    def density(self) -> float:
        """Share of the (user, rated movie) pairs that have a rating."""
        cells = self.n_users * int(np.count_nonzero(self.movie_stats.counts))
        return len(self) / cells if cells else 0.0

    @cached_property
    def mean(self) -> float:
        """Mean of all stars; the middle of the scale where there are none."""
        return float(self.stars.mean(dtype=np.float64)) if len(self) else self.scale.middle

    @property
    def has_timestamps(self) -> bool:
        """Whether any rating has a time."""
        return bool(len(self)) and bool(np.any(self.timestamps != 0))

    # -- views -----------------------------------------------------------------------------

    @cached_property
    def indptr(self) -> NDArray[np.int64]:
        """Where each user's rows begin: user ``u`` has rows ``indptr[u]:indptr[u + 1]``."""
        counts = np.bincount(self.users, minlength=self.n_users)
        return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)

    def csr(self) -> csr_array:
        """Users × movies, float32 stars, as a CSR view of the columns (made once, no copy)."""
        return self._csr

    def csc(self) -> csc_array:
        """Users × movies, float32 stars, in CSC form (made once)."""
        return self._csc

    @cached_property
    def _csr(self) -> csr_array:
        from scipy.sparse import csr_array

        index_type = np.int32 if len(self) < 2**31 else np.int64
        matrix = csr_array(
            (self.stars, self.movies, self.indptr.astype(index_type)),
            shape=(self.n_users, self.n_movies),
        )
        matrix.has_canonical_format = True
        return matrix

    @cached_property
    def _csc(self) -> csc_array:
        return self._csr.tocsc()

    @cached_property
    def user_counts(self) -> NDArray[np.int32]:
        """Ratings per user, shape (n_users,)."""
        return np.diff(self.indptr).astype(np.int32)

    @cached_property
    def movie_stats(self) -> MovieStats:
        """Ratings per movie, and their mean stars."""
        counts = np.bincount(self.movies, minlength=self.n_movies)
        sums = np.bincount(self.movies, weights=self.stars, minlength=self.n_movies)
        means = sums / np.maximum(counts, 1)
        return MovieStats(counts.astype(np.int32), means.astype(np.float32))

    # -- people and subsets ----------------------------------------------------------------

    def rows_of(self, user_id: Id) -> slice:
        """The rows of one user.

        Raises
        ------
        UnknownUserError
            If there is no such user.
        """
        code = self.user_ids.code_of(user_id)
        if code < 0:
            known = self.user_ids.ids
            span = f"from {known[0]} to {known[-1]}" if len(known) else "none"
            raise UnknownUserError(
                f"no user {user_id!r}: there are {self.n_users:,} users, their ids {span}"
            )
        return slice(int(self.indptr[code]), int(self.indptr[code + 1]))

    def profile(self, user_id: Id) -> Profile:
        """The ratings of one user as a :class:`~matinee.profile.Profile`.

        Examples
        --------
        >>> Ratings.from_columns([7, 7], [1, 50], [4.0, 3.5]).profile(7).ratings
        {1: 4.0, 50: 3.5}
        """
        from matinee.profile import Profile

        rows = self.rows_of(user_id)
        movies = self.movie_ids.decode(self.movies[rows]).tolist()
        stars = self.stars[rows].tolist()
        times = self.timestamps[rows].tolist() if self.has_timestamps else []
        return Profile(
            ratings=dict(zip(movies, stars, strict=True)),
            user_id=user_id,
            timestamps=dict(zip(movies, times, strict=True)) if times else {},
        )

    def take(self, rows: NDArray[Any]) -> Ratings:
        """Some of the rows, with the same vocabularies and scale.

        Parameters
        ----------
        rows : ndarray
            A boolean mask of shape (n,), or row numbers in ascending order.

        Examples
        --------
        >>> ratings = Ratings.from_columns([1, 1, 2], [1, 2, 2], [4.0, 3.0, 5.0])
        >>> len(ratings.take(ratings.stars >= 4))
        2
        """
        rows = np.asarray(rows)
        if rows.dtype == np.bool_ and rows.shape != (len(self),):
            raise ParameterError(f"a mask of shape {rows.shape} for {len(self):,} ratings")
        columns = (self.users[rows], self.movies[rows], self.stars[rows], self.timestamps[rows])
        return self._over(columns, self.user_ids, self.movie_ids, duplicates=0)

    def with_movies(self, movie_ids: IdVocabulary) -> Ratings:
        """The same ratings over another movie vocabulary, which must hold each rated film."""
        if movie_ids is self.movie_ids:
            return self
        present = np.flatnonzero(self.movie_stats.counts)
        table = np.full(self.n_movies, -1, dtype=np.int32)
        table[present] = encode_all(movie_ids, self.movie_ids.ids[present], "movie")
        columns = (self.users, table[self.movies], self.stars, self.timestamps)
        return self._over(columns, self.user_ids, movie_ids, duplicates=self.duplicates)

    def compact_users(self) -> Ratings:
        """The same ratings with a user vocabulary of only those who have some."""
        present = self.user_counts > 0
        if bool(present.all()):
            return self
        table = np.cumsum(present, dtype=np.int32) - np.int32(1)
        columns = (table[self.users], self.movies, self.stars, self.timestamps)
        people = IdVocabulary(self.user_ids.ids[present])
        return self._over(columns, people, self.movie_ids, duplicates=self.duplicates)

    def _over(
        self,
        columns: tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]],
        user_ids: IdVocabulary,
        movie_ids: IdVocabulary,
        *,
        duplicates: int,
    ) -> Ratings:
        return Ratings(
            *columns,
            user_ids=user_ids,
            movie_ids=movie_ids,
            scale=self.scale,
            duplicates=duplicates,
        )

    # -- out -------------------------------------------------------------------------------

    def to_polars(self) -> pl.DataFrame:
        """A frame with the columns ``user_id``, ``movie_id``, ``rating``, ``timestamp``."""
        import polars as pl

        return pl.DataFrame(
            {
                "user_id": self.user_ids.decode(self.users),
                "movie_id": self.movie_ids.decode(self.movies),
                "rating": self.stars,
                "timestamp": self.timestamps,
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """The frame of :meth:`to_polars`, for pandas."""
        return frame_to_pandas(self.to_polars())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of ids, stars and times, 64 hex digits: equal data, equal fingerprint."""
        digest = hashlib.sha256(f"{len(self)} {self.n_users} {self.n_movies}".encode())
        for vocabulary in (self.user_ids, self.movie_ids):
            digest.update(str(vocabulary.ids.dtype.kind).encode())
            digest.update(np.ascontiguousarray(vocabulary.ids).view(np.uint8).data)
        for column in (self.users, self.movies, self.stars, self.timestamps):
            digest.update(column.view(np.uint8).data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        users, movies = f"{self.n_users:,} users", f"{self.n_movies:,} movies"
        return f"Ratings({len(self):,} ratings, {users}, {movies}, stars {self.scale})"
