"""Stars by alternating least squares, with implicit parts on both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.models.factorization import (
    Factorization,
    improve_implicit,
    padded_width,
    solve,
    two_sides,
)
from matinee.models.fold_in import FOLD_INS
from matinee.models.parameters import choice, real, seed, whole
from matinee.progress import Progress, report
from matinee.ratings import Ratings

__all__ = ["ExplicitALS"]

IMPLICIT = ("none", "user", "both")


class ExplicitALS(Factorization):
    """Explicit matrix factorisation by alternating least squares.

    Stars are the global mean plus two biases plus the product of a user's and a movie's vector.
    A user's vector is an own part plus, for each film that they rated, whatever the stars, a part
    of that film's (as in SVD++); with `implicit="both"` a movie's vector likewise has a part
    of each person who rated it. Which films somebody chooses to rate says much of what they like.

    Each sweep solves all users exactly, improves the films' implicit parts by a few steps of
    conjugate gradients, and does the same for the other side. The same seed gives bit for bit
    the same model at any number of threads.

    References
    ----------
    Zhou, Wilkinson, Schreiber, Pan, "Large-Scale Parallel Collaborative Filtering for the Netflix
    Prize" (2008) for penalties by frequency; Koren, "Factorization Meets the Neighborhood"
    (KDD 2008) for the implicit parts; Rendle, Zhang, Koren, "On the Difficulty of Evaluating
    Baselines" (2019) for implicit parts on both sides.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = ExplicitALS(factors=8, iterations=3).fit(data)
    >>> stars = model.predict({318: 5.0, 296: 4.5}, [858])
    >>> bool(3.5 < stars[0] <= 5.0)
    True
    """

    name = "explicit-als"
    summary = "alternating least squares on stars, with what people chose to rate: fast, precise"

    factors: int = whole(47, doc="Length of a vector.", search=(16, 96))
    iterations: int = whole(8, doc="Sweeps over both sides.", search=(4, 12))
    regularization: float = real(
        0.6,
        open_low=True,
        doc=(
            "Ridge penalty on vectors of somebody with one rating; it grows with the number "
            "of ratings to the power of `regularization_exponent`."
        ),
        search=(0.2, 2.0, "log"),
    )
    bias_regularization: float = real(0.2, open_low=True, doc="The same for biases.")
    regularization_exponent: float = real(
        0.7,
        0.0,
        2.0,
        doc="0 for a plain ridge, 1 for a penalty on each rating (ALS-WR).",
        search=(0.5, 1.0, "float"),
    )
    implicit: str = choice("both", IMPLICIT, doc="Whose vectors have implicit parts.")
    implicit_regularization: float = real(
        100.0,
        open_low=True,
        doc="Ridge penalty on the implicit parts of factors.",
        search=(30.0, 500.0, "log"),
    )
    implicit_bias_regularization: float = real(
        2000.0, open_low=True, doc="Ridge penalty on the implicit parts of biases."
    )
    implicit_steps: int = whole(6, doc="Steps of conjugate gradients in each half-sweep.")
    fold_in: str = choice(
        "optimize",
        FOLD_INS,
        doc=(
            "How people who are not of the training get a vector: by solving for it, or as "
            "the mean of the most similar training users."
        ),
    )
    neighbors: int = whole(10, doc='How many of those, for ``fold_in="nearest"``.')
    random_state: int = seed()

    def _penalties(self, counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        growth = np.maximum(counts, 1).astype(np.float64) ** self.regularization_exponent
        return self.regularization * growth, self.bias_regularization * growth

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        users, movies = two_sides(
            ratings,
            self.factors,
            implicit=(self.implicit != "none", self.implicit == "both"),
            unit=float(self._unit),
        )
        rng = np.random.default_rng(self.random_state)
        start = rng.standard_normal((len(movies), self.factors), dtype=np.float32)
        movies.vectors[:, : self.factors] = np.float32(0.1) * start

        ridge = np.ones(padded_width(self.factors), np.float32)
        ridge[: self.factors] = self.regularization
        ridge[self.factors] = self.bias_regularization
        implicit = np.ones_like(ridge)
        implicit[: self.factors] = self.implicit_regularization
        implicit[self.factors] = self.implicit_bias_regularization
        scales = [
            (side.counts.astype(np.float64) ** self.regularization_exponent).astype(np.float32)
            for side in (users, movies)
        ]
        for done in range(1, self.iterations + 1):
            for side, other, scale in (
                (users, movies, scales[0]),
                (movies, users, scales[1]),
            ):
                solve(side, other, ridge, scale)
                improve_implicit(side, other, implicit, self.implicit_steps)
            report(progress, "sweeps", done, self.iterations, unit="sweeps")
        # Users last: a person with the same ratings is then folded in to the same vector.
        solve(users, movies, ridge, scales[0])
        self._keep(ratings, users, movies)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        rows = ratings.n_users + len(catalog)
        return 36 * len(ratings) + 4 * 12 * rows * padded_width(self.factors)

    def _fit_advice(self) -> str:
        return "use fewer factors, or leave out rare films and people before (curate)"
