"""``dot``: embeddings of users and movies, their dot product, biases, and a sigmoid into stars."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.fold_in import FOLD_INS, SigmoidRange, solve_users
from matinee.models.neural.base import NeuralModel, check_range
from matinee.models.neural.settings import DEVICES, OPTIMIZERS, SCHEDULES
from matinee.models.parameters import choice, real, seed, setting, whole
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

if TYPE_CHECKING:
    import torch

    from matinee.models.neural.networks import DotNetwork

__all__ = ["Dot"]


class Dot(NeuralModel):
    """Dot product of embeddings with biases, trained by stochastic gradients (PyTorch).

    Stars are ``low + (high - low) * sigmoid(b[u] + c[i] + p[u] · q[i])``. Weight decay draws
    biases to 0, the middle of the range, which lies below the mean of the stars that people
    give: a film that few people rated has to earn a good prediction.

    A new person's vector is the one that explains their stars best with the movies held fixed,
    drawn to the mean of all people; how strongly is set after the training, so that people of the
    training, folded in, are answered as by what was learned of them. The same seed gives the same
    model on a CPU at any number of threads; on a GPU sums are added up in no fixed order.

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization" (2007).
    Howard and Gugger, "fastai: A Layered API for Deep Learning" (2020): EmbeddingDotBias.
    Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Dot(factors=8, epochs=2).fit(data)
    >>> [entry["epoch"] for entry in model.history]
    [1, 2]
    >>> len(model.recommend({318: 5.0, 296: 1.5}, n=3))
    3
    """

    name = "dot"
    summary = "embeddings and biases, dot product, sigmoid into stars; trained with PyTorch"
    presets = {
        "fastai": {
            "factors": 50,
            "epochs": 5,
            "batch_size": 64,
            "learning_rate": 5e-3,
            "weight_decay": 0.1,
            "bias_decay": 0.1,
        },
        "keras": {
            "factors": 100,
            "epochs": 30,
            "learning_rate": 2e-3,
            "weight_decay": 0.0,
            "bias_decay": 0.0,
            "optimizer": "adamax",
            "schedule": "constant",
            "output": "linear",
            "validation_share": 0.1,
            "patience": 2,
        },
    }

    factors: int = whole(50, doc="Length of the embeddings.", search=(10, 200))
    epochs: int = whole(
        6, doc="Passes over the ratings, at most so many with a ``patience``.", search=(3, 15)
    )
    batch_size: int | None = whole(
        None,
        doc=(
            "Ratings a step; by default a 440th part of them (64 at least), which makes the "
            "other settings fit data of any size."
        ),
    )
    learning_rate: float = real(
        7e-3, open_low=True, doc="The highest of the schedule.", search=(1e-3, 3e-2, "log")
    )
    weight_decay: float = real(
        0.3,
        doc="In each step embeddings and biases lose this times the learning rate of themselves.",
        search=(0.03, 1.0, "log"),
    )
    bias_decay: float = real(
        0.03,
        doc="In each step embeddings and biases lose this times the learning rate of themselves.",
        search=(0.003, 0.3, "log"),
    )
    optimizer: str = choice("adamw", OPTIMIZERS, doc="What follows the gradient.")
    schedule: str = choice(
        "one-cycle", SCHEDULES, doc="How the learning rate moves over the training."
    )
    output: str = choice(
        "sigmoid",
        ("sigmoid", "linear"),
        doc="Whether scores go through a sigmoid, or are stars above and below the mean.",
    )
    stars_range: list[float] | None = setting(
        None,
        check_range,
        "(float, float), optional",
        doc=(
            "Ends of the sigmoid; by default 0 and 5.5 on a scale of 1 to 5, and likewise on "
            "others."
        ),
    )
    validation_share: float = real(
        0.02,
        0.0,
        0.9,
        doc="Share of the ratings that is kept out of the training, to draw the validation curve.",
    )
    patience: int | None = whole(
        None,
        doc="Stop after so many epochs without a better validation loss and keep the best weights.",
    )
    fold_in: str = choice(
        "optimize",
        FOLD_INS,
        doc=(
            "How a new person gets a vector: solved for, or as the mean of those of the most "
            "similar people (cosine of their ratings), which keeps the training ratings with "
            "the model."
        ),
    )
    neighbors: int = whole(10, doc='How many people "nearest" takes.')
    device: str = choice("auto", DEVICES, doc="Where PyTorch computes.")
    random_state: int = seed()

    # -- fit ---------------------------------------------------------------------------------

    def _network(
        self, ratings: Ratings, catalog: Catalog, random: torch.Generator, device: torch.device
    ) -> DotNetwork:
        from matinee.models.neural.networks import DotNetwork

        self._link = None
        self._offset = ratings.mean
        if self.output == "sigmoid":
            self._link = SigmoidRange(*self._range_of_network())
            self._offset = 0.0
        return DotNetwork(
            ratings.n_users,
            ratings.n_movies,
            self.factors,
            stars_range=None if self._link is None else (self._link.low, self._link.high),
            offset=self._offset,
            decays=(self.weight_decay, self.bias_decay),
            random=random,
            device=device,
        )

    def _columns(self, ratings: Ratings) -> dict[str, NDArray[Any]]:
        # Users and movies are rows of one table, the users first.
        pairs = np.stack((ratings.users, ratings.movies + np.int32(ratings.n_users)), axis=1)
        return {"pairs": pairs}

    def _take_weights(
        self, weights: Mapping[str, NDArray[np.float32]], ratings: Ratings, catalog: Catalog
    ) -> None:
        table = weights["table"]
        self._user_table = table[: ratings.n_users]
        # What was never trained still has its random first values; 0 is where decay leads.
        table[ratings.n_users :][ratings.movie_stats.counts == 0] = 0.0
        self._set_movies(table[ratings.n_users :])

    def _set_movies(self, table: NDArray[np.float32]) -> None:
        self._movie_table = table
        self._movie_biases = np.ascontiguousarray(table[:, -1])
        # A score is one product with these: the user's bias meets a 1.
        self._features = table.copy()
        self._features[:, -1] = 1.0

    def _weight_count(self, ratings: Ratings, catalog: Catalog) -> int:
        return (ratings.n_users + ratings.n_movies) * (self.factors + 1)

    # -- answer ------------------------------------------------------------------------------

    def _solve(self, batch: ProfileBatch, penalty: NDArray[np.float32]) -> NDArray[np.float32]:
        return solve_users(
            batch,
            self._features,
            self._movie_biases + np.float32(self._offset),
            prior=self._prior,
            penalty=penalty,
            link=self._link,
        )

    def _to_stars(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return scores if self._link is None else self._link.stars(scores)

    def _stars_of_all(self, vector: NDArray[np.float32], now: float) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = self._features @ vector
        scores += self._movie_biases
        scores += np.float32(self._offset)
        return self._to_stars(scores)

    def _stars_of_pairs(
        self, vectors: NDArray[np.float32], movies: Codes, now: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        scores = np.einsum("ij,ij->i", self._features[movies], vectors)
        scores += self._movie_biases[movies]
        scores += np.float32(self._offset)
        return self._to_stars(scores)

    def _embeddings(self) -> NDArray[np.float32]:
        return self._movie_table[:, :-1]

    def movie_biases(self) -> NDArray[np.float32]:
        """What each film adds to the stars of the mean person, tastes aside, by movie code.

        Returns
        -------
        ndarray, shape (n_movies,), dtype float32
            Stars above or below those of the film that an average rating is given to; 0 for films
            without ratings.
        """
        self._need_fit()
        stars = self._to_stars(self._movie_biases + np.float32(self._offset + self._prior[-1]))
        counts = self.stats.counts
        above = stars - np.average(stars, weights=counts)
        above *= (self.scale.maximum - self.scale.minimum) / 4
        return np.where(counts > 0, above, 0.0).astype(np.float32)

    # -- store -------------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        low, high = (0.0, 0.0) if self._link is None else (self._link.low, self._link.high)
        return {
            **super()._arrays(),
            "movies": self._movie_table,
            "output": np.array([self._offset, low, high]),
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        more = {"movies": floats("movies", "inputs"), "output": floats(3, bits=64)}
        return super()._array_specs(stored) | more

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        super()._from_arrays(arrays)
        self._set_movies(arrays["movies"])
        offset, low, high = arrays["output"].tolist()
        self._offset = offset
        self._link = SigmoidRange(low, high) if self.output == "sigmoid" else None
