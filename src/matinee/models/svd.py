"""Truncated singular value decomposition of the demeaned ratings matrix."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, svds

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.ids import Codes
from matinee.models.bias import fit_biases
from matinee.models.factorization import Factorization
from matinee.models.fold_in import FOLD_INS, NearestUsers
from matinee.models.parameters import choice, real, seed, whole
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind
from matinee.threads import one_blas_thread

__all__ = ["SVD"]

Float32Array = NDArray[np.float32]

DEMEAN = ("biases", "user", "movie", "none", "textbook")
_USER_DAMPING = {"biases": 10.0, "user": 0.01, "textbook": 0.01}
_NEVER = 1e9  # a penalty that leaves a person's bias at zero


class SVD(Factorization):
    """Truncated SVD of what the means leave unexplained.

    The ratings are demeaned, films without a rating count as average, and the `factors` strongest
    singular vectors of the users × movies matrix are kept. The matrix is never made dense.

    The decomposition gives each film a vector. A person's vector is by default the best fit of
    their own stars to the films' vectors (a ridge regression), which the films that they did not
    rate cannot pull towards zero as they do in the decomposition. ``projection=True`` takes the
    decomposition's own word for it, U S Vᵀ.

    ``demean="textbook"`` is the form that many introductions show: films without a rating have
    zero stars, each person's mean runs over all films, and the product plus that mean is called a
    predicted rating. It ranks films acceptably and predicts stars terribly. It is here so that
    this can be seen.

    Attributes
    ----------
    singular_values : ndarray, shape (factors,), dtype float64
        Descending.

    References
    ----------
    Sarwar, Karypis, Konstan, Riedl, "Application of Dimensionality Reduction in Recommender
    Systems" (2000); Cremonesi, Koren, Turrin, "Performance of Recommender Algorithms on Top-N
    Recommendation Tasks" (RecSys 2010); Nikolakopoulos et al., "EigenRec" (2019) for the scaling.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = SVD(factors=10).fit(data)
    >>> model.singular_values.shape
    (10,)
    """

    name = "svd"
    _in_stars = True
    summary = "truncated SVD of demeaned ratings, sparse: the linear algebra classic"

    factors: int = whole(
        50,
        doc="How many singular vectors; fewer than users and fewer than movies.",
        search=(10, 100),
    )
    demean: str = choice(
        "biases",
        DEMEAN,
        doc=(
            "What is subtracted beforehand: fitted damped biases of users and movies, each "
            "person's mean, each film's mean, nothing, or each person's mean over all films, "
            "rated or not."
        ),
    )
    scaling: float = real(
        0.25,
        0.0,
        1.0,
        doc=(
            "Rows and columns with n ratings are multiplied by ``n ** -scaling`` beforehand, "
            "so that blockbusters and very active people do not make up all of it."
        ),
        search=(0.0, 0.5, "float"),
    )
    regularization: float = real(
        5.0, open_low=True, doc="Ridge penalty on a person's vector.", search=(1.0, 30.0, "log")
    )
    projection: bool = choice(
        False,
        (False, True),
        doc=(
            "Predict by the decomposition itself in place of the ridge regression. The form "
            '"textbook" always does.'
        ),
    )
    fold_in: str = choice(
        "optimize",
        FOLD_INS,
        doc=(
            "How people who are not of the training get a vector: as the training's people "
            "do, or as the mean of the most similar ones."
        ),
    )
    neighbors: int = whole(10, doc='How many of those, for ``fold_in="nearest"``.')
    random_state: int = seed(doc="Start of the iteration; its end hardly depends on it.")

    @property
    def _projects(self) -> bool:
        return self.projection or self.demean == "textbook"

    def _penalties(self, counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        bias = _USER_DAMPING.get(self.demean, _NEVER)
        return np.full(counts.shape, self.regularization), np.full(counts.shape, bias)

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        limit = min(ratings.n_users, ratings.n_movies)
        if self.factors >= limit:
            raise ParameterError(
                f"factors must be less than the number of users and of movies, {limit} here, "
                f"got {self.factors}: use at most {limit - 1}"
            )
        report(progress, "decomposition", 0, 1)
        user_means, movie_offsets = self._means(ratings)
        rest = ratings.stars.astype(np.float64) - self._mean - movie_offsets[ratings.movies]
        everywhere = np.zeros(ratings.n_users)
        if self.demean == "textbook":
            everywhere = user_means
        else:
            rest -= user_means[ratings.users]
        by_user = np.maximum(ratings.user_counts, 1).astype(np.float64) ** -self.scaling
        by_movie = np.maximum(ratings.movie_stats.counts, 1).astype(np.float64) ** -self.scaling
        if self.demean == "textbook":
            by_user, by_movie = np.ones_like(by_user), np.ones_like(by_movie)
        rest *= by_user[ratings.users] * by_movie[ratings.movies]
        view = ratings.csr()
        matrix = csr_array((rest, view.indices, view.indptr), shape=view.shape)
        if rest.any() or everywhere.any():
            right, values = self._decompose(matrix, everywhere)
        else:  # all stars are what the means say
            right, values = np.zeros((self.factors, ratings.n_movies)), np.zeros(self.factors)
        order = np.argsort(-values, kind="stable")
        self.singular_values = np.ascontiguousarray(values[order])
        movies = right[order].T
        # A singular vector's sign is arbitrary; the largest entry of each is made positive.
        peaks = movies[np.argmax(np.abs(movies), axis=0), np.arange(self.factors)]
        movies = movies * np.where(peaks < 0, -1.0, 1.0)
        if self.demean != "textbook":
            # What nobody rated has no part in any vector; the iteration leaves dust there.
            movies[ratings.movie_stats.counts == 0] = 0.0
        self._keep_vectors(ratings, movies, by_movie, movie_offsets)
        report(progress, "decomposition", 1, 1)

    def _decompose(
        self, matrix: csr_array, everywhere: NDArray[np.float64]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Right singular vectors, as rows, and singular values."""
        rng = np.random.default_rng(self.random_state)
        # One BLAS thread: the order of its sums, and with it the last digits, would vary otherwise.
        with one_blas_thread():
            _, values, right = svds(
                _minus_row_constants(matrix, everywhere),
                k=self.factors,
                v0=rng.uniform(-1.0, 1.0, min(matrix.shape)),
            )
        return right, values

    def _means(self, ratings: Ratings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What is subtracted: the mean of all (kept), user offsets, movie offsets."""
        users, movies = np.zeros(ratings.n_users), np.zeros(ratings.n_movies)
        self._mean = ratings.mean
        if self.demean == "biases":
            biases = fit_biases(ratings)
            users, movies = biases.users.astype(np.float64), biases.movies.astype(np.float64)
        elif self.demean == "movie":
            stats = ratings.movie_stats
            movies = np.where(stats.counts > 0, stats.means - self._mean, 0.0)
        elif self.demean == "user":
            sums = np.bincount(ratings.users, ratings.stars - self._mean, ratings.n_users)
            users = sums / (ratings.user_counts + _USER_DAMPING["user"])
        elif self.demean == "textbook":
            self._mean = 0.0
            users = np.bincount(ratings.users, ratings.stars, ratings.n_users) / ratings.n_movies
        else:
            self._mean = 0.0
        return users, movies

    def _keep_vectors(
        self,
        ratings: Ratings,
        movies: NDArray[np.float64],
        by_movie: NDArray[np.float64],
        offsets: NDArray[np.float64],
    ) -> None:
        strength = np.maximum(self.singular_values, 1e-9 * self.singular_values[0] + 1e-30)
        features = movies * strength / by_movie[:, None]
        counts = ratings.movie_stats.counts
        # A typical rating's film has a vector of length 1: the penalty means the same for all data.
        size = np.sqrt(np.sum(counts[:, None] * features**2) / len(ratings))
        size = max(float(size), 1e-12)
        self._movies = np.column_stack([features / size, offsets]).astype(np.float32, order="C")
        self._inputs = np.ascontiguousarray(
            movies * by_movie[:, None] * (size / strength), dtype=np.float32
        )
        self._implicit = np.zeros((0, self.factors + 1), np.float32)
        self._nearest = None
        everyone = ProfileBatch.from_ratings(ratings, np.arange(ratings.n_users, dtype=np.int32))
        self._users = np.empty((0, self.factors + 1), np.float32)
        self._users = self._people(everyone)
        if self.fold_in == "nearest":
            self._nearest = NearestUsers.of(ratings, self.neighbors)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        rows = ratings.n_users + len(catalog)
        return 40 * len(ratings) + 8 * 5 * rows * (self.factors + 20)

    def _fit_advice(self) -> str:
        return "use fewer factors, or leave out rare films and people before (curate)"

    # -- answering -------------------------------------------------------------------------

    def _solve(self, batch: ProfileBatch, row: int) -> Float32Array:
        if not self._projects:
            return super()._solve(batch, row)
        films, rest, bias = self._demeaned(batch, row)
        vector = np.zeros(self.factors + 1, np.float32)
        vector[:-1] = rest @ self._inputs[films]
        if self.demean == "textbook":
            vector[:-1] -= bias * self._inputs.sum(axis=0)
        vector[-1] = bias
        return vector

    def _demeaned(self, batch: ProfileBatch, row: int) -> tuple[Any, Float32Array, np.float32]:
        """A person's films, what the means leave of their stars, and their own mean or bias."""
        own = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        films = batch.movies[own]
        rest = batch.stars[own] - np.float32(self._mean) - self._movies[films, -1]
        if self.demean == "textbook":
            return films, rest, np.float32(rest.sum() / batch.n_movies)
        damping = _USER_DAMPING.get(self.demean, _NEVER)
        bias = np.float32(rest.sum() / (rest.size + damping))
        return films, rest - bias, bias

    def _star_parts(self, batch: ProfileBatch, movies: Codes) -> Parts:
        if self._nearest is not None or not self._projects or not batch.lengths[0]:
            return super()._star_parts(batch, movies)
        films, rest, bias = self._demeaned(batch, 0)
        wanted = self._movies[movies].astype(np.float64)
        own = np.full(len(movies), float(bias))
        if self.demean == "textbook":
            own -= own * (wanted[:, :-1] @ self._inputs.sum(axis=0))
        weights = rest[:, None] * (self._inputs[films] @ wanted[:, :-1].T)
        features: list[list[tuple[ReasonKind, str, float]]] = [
            [
                ("popularity", "how people like it, whoever they are", popularity),
                ("person", "how generous you are", generosity),
            ]
            for popularity, generosity in zip(wanted[:, -1].tolist(), own.tolist(), strict=True)
        ]
        return Parts.listed([self._mean] * len(movies), features, films, weights.T)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        more: dict[str, NDArray[Any]] = {
            "inputs": self._inputs,
            "singular_values": self.singular_values,
        }
        return super()._arrays() | more

    def _array_specs(self, stored: Collection[str]) -> Specs:
        more = {"inputs": floats("movies", "inputs"), "singular_values": floats("inputs", bits=64)}
        return super()._array_specs(stored) | more

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        super()._from_arrays(arrays)
        self._inputs = arrays["inputs"]
        self.singular_values = arrays["singular_values"]


def _minus_row_constants(matrix: csr_array, constants: NDArray[np.float64]) -> LinearOperator:
    """A sparse matrix less a constant in each row, all its zeros included, as an operator."""
    transposed = matrix.T.tocsr()

    def forward(x: NDArray[np.float64]) -> NDArray[np.float64]:
        x = x.reshape(matrix.shape[1], -1)
        return np.asarray(matrix @ x - np.outer(constants, x.sum(axis=0)))

    def backward(y: NDArray[np.float64]) -> NDArray[np.float64]:
        y = y.reshape(matrix.shape[0], -1)
        return np.asarray(transposed @ y - constants @ y)

    return LinearOperator(
        matrix.shape,
        dtype=np.float64,
        matvec=lambda x: forward(x).ravel(),
        rmatvec=lambda y: backward(y).ravel(),
        matmat=forward,
        rmatmat=backward,
    )
