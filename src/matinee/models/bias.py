"""Overall mean, how generous a person is, how well a film is liked: nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.parameters import real, whole
from matinee.models.support import SupportRanked
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind

__all__ = ["Bias", "Biases", "fit_biases"]


@dataclass(frozen=True)
class Biases:
    """``mean + users[u] + movies[i]`` is the stars that ``u`` gives ``i``, tastes aside.

    Parameters
    ----------
    mean : float
        Mean of all stars.
    users : ndarray, shape (n_users,), dtype float32
        Stars above or below the mean.
    movies : ndarray, shape (n_movies,), dtype float32
        Likewise; 0 for films without ratings.
    user_damping : float
        The ridge penalty on a user's bias, in ratings.
    """

    mean: float
    users: NDArray[np.float32]
    movies: NDArray[np.float32]
    user_damping: float

    def of_profiles(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """The user bias of profiles, shape (n_profiles,): the least-squares fold-in."""
        rest = batch.stars - np.float32(self.mean) - self.movies[batch.movies]
        sums = np.bincount(batch.row_of_entry, weights=rest, minlength=len(batch))
        weight = np.maximum(batch.lengths + self.user_damping, 1e-12)
        offsets: NDArray[np.float32] = (sums / weight).astype(np.float32)
        return offsets


def fit_biases(
    ratings: Ratings,
    *,
    movie_damping: float = 5.0,
    user_damping: float = 10.0,
    iterations: int = 10,
    progress: Progress | None = None,
) -> Biases:
    """Damped user and movie biases by alternating ridge regression.

    Minimises the squared error plus ``movie_damping`` times the sum of squared movie biases plus
    ``user_damping`` times that of the users. Each step solves one side exactly; the last one is
    the users', so that folding in a training user gives the very bias of the training.

    Returns
    -------
    Biases

    References
    ----------
    Koren, "Factor in the Neighbors: Scalable and Accurate Collaborative Filtering" (2010),
    section 2.1, equation 1.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2, 2], [1, 2, 1, 2], [5.0, 3.0, 4.0, 2.0])
    >>> biases = fit_biases(ratings, movie_damping=0, user_damping=0)
    >>> biases.mean, biases.users.tolist(), biases.movies.tolist()
    (3.5, [0.5, -0.5], [1.0, -1.0])
    """
    mean = ratings.mean
    rest = ratings.stars.astype(np.float64) - mean
    user_weight = np.maximum(ratings.user_counts + user_damping, 1e-12)
    movie_weight = np.maximum(ratings.movie_stats.counts + movie_damping, 1e-12)
    users: NDArray[np.float64] = np.zeros(ratings.n_users)
    movies: NDArray[np.float64] = np.zeros(ratings.n_movies)
    for done in range(1, iterations + 1):
        without_users = rest - users[ratings.users]
        sums = np.bincount(ratings.movies, weights=without_users, minlength=ratings.n_movies)
        movies = sums / movie_weight
        without_movies = rest - movies[ratings.movies]
        before = users
        sums = np.bincount(ratings.users, weights=without_movies, minlength=ratings.n_users)
        users = sums / user_weight
        report(progress, "biases", done, iterations, unit="iterations")
        if users.size and float(np.max(np.abs(users - before))) < 1e-6:
            break
    return Biases(mean, users.astype(np.float32), movies.astype(np.float32), user_damping)


class Bias(SupportRanked):
    """Overall mean plus damped offsets of the person and the film.

    It orders films alike for everybody, but predicts stars much better than a mean: most of what
    can be explained about stars is who gives them and to what. The table of movie biases tells
    which films people appreciate most and least once the generosity of their audience is
    accounted for (:meth:`movie_biases`).

    References
    ----------
    Koren, "Factor in the Neighbors: Scalable and Accurate Collaborative Filtering" (2010).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Bias().fit(data)
    >>> generous, strict = {318: 5.0, 296: 5.0}, {318: 2.0, 296: 2.0}
    >>> bool(model.predict(generous, [1])[0] > model.predict(strict, [1])[0])
    True
    """

    name = "bias"
    summary = "overall mean + how generous the person is + how well the film is liked"
    predicts_stars = True
    finds_similar = False
    explains = True

    movie_damping: float = real(
        5.0,
        doc="How many average ratings a film, and a person, are given beforehand.",
        search=(1.0, 50.0, "log"),
    )
    user_damping: float = real(
        10.0,
        doc="How many average ratings a film, and a person, are given beforehand.",
        search=(1.0, 50.0, "log"),
    )
    iterations: int = whole(
        10,
        doc="Alternations between the two sides; it stops earlier when nothing moves any more.",
    )

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._biases = fit_biases(
            ratings,
            movie_damping=self.movie_damping,
            user_damping=self.user_damping,
            iterations=self.iterations,
            progress=progress,
        )

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        return 40 * len(ratings) + 64 * (ratings.n_users + len(catalog))

    def movie_biases(self) -> NDArray[np.float32]:
        """What each film adds to the stars, the person's generosity aside, by movie code.

        Returns
        -------
        ndarray, shape (n_movies,), dtype float32
            Stars; 0 for films without ratings.
        """
        self._need_fit()
        return self._biases.movies

    def _all_stars(self, batch: ProfileBatch) -> NDArray[np.float32]:
        people = np.float32(self._biases.mean) + self._biases.of_profiles(batch)
        return people[:, None] + self._biases.movies[None, :]

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        people = np.float32(self._biases.mean) + self._biases.of_profiles(batch)
        stars: NDArray[np.float32] = people[rows] + self._biases.movies[movies]
        return stars

    def _star_parts(self, batch: ProfileBatch, movies: Codes) -> Parts:
        person = float(self._biases.of_profiles(batch)[0])
        features: list[list[tuple[ReasonKind, str, float]]] = [
            [
                ("popularity", f"people give it {_offset(film)} than the average film", film),
                ("person", f"you give {_offset(person)} than others", person),
            ]
            for film in self._biases.movies[movies].tolist()
        ]
        return Parts.listed([self._biases.mean] * len(movies), features)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "mean": np.asarray(self._biases.mean),
            "users": self._biases.users,
            "movies": self._biases.movies,
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {"mean": floats(bits=64), "users": floats("users"), "movies": floats("movies")}

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._biases = Biases(
            float(arrays["mean"]), arrays["users"], arrays["movies"], self.user_damping
        )


def _offset(stars: float) -> str:
    return f"{abs(stars):.1f} stars {'more' if stars >= 0 else 'less'}"
