"""Biased matrix factorisation by stochastic gradient descent: Funk's, and SVD++."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.models.bias import fit_biases
from matinee.models.factorization import (
    Factorization,
    Side,
    improve_implicit,
    padded_width,
    rebase,
    solve,
    two_sides,
)
from matinee.models.fold_in import FOLD_INS
from matinee.models.parameters import choice, real, seed, whole
from matinee.progress import Progress, report
from matinee.ratings import Ratings

__all__ = ["MatrixFactorization"]

IMPLICIT = ("none", "user", "both")
SCHEDULES = ("linear", "cosine", "constant")
_BLOCKS = 4  # parts of users and of movies; never the number of threads, see kernels.sgd
_START = 0.05  # length of a vector before the first epoch
_IMPLICIT_STEPS = 3


@dataclass
class _Cells:
    """Ratings in the order of an epoch; see :mod:`matinee.kernels.sgd`."""

    indptr: NDArray[np.int64]
    users: NDArray[np.int32]
    movies: NDArray[np.int32]
    targets: NDArray[np.float32]

    @classmethod
    def deal(cls, ratings: Ratings, unit: float, rng: np.random.Generator) -> _Cells:
        """Deal ratings into cells at random; within a cell, one user's ratings stand together."""
        user_rank = rng.permutation(ratings.n_users)
        movie_rank = rng.permutation(ratings.n_movies)
        users, movies = ratings.users, ratings.movies
        cell = (user_rank % _BLOCKS)[users] * _BLOCKS + (movie_rank % _BLOCKS)[movies]
        key = (cell * ratings.n_users + user_rank[users]) * ratings.n_movies + movie_rank[movies]
        order = np.argsort(key)
        sizes = np.bincount(cell, minlength=_BLOCKS * _BLOCKS)
        indptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        targets = (ratings.stars[order] - np.float32(ratings.mean)) / np.float32(unit)
        return cls(indptr, users[order], movies[order], targets)


