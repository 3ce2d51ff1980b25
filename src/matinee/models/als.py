"""Factors from what people chose and liked: weighted least squares over all films."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csr_array

from matinee.arrays import Specs, floats, integers
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.fold_in import FOLD_INS, NearestUsers
from matinee.models.parameters import choice, real, seed, whole
from matinee.models.preference import preferences
from matinee.models.vectors import products
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.threads import one_blas_thread

__all__ = ["ALS"]

Float32Array = NDArray[np.float32]
_TOLD_ALL = 50  # ratings of a person whose silence on the other films says as much as in training
_PRIOR_PEOPLE = 20_000  # from whom mean and covariance are taken, at most


class ALS(Recommender):
    """Implicit-feedback matrix factorisation by alternating least squares (iALS).

    Every film that a person did not rate counts as a weak "no" (target 0, weight
    `unobserved_weight`), every rated one as a strong word of weight 1 whose target is what its
    stars say of liking (:func:`~matinee.models.preference.preferences`): near 1 for loved films,
    below 0 for hated ones. The penalty on a person or film grows with what there is to explain,
    which is what makes this old model as strong as today's.

    Only the films' factors are stored. A person, of the training or not, is one ridge regression on
    their films; it is solved exactly when an answer is asked for, and it is linear in the films, so
    that the reasons add up to the score. People who rated very many films count less in each rating
    (`activity`) when the films' factors are learned.

    The same seed gives bit for bit the same model at any number of threads.

    References
    ----------
    Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008); Takács,
    Pilászy, Tikk, "Applications of the Conjugate Gradient Method for Implicit Feedback
    Collaborative Filtering" (2011); Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of
    iALS on Item Recommendation Benchmarks" (2022).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = ALS(factors=16, iterations=4).fit(data)
    >>> profile = {data.catalog.find("Toy Story"): 5.0, data.catalog.find("Heat"): 1.0}
    >>> film = model.recommend(profile, n=1)[0]
    >>> 0 <= film.fit <= 100
    True
    """

    name = "als"
    summary = "weighted least squares over all films (iALS): strong lists, quick to train"
    explains = True
    has_movie_vectors = True

    factors: int = whole(128, doc="Length of a vector.", search=(32, 256))
    iterations: int = whole(10, doc="Sweeps over both sides.")
    regularization: float = real(
        0.01,
        open_low=True,
        doc=(
            "The ridge penalty, λ. A person with n ratings has the penalty ``λ * (n + "
            "unobserved_weight * n_movies) ** regularization_exponent``; films likewise."
        ),
        search=(0.003, 0.05, "log"),
    )
    regularization_exponent: float = real(
        1.0, 0.0, 2.0, doc="0 for a plain ridge, 1 for a penalty in proportion."
    )
    unobserved_weight: float = real(
        0.15,
        open_low=True,
        doc="What a film without a rating counts, as compared with 1 for a rated one.",
        search=(0.03, 0.6, "log"),
    )
    confidence: float = real(
        0.0,
        doc="A rating has the weight ``1 + confidence * |liking|``: strong opinions count more.",
    )
    activity: float = real(
        0.5,
        doc=(
            "In learning the films' factors, a person with n ratings has the weight ``n ** "
            "-activity``, scaled such that an average person has 1."
        ),
        search=(0.0, 1.0, "float"),
    )
    dislike: float = real(
        0.5,
        doc="How much the lowest stars count against, as compared with the highest counting for.",
        search=(0.0, 1.0, "float"),
    )
    solver_steps: int = whole(
        2, doc="Steps of preconditioned conjugate gradients in each half-sweep."
    )
    fold_in: str = choice(
        "optimize",
        FOLD_INS,
        doc=(
            "How people get their vector: by solving for it exactly, or as the mean of those "
            "of the most similar people of the training, which the model then keeps with "
            "their ratings."
        ),
    )
    neighbors: int = whole(10, doc='How many of those, for ``fold_in="nearest"``.')
    prior: float = real(
        0.0,
        doc=(
            "How strongly a person with few ratings is drawn to what people are like: the "
            "vectors of the training people, their mean and covariance, are the prior of a "
            "new vector, and `prior` is the variance of a rating about its prediction. The "
            "first rating then moves a sensible list, and nobody's list is the most liked "
            "films. 0 starts everybody at nothing, with the ridge penalty of the training; "
            "best where people have rated a hundred films."
        ),
        search=(0.0, 0.1, "float"),
    )
    random_state: int = seed()

    _lengths: Float32Array | None = None

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        from matinee.kernels.ials import improve_rows

        liking = preferences(ratings.stars, self.scale, self.dislike)
        by_user = _like(ratings.csr(), liking)
        by_movie = by_user.T.tocsr()
        user_counts = ratings.user_counts.astype(np.float64)
        share = (np.maximum(user_counts, 1) / user_counts.mean()) ** -self.activity
        share[user_counts == 0] = 0.0
        root = np.sqrt(share).astype(np.float32)[:, None]
        equal = np.ones((1, 1), dtype=np.float32)
        n_movies = int(np.count_nonzero(ratings.movie_stats.counts))
        mass = np.bincount(ratings.movies, weights=share[ratings.users], minlength=len(catalog))
        user_weights = self._weights(liking)
        movie_weights = self._weights(by_movie.data)
        movie_weights *= share.astype(np.float32)[by_movie.indices]
        user_penalties = self._penalties(user_counts, n_movies)
        movie_penalties = self._penalties(mass, float(share.sum()))

        rng = np.random.default_rng(self.random_state)
        deviation = np.float32(0.1 / np.sqrt(self.factors))
        users = np.zeros((ratings.n_users, self.factors), dtype=np.float32)
        movies = deviation * rng.standard_normal((len(catalog), self.factors), dtype=np.float32)
        movies[ratings.movie_stats.counts == 0] = 0.0
        report(progress, "iterations", 0, self.iterations, unit="iterations")
        # A Gram matrix is small work, and BLAS may round it differently with more threads.
        with one_blas_thread():
            for done in range(1, self.iterations + 1):
                for matrix, weights, fixed, importance, penalties, solved in (
                    (by_user, user_weights, movies, equal, user_penalties, users),
                    (by_movie, movie_weights, users, root, movie_penalties, movies),
                ):
                    gram, basis = self._diagonal(importance * fixed)
                    fixed[:] = fixed @ basis
                    solved[:] = solved @ basis
                    improve_rows(
                        matrix.indptr.astype(np.int64),
                        matrix.indices,
                        matrix.data,
                        weights,
                        fixed,
                        gram,
                        penalties,
                        self.solver_steps,
                        solved,
                    )
                report(progress, "iterations", done, self.iterations, unit="iterations")
            self._gram, basis = self._diagonal(movies)
            self._movies: NDArray[Any] = movies @ basis
        self._n_rated = n_movies
        self._mean: NDArray[Any] | None = None
        self._nearest: NearestUsers | None = None
        if self.prior > 0:
            self._learn_prior(ratings)
        if self.fold_in == "nearest":
            everybody = np.arange(ratings.n_users, dtype=np.int32)
            self._users = self._solve_all(ProfileBatch.from_ratings(ratings, everybody))
            self._nearest = NearestUsers.of(ratings, self.neighbors)

    def _learn_prior(self, ratings: Ratings) -> None:
        """Take people's mean and covariance as prior, in a basis where that is the identity.

        The films' Gram matrix stays diagonal in it, so that a fold-in costs no more than before.
        """
        people = np.flatnonzero(ratings.user_counts).astype(np.int32)
        if people.size > _PRIOR_PEOPLE:
            rng = np.random.default_rng(self.random_state)
            people = np.sort(rng.permutation(people)[:_PRIOR_PEOPLE])
        vectors = self._solve_all(ProfileBatch.from_ratings(ratings, people)).astype(np.float64)
        mean, centered = vectors.mean(axis=0), vectors - vectors.mean(axis=0)
        with one_blas_thread():
            covariance = centered.T @ centered / len(vectors) + 1e-6 * np.eye(len(mean))
            root = np.linalg.cholesky(covariance)
            values, turn = np.linalg.eigh(root.T @ (self._gram[:, None] * root))
            basis = root @ turn
            self._movies = (self._movies @ basis).astype(np.float32)
            self._mean = np.linalg.solve(basis, mean).astype(np.float32)
        self._gram = np.maximum(values, 0).astype(np.float32)

    def _weights(self, liking: Float32Array) -> Float32Array:
        weights: Float32Array = np.float32(1) + np.float32(self.confidence) * np.abs(liking)
        return weights

    def _penalties(self, masses: NDArray[Any], others: float) -> Float32Array:
        frequency = masses + self.unobserved_weight * others
        penalties: Float32Array = (
            self.regularization * frequency**self.regularization_exponent
        ).astype(np.float32)
        return penalties

    def _diagonal(self, vectors: Float32Array) -> tuple[Float32Array, Float32Array]:
        """The weighted Gram matrix of vectors, as its diagonal in the basis of its eigenvectors."""
        gram = self.unobserved_weight * (vectors.T @ vectors).astype(np.float64)
        values, basis = np.linalg.eigh(gram)
        return np.maximum(values, 0).astype(np.float32), basis.astype(np.float32)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        vectors = 4 * self.factors * (ratings.n_users + len(catalog))
        return 50 * len(ratings) + 3 * vectors + 24 * self.factors**2

    def _fit_advice(self) -> str:
        return "use fewer factors"

    # -- answering -------------------------------------------------------------------------

    def _system(
        self, batch: ProfileBatch, row: int
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """One person's films: vectors, surprises, weights; the rest of the system; its start.

        The start is the vector before any film is told, and a surprise is what the stars say of
        liking beyond what the start has it.
        """
        mine = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        films = self._movies[batch.movies[mine]]
        liking = preferences(batch.stars[mine], self.scale, self.dislike)
        start, diagonal = self._start(len(liking))
        return films, liking - films @ start, self._weights(liking), diagonal, start

    def _start(self, n: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The vector of a person before their ``n`` films count, and the matrix without these."""
        if self._mean is None:
            penalty = self._penalties(np.asarray([n], dtype=np.float64), self._n_rated)
            return np.zeros_like(self._gram), self._gram + penalty
        # Who has told of few films has not said of all others that they did not choose them.
        told = np.float32(min(1.0, n / _TOLD_ALL) ** 2)
        diagonal = told * self._gram + np.float32(self.prior)
        start: NDArray[Any] = np.float32(self.prior) * self._mean / diagonal
        return start, diagonal

    def _person(self, batch: ProfileBatch, row: int) -> NDArray[Any]:
        """The person's vector: the very solution that the training aims at, in one solve."""
        films, surprises, weights, diagonal, start = self._system(batch, row)
        n, factors = films.shape
        if n == 0:
            return start
        if n < factors:
            # The same solution from a system as large as the profile (Woodbury's identity).
            eased = films / diagonal
            system = eased @ films.T
            system[np.arange(n), np.arange(n)] += 1 / weights
            moved: NDArray[Any] = _solve(system, surprises) @ eased
        else:
            weighted = films * weights[:, None]
            system = weighted.T @ films
            system[np.arange(factors), np.arange(factors)] += diagonal
            moved = _solve(system, surprises @ weighted)
        return np.asarray(start + moved)

    def _people(self, batch: ProfileBatch) -> Float32Array:
        if self._nearest is None:
            return self._solve_all(batch)
        nobody = np.zeros(self._movies.shape[1], dtype=np.float32)
        return self._nearest.vectors(batch, self._users, nobody)

    def _solve_all(self, batch: ProfileBatch) -> Float32Array:
        people = np.empty((len(batch), self._movies.shape[1]), dtype=np.float32)
        with one_blas_thread():
            for row in range(len(batch)):
                people[row] = self._person(batch, row)
        return people

    def _score(self, batch: ProfileBatch) -> Float32Array:
        return products(self._people(batch), self._movies)

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        wanted = self._movies[movies]
        if self._nearest is not None:
            why = "what people with your taste like"
            scores = (wanted @ self._people(batch)[0]).tolist()
            return Parts.listed(
                np.zeros(len(scores)), [[("person", why, score)] for score in scores]
            )
        films, surprises, weights, diagonal, start = self._system(batch, 0)
        bases = wanted @ start
        n, factors = films.shape
        if n == 0:
            return Parts(bases, batch.movies, np.zeros((len(movies), 0)))
        # The person's vector is linear in the surprises, so that each has its share of a score.
        with one_blas_thread():
            if n < factors:
                eased = films / diagonal
                system = eased @ films.T
                system[np.arange(n), np.arange(n)] += 1 / weights
                shares = _solve(system, eased @ wanted.T)
            else:
                weighted = films * weights[:, None]
                system = weighted.T @ films
                system[np.arange(factors), np.arange(factors)] += diagonal
                shares = weighted @ _solve(system, wanted.T)
        return Parts(bases, batch.movies, (surprises[:, None] * shares).T)

    def _similarity(self, movies: Codes) -> Float32Array:
        """Cosine in the metric by which one loved film speaks for another (Hu et al. 2008)."""
        mean = self._directions(movies).mean(axis=0, keepdims=True)
        cosines: Float32Array = self._cosines(mean)[0]
        return cosines

    def _similarities(self, movies: Codes) -> Float32Array:
        return self._cosines(self._directions(movies))

    def _directions(self, movies: Codes) -> NDArray[Any]:
        directions: NDArray[Any] = self._movies[movies] / self._spans()[movies, None]
        return directions

    def _metric(self) -> Float32Array:
        if self._mean is not None:
            return np.asarray(1 / (self._gram + np.float32(self.prior)))
        metric: NDArray[Any] = 1 / (self._gram + self._penalties(np.zeros(1), self._n_rated))
        return metric

    def _spans(self) -> Float32Array:
        """The lengths of films' vectors in that metric."""
        if self._lengths is None:
            lengths = np.sqrt(np.square(self._movies) @ self._metric())
            self._lengths = np.maximum(lengths, np.float32(1e-12))
        return self._lengths

    def _cosines(self, directions: NDArray[Any]) -> Float32Array:
        cosines = products(directions * self._metric(), self._movies)
        cosines /= self._spans()
        cosines[:, self.stats.counts == 0] = -np.inf
        return cosines

    def _movie_vectors(self) -> Float32Array:
        films: Float32Array = self._movies * np.sqrt(self._metric())
        return films

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {
            "movies": self._movies,
            "gram": self._gram,
            "n_rated": np.asarray(self._n_rated),
        }
        if self._mean is not None:
            arrays["mean"] = self._mean
        if self._nearest is not None:
            arrays |= {"users": self._users, **self._nearest.arrays()}
        return arrays

    def _array_specs(self, stored: Collection[str]) -> Specs:
        specs = {
            "movies": floats("movies", "factors"),
            "gram": floats("factors", low=0.0),
            "n_rated": integers(bits=64),
        }
        if self.prior > 0:
            specs["mean"] = floats("factors")
        if self.fold_in == "nearest":
            specs |= {"users": floats("users", "factors"), **NearestUsers.specs()}
        return specs

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._movies, self._gram = arrays["movies"], arrays["gram"]
        self._n_rated = int(arrays["n_rated"])
        self._mean = arrays["mean"] if self.prior > 0 else None
        self._nearest = None
        if self.fold_in == "nearest":
            self._users = arrays["users"]
            self._nearest = NearestUsers.from_arrays(arrays, len(self._movies), self.neighbors)


def _like(matrix: csr_array, values: Float32Array) -> csr_array:
    """A matrix with the same entries and other values."""
    return csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _solve(system: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """Solve a symmetric positive definite system for one right side, or for each column."""
    _, solution, info = lapack.sposv(system, right)
    if info != 0:
        solution = np.linalg.lstsq(system, right, rcond=None)[0]
    answer: NDArray[Any] = solution.reshape(right.shape)
    return answer
