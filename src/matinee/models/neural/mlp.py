"""``mlp``: embeddings of user and movie side by side, and dense layers on top."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats, integers
from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.ids import Codes
from matinee.models.fold_in import FOLD_INS, Response, SigmoidRange, gauss_newton
from matinee.models.neural.base import NeuralModel, check_range
from matinee.models.neural.settings import DEVICES, OPTIMIZERS, SCHEDULES
from matinee.models.parameters import check_choice, check_int, choice, real, seed, setting, whole
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

if TYPE_CHECKING:
    import torch

    from matinee.models.neural.networks import MLPNetwork

__all__ = ["MLP", "embedding_size"]

INPUTS = ("genres", "time")
_LAYERS = [100, 50]
_NO_INPUTS: list[str] = []


def embedding_size(n: int) -> int:
    """A width for the embeddings of ``n`` things, by fastai's rule of thumb.

    Examples
    --------
    >>> embedding_size(943), embedding_size(1682), embedding_size(10**6)
    (74, 102, 600)
    """
    return int(min(600, round(1.6 * n**0.56)))


def _check_layers(name: str, value: Any) -> list[int]:
    layers = [check_int(name, width, 1) for width in _listed(name, value)]
    if not layers:
        raise ParameterError("layers must have at least one hidden layer, such as [100, 50]")
    return layers


def _check_inputs(name: str, value: Any) -> list[str]:
    return [check_choice(name, each, INPUTS) for each in _listed(name, value)]


class MLP(NeuralModel):
    """A multilayer perceptron over the embeddings of a person and a film (PyTorch).

    Both embeddings, and further inputs if asked for, are laid side by side and go through dense
    layers with ReLU; the last unit is the stars. Unlike ``dot`` nothing tells the network that
    likes and dislikes multiply: it has to learn that, and predicts stars a little less well.

    A new person's embedding is the one that explains their stars best with the rest of the network
    held fixed, found by Gauss-Newton steps in NumPy. The same seed gives the same model on a CPU
    at any number of threads for batches up to 8,192 ratings.

    References
    ----------
    He et al., "Neural Collaborative Filtering" (2017).
    Rendle et al., "Neural Collaborative Filtering vs. Matrix Factorization Revisited" (2020).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = MLP(factors=4, layers=[8], epochs=2).fit(data)
    >>> len(model.recommend({318: 5.0, 296: 1.5}, n=3))
    3
    """

    name = "mlp"
    summary = "embeddings side by side and dense layers on top; trained with PyTorch"
    presets = {
        "16-32": {
            "factors": 16,
            "layers": [32],
            "epochs": 20,
            "learning_rate": 1e-3,
            "weight_decay": 0.0,
            "optimizer": "adam",
            "schedule": "constant",
            "output": "linear",
            "validation_share": 0.1,
            "patience": 2,
            "shrinkage": 0.0,
        },
        "5-128-32": {
            "factors": 5,
            "layers": [128, 32],
            "epochs": 20,
            "learning_rate": 1e-3,
            "weight_decay": 0.0,
            "optimizer": "adam",
            "schedule": "constant",
            "output": "linear",
            "validation_share": 0.1,
            "patience": 2,
            "shrinkage": 0.0,
        },
        "fastai": {
            "factors": None,
            "layers": [100, 50],
            "epochs": 5,
            "batch_size": 64,
            "learning_rate": 5e-3,
            "weight_decay": 0.1,
            "shrinkage": 0.0,
        },
    }

    factors: int | None = whole(
        32,
        optional=True,
        doc="Width of both embeddings; None: each has its own, ``min(600, round(1.6 * n**0.56))``.",
        search=(4, 200),
    )
    layers: Sequence[int] = setting(
        _LAYERS, _check_layers, "list of int", doc="Widths of the hidden layers."
    )
    inputs: Sequence[str] = setting(
        _NO_INPUTS,
        _check_inputs,
        "list of str",
        doc=(
            "What is laid beside the embeddings: the film's genres; when the rating was "
            "given, from 0 (the first of the training) to 1 (the last). Predictions are for "
            "the time of the person's last rating, or for the end of the training where that "
            "is unknown."
        ),
    )
    dropout: float = real(
        0.0,
        0.0,
        0.95,
        doc="Share of the hidden units, and of the inputs, left out at random in each step.",
        search=(0.0, 0.5, "float"),
    )
    embedding_dropout: float = real(
        0.0,
        0.0,
        0.95,
        doc="Share of the hidden units, and of the inputs, left out at random in each step.",
        search=(0.0, 0.5, "float"),
    )
    epochs: int = whole(
        6, doc="Passes over the ratings, at most so many with a ``patience``.", search=(3, 15)
    )
    batch_size: int | None = whole(
        None, doc="Ratings a step; by default a 440th part of them (64 at least)."
    )
    learning_rate: float = real(
        4e-3, open_low=True, doc="The highest of the schedule.", search=(1e-3, 3e-2, "log")
    )
    weight_decay: float = real(
        0.3,
        doc="In each step all weights lose this times the learning rate of themselves.",
        search=(0.01, 1.0, "log"),
    )
    optimizer: str = choice("adamw", OPTIMIZERS, doc="What follows the gradient.")
    schedule: str = choice(
        "one-cycle", SCHEDULES, doc="How the learning rate moves over the training."
    )
    output: str = choice(
        "sigmoid",
        ("sigmoid", "linear"),
        doc=(
            "Whether the last unit goes through a sigmoid into ``stars_range``, or is linear "
            "on ratings that are mapped to 0 … 1."
        ),
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
    shrinkage: float = real(
        3.0,
        doc=(
            "Embeddings of films are drawn to the mean film as if it had been rated so many "
            "times: a network overrates films that a few people loved."
        ),
    )
    fold_in: str = choice(
        "optimize",
        FOLD_INS,
        doc=(
            "How a new person gets an embedding: solved for, or as the mean of those of the "
            "most similar people (cosine of their ratings), which keeps the training ratings "
            "with the model."
        ),
    )
    neighbors: int = whole(10, doc='How many people "nearest" takes.')
    device: str = choice("auto", DEVICES, doc="Where PyTorch computes.")
    random_state: int = seed()

    # -- fit ---------------------------------------------------------------------------------

    def _sizes(self, n_users: int, n_movies: int) -> tuple[int, int]:
        if self.factors is not None:
            return self.factors, self.factors
        return embedding_size(n_users), embedding_size(n_movies)

    def _network(
        self, ratings: Ratings, catalog: Catalog, random: torch.Generator, device: torch.device
    ) -> MLPNetwork:
        import torch

        from matinee.models.neural.networks import MLPNetwork

        known = ratings.timestamps[ratings.timestamps != 0]
        self._times = (int(known.min()), int(known.max())) if known.size else (0, 0)
        low, high = ratings.scale.minimum, ratings.scale.maximum
        if self.output == "sigmoid":
            low, high = self._range_of_network()
        elif low == high:
            high = low + 1.0
        self._range = SigmoidRange(low, high)
        share = (ratings.mean - low) / (high - low)
        genres = catalog.genres if "genres" in self.inputs else None
        return MLPNetwork(
            ratings.n_users,
            ratings.n_movies,
            self._sizes(ratings.n_users, ratings.n_movies),
            self.layers,
            genres=None if genres is None else torch.tensor(genres, dtype=torch.float32),
            has_time="time" in self.inputs,
            dropout=self.dropout,
            embedding_dropout=self.embedding_dropout,
            decay=self.weight_decay,
            stars_range=(low, high),
            sigmoid=self.output == "sigmoid",
            start=float(np.log(share / (1 - share))) if self.output == "sigmoid" else share,
            random=random,
            device=device,
        )

    def _columns(self, ratings: Ratings) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {
            "pairs": np.stack((ratings.users, ratings.movies), axis=1)
        }
        if "time" in self.inputs:
            columns["times"] = self._time_input(ratings.timestamps)
        return columns

    def _take_weights(
        self, weights: Mapping[str, NDArray[np.float32]], ratings: Ratings, catalog: Catalog
    ) -> None:
        self._user_table, movies = weights["users"], weights["movies"]
        counts = ratings.movie_stats.counts
        mean = movies[counts > 0].mean(axis=0)
        # Films that were never trained still have random first values: they become mean films.
        trust = counts / np.maximum(counts + self.shrinkage, 1e-12)
        movies[:] = mean + trust[:, None].astype(np.float32) * (movies - mean)
        dense = [
            (weights[f"weight_{layer}"], weights[f"bias_{layer}"])
            for layer in range(len(self.layers) + 1)
        ]
        self._set_network(movies, dense)

    def _set_network(
        self,
        movies: NDArray[np.float32],
        dense: list[tuple[NDArray[np.float32], NDArray[np.float32]]],
    ) -> None:
        self._movie_table, self._dense = movies, dense
        first, bias = dense[0]
        user_width, width = self._user_table.shape[1], movies.shape[1]
        self._from_user = first[:user_width]
        # All that the first layer gets from the film, for all films once.
        self._from_movie = movies @ first[user_width : user_width + width]
        self._from_movie += bias
        if "genres" in self.inputs:
            rows = slice(user_width + width, user_width + width + self.catalog.genres.shape[1])
            self._from_movie += self.catalog.genres.astype(np.float32) @ first[rows]
        self._from_time = first[-1] if "time" in self.inputs else np.zeros_like(bias)
        self._wide = [(w.astype(np.float64), b.astype(np.float64)) for w, b in dense[1:]]

    def _weight_count(self, ratings: Ratings, catalog: Catalog) -> int:
        users, movies = self._sizes(ratings.n_users, ratings.n_movies)
        return (ratings.n_users * users) + ratings.n_movies * (movies + self.layers[0])

    # -- answer ------------------------------------------------------------------------------

    def _time_input(self, timestamps: NDArray[np.int64]) -> NDArray[np.float32]:
        first, last = self._times
        share = (timestamps - first) / max(last - first, 1)
        # Unknown times count as the end of the training, and so do later ones.
        return np.where(timestamps == 0, 1.0, np.clip(share, 0.0, 1.0)).astype(np.float32)

    def _now(self, batch: ProfileBatch) -> NDArray[np.float32]:
        if "time" not in self.inputs:
            return super()._now(batch)
        latest = np.zeros(len(batch), dtype=np.int64)
        np.maximum.at(latest, batch.row_of_entry, batch.timestamps)
        return self._time_input(latest)

    def _solve(self, batch: ProfileBatch, penalty: NDArray[np.float32]) -> NDArray[np.float32]:
        # The embedding acts through the sums of the first layer alone. In the directions in which
        # it moves them, scaled so that all are penalised alike, there are fewer unknowns.
        scale = 1.0 / np.sqrt(penalty.astype(np.float64))
        left, moves, right = np.linalg.svd(scale[:, None] * self._from_user, full_matrices=False)
        seen = moves > 1e-3 * moves[0]
        into, back = moves[seen, None] * right[seen], scale[:, None] * left[:, seen]
        nothing, ones = np.zeros(into.shape[0]), np.ones(into.shape[0])
        prior = self._prior.astype(np.float64)
        vectors = np.empty((len(batch), prior.size), dtype=np.float32)
        for row in range(len(batch)):
            entries = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
            base = self._from_movie[batch.movies[entries]] + prior @ self._from_user
            if "time" in self.inputs:
                base += np.outer(self._time_input(batch.timestamps[entries]), self._from_time)
            stars = batch.stars[entries].astype(np.float64)
            moved = gauss_newton(self._response(base, into), stars, nothing, ones, tolerance=1e-4)
            vectors[row] = prior + back @ moved
        return vectors

    def _response(self, base: NDArray[np.float64], into: NDArray[np.float64]) -> Response:
        """Stars and derivatives as a function of what is added, through ``into``, to ``base``."""
        low, width = self._range.low, self._range.high - self._range.low

        def derivative(
            slope: NDArray[np.float64], active: list[NDArray[np.bool_]]
        ) -> NDArray[np.float64]:
            for (weight, _), on in zip(reversed(self._wide), reversed(active), strict=True):
                slope = (slope @ weight.T) * on
            return slope @ into.T

        def response(
            vector: NDArray[np.float64],
        ) -> tuple[NDArray[np.float64], Callable[[], NDArray[np.float64]]]:
            units, active = base + vector @ into, []
            for weight, bias in self._wide:
                active.append(units > 0)
                units = np.maximum(units, 0.0) @ weight + bias
            if self.output == "sigmoid":
                stars, slope = self._range(units)
            else:
                stars, slope = low + width * units, np.full_like(units, width)
            return stars[:, 0], lambda: derivative(slope, active)

        return response

    def _forward(self, units: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stars from the sums of the first layer, which are overwritten."""
        for weight, bias in self._dense[1:]:
            units = np.maximum(units, 0.0, out=units) @ weight
            units += bias
        scores: NDArray[np.float32] = units[:, 0]
        if self.output == "sigmoid":
            return self._range.stars(scores)
        return self._range.low + (self._range.high - self._range.low) * scores

    def _stars_of_all(self, vector: NDArray[np.float32], now: float) -> NDArray[np.float32]:
        return self._forward(
            self._from_movie + (vector @ self._from_user + np.float32(now) * self._from_time)
        )

    def _stars_of_pairs(
        self, vectors: NDArray[np.float32], movies: Codes, now: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        units = vectors @ self._from_user
        units += self._from_movie[movies]
        units += now[:, None] * self._from_time
        return self._forward(units)

    def _embeddings(self) -> NDArray[np.float32]:
        return self._movie_table

    # -- store -------------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        dense = {}
        for layer, (weight, bias) in enumerate(self._dense):
            dense[f"weight_{layer}"], dense[f"bias_{layer}"] = weight, bias
        return {
            **super()._arrays(),
            "movies": self._movie_table,
            "output": np.array([self._range.low, self._range.high]),
            "times": np.array(self._times, dtype=np.int64),
            **dense,
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        sides: list[str | int] = [
            "both",
            *(f"layer {layer}" for layer in range(len(self.layers))),
            1,
        ]
        specs = super()._array_specs(stored) | {
            "movies": floats("movies", "inputs"),
            "output": floats(2, bits=64),
            "times": integers(2, bits=64, low=-(2**40), high=2**40),
        }
        for layer in range(len(self.layers) + 1):
            specs[f"weight_{layer}"] = floats(sides[layer], sides[layer + 1])
            specs[f"bias_{layer}"] = floats(sides[layer + 1])
        return specs

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        super()._from_arrays(arrays)
        self._range = SigmoidRange(*arrays["output"].tolist())
        first, last = arrays["times"].tolist()
        self._times = (first, last)
        dense = [
            (arrays[f"weight_{layer}"], arrays[f"bias_{layer}"])
            for layer in range(len(self.layers) + 1)
        ]
        self._set_network(arrays["movies"], dense)


def _listed(name: str, values: Any) -> list[Any]:
    """A sequence as a list; a single value stands for itself."""
    if isinstance(values, str | int):
        return [values]
    try:
        return list(values)
    except TypeError:
        raise ParameterError(f"{name} must be a list, got {values!r}") from None