class MatrixFactorization(Factorization):
    """Biased matrix factorisation by stochastic gradient descent.

    Stars are the global mean plus two biases plus the product of a user's and a movie's vector
    (Funk 2006). With `implicit="user"` a user's vector also has a part from each film that they
    rated, whatever the stars (SVD++); with ``"both"``, a movie's vector likewise has a part from
    each person who rated it, which predicts best.

    Vectors and biases are learned by gradient steps; the implicit parts by a few steps of
    conjugate gradients after each epoch. At the end each user's vector is set to the exact
    minimum of the same objective, so that folding in a training user gives that user's vector.
    The same seed gives bit for bit the same model at any number of threads: parallel steps never
    touch the same user or movie.

    Attributes
    ----------
    history : list of dict
        For each epoch ``learning_rate``, ``loss`` (RMSE over the epoch, each rating before its own
        step) and, with `validation`, ``validation_loss`` (RMSE of the part held out), in stars.

    References
    ----------
    Funk, "Netflix Update: Try This at Home" (2006); Koren, "Factorization Meets the Neighborhood"
    (KDD 2008); Gemulla et al., "Large-Scale Matrix Factorization with Distributed Stochastic
    Gradient Descent" (KDD 2011); Rendle, Zhang, Koren, "On the Difficulty of Evaluating Baselines"
    (2019).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = MatrixFactorization(factors=16, iterations=8, implicit="user").fit(data)
    >>> losses = [epoch["loss"] for epoch in model.history]
    >>> len(losses), losses[-1] < losses[0]
    (8, True)
    """

    name = "mf"
    summary = "matrix factorisation by gradient descent: Funk's, SVD++, and SVD++ on both sides"

    factors: int = whole(
        32, doc="Length of a vector; multiples of 8 run fastest.", search=(16, 128)
    )
    iterations: int = whole(15, doc="Epochs: passes over the ratings.", search=(10, 40))
    learning_rate: float = real(
        0.035, 0.0, 1.0, open_low=True, doc="Of the first epoch.", search=(0.01, 0.05, "log")
    )
    schedule: str = choice(
        "linear",
        SCHEDULES,
        doc="How the learning rate goes down to nothing after the last epoch, if it does.",
    )
    regularization: float = real(
        0.05,
        open_low=True,
        doc="Penalty of each rating on the vectors of its user and movie.",
        search=(0.02, 0.1, "log"),
    )
    bias_regularization: float = real(0.02, open_low=True, doc="The same on their biases.")
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
    validation: float = real(
        0.0,
        0.0,
        0.5,
        doc=(
            "Share of the ratings that is held out to see when to stop; 0 trains on all of "
            "them for all `iterations`. The vectors of the best epoch are kept."
        ),
    )
    patience: int = whole(
        3, doc="With `validation`: stop after so many epochs without a better one."
    )
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
        ratings = np.maximum(counts, 1).astype(np.float64)
        return self.regularization * ratings, self.bias_regularization * ratings

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        rng = np.random.default_rng(self.random_state)
        held = np.zeros(len(ratings), dtype=bool)
        held[rng.permutation(len(ratings))[: int(self.validation * len(ratings))]] = True
        learned = ratings.take(~held) if held.any() else ratings
        parts = (self.implicit != "none", self.implicit == "both")
        users, movies = two_sides(learned, self.factors, implicit=parts, unit=float(self._unit))
        self._start(learned, users, movies, rng)
        self._run(learned, ratings.take(held), users, movies, rng, progress)

        if held.any():
            # The person who asks has all their ratings, those held out included.
            everything, _ = two_sides(
                ratings, self.factors, implicit=(False, False), unit=float(self._unit)
            )
            everything.implicit = users.implicit
            users = everything
            rebase(users, movies)
        ridge = np.ones(padded_width(self.factors), np.float32)
        ridge[: self.factors] = self.regularization
        ridge[self.factors] = self.bias_regularization
        solve(users, movies, ridge, users.counts)
        self._keep(ratings, users, movies)

    def _start(self, ratings: Ratings, users: Side, movies: Side, rng: np.random.Generator) -> None:
        biases = fit_biases(ratings, iterations=3)
        size = np.float32(_START / math.sqrt(self.factors))
        for side, offsets in ((users, biases.users), (movies, biases.movies)):
            noise = rng.standard_normal((len(side), self.factors), dtype=np.float32)
            side.vectors[:, : self.factors] = size * noise
            side.vectors[:, self.factors] = offsets / self._unit
        # Films and people without ratings take no step: they stay at what is known of them, zero.
        users.vectors[ratings.user_counts == 0] = 0.0
        movies.vectors[ratings.movie_stats.counts == 0] = 0.0

    def _run(
        self,
        ratings: Ratings,
        held: Ratings,
        users: Side,
        movies: Side,
        rng: np.random.Generator,
        progress: Progress | None,
    ) -> None:
        """Run the epochs; leave the vectors of the last one, or of the best on `held`."""
        from matinee.kernels.sgd import sgd_epoch

        cells = _Cells.deal(ratings, float(self._unit), rng)
        implicit = np.full(users.vectors.shape[1], self.implicit_regularization, np.float32)
        implicit[self.factors] = self.implicit_bias_regularization
        losses = np.zeros(_BLOCKS * _BLOCKS)
        best = _Best(users, movies)
        for epoch in range(self.iterations):
            rate = self.learning_rate * self._decay(epoch / self.iterations)
            sgd_epoch(
                cells.indptr,
                rng.permutation(_BLOCKS),
                cells.users,
                cells.movies,
                cells.targets,
                users.vectors,
                movies.vectors,
                users.base,
                movies.base,
                self.factors,
                np.array([rate, rate, self.regularization, self.bias_regularization], np.float32),
                losses,
            )
            improve_implicit(users, movies, implicit, _IMPLICIT_STEPS)
            improve_implicit(movies, users, implicit, _IMPLICIT_STEPS)
            figures = {
                "learning_rate": rate,
                "loss": float(self._unit) * math.sqrt(float(losses.sum()) / len(ratings)),
            }
            if not math.isfinite(figures["loss"]):
                raise ParameterError(
                    f"the training diverged in epoch {epoch + 1}: learning_rate "
                    f"{self.learning_rate:g} is too high for these ratings; try a third of it"
                )
            if len(held):
                figures["validation_loss"] = self._loss(held, ratings.mean, users, movies)
                best.see(epoch, figures["validation_loss"])
            self.history.append({"epoch": float(epoch + 1), **figures})
            report(
                progress, "epochs", epoch + 1, self.iterations, unit="epochs", note="", **figures
            )
            if len(held) and epoch - best.epoch >= self.patience:
                break
        if len(held):
            best.restore()

    def _decay(self, done: float) -> float:
        """The factor on the learning rate when a share of the epochs is done."""
        if self.schedule == "linear":
            return 1.0 - done
        if self.schedule == "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * done))
        return 1.0

    def _loss(self, held: Ratings, mean: float, users: Side, movies: Side) -> float:
        total = 0.0
        step = max(1, 2**22 // users.vectors.shape[1])
        for first in range(0, len(held), step):
            part = slice(first, first + step)
            left, right = users.vectors[held.users[part]], movies.vectors[held.movies[part]]
            stars = np.einsum("ij,ij->i", left[:, : self.factors], right[:, : self.factors])
            stars += left[:, self.factors] + right[:, self.factors]
            stars = stars * self._unit + np.float32(mean)
            np.clip(stars, self.scale.minimum, self.scale.maximum, out=stars)
            total += float(np.sum((stars - held.stars[part]) ** 2, dtype=np.float64))
        return math.sqrt(total / len(held))

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        rows = ratings.n_users + len(catalog)
        return 72 * len(ratings) + 4 * 12 * rows * padded_width(self.factors)

    def _fit_advice(self) -> str:
        return "use fewer factors, or leave out rare films and people before (curate)"


class _Best:
    """The state of the epoch that was best on held-out ratings."""

    def __init__(self, users: Side, movies: Side) -> None:
        self._sides = (users, movies)
        self._loss = math.inf
        self._kept: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]] = []
        self.epoch = -1

    def see(self, epoch: int, loss: float) -> None:
        """Keep the state if it is better than all before it."""
        if loss >= self._loss:
            return
        self._loss, self.epoch = loss, epoch
        self._kept = [
            (
                side.vectors.copy(),
                side.base.copy(),
                None if side.implicit is None else side.implicit.copy(),
            )
            for side in self._sides
        ]

    def restore(self) -> None:
        """Put it back."""
        for side, (vectors, base, implicit) in zip(self._sides, self._kept, strict=True):
            side.vectors, side.base, side.implicit = vectors, base, implicit
