"""What the neural families share: hyper-parameters, the fit, and answering with user vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.errors import MissingExtraError, ParameterError
from matinee.ids import Codes
from matinee.models.fold_in import NearestUsers, best_penalty
from matinee.models.neural.checkpoints import CheckpointFolder
from matinee.models.neural.settings import TrainingSettings
from matinee.models.parameters import check_float
from matinee.models.support import SupportRanked
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.scale import RatingScale
from matinee.threads import one_blas_thread

if TYPE_CHECKING:
    import torch

    from matinee.models.neural.training import Network

__all__ = ["NeuralModel"]

_TORCH_BYTES = 300 * 10**6
_PEOPLE_TO_TRY, _FILMS_TO_TRY = 64, 512
_PAIRS_AT_ONCE = 65_536
_SIMILARITY_SHRINKAGE = 10.0


class NeuralModel(SupportRanked):
    """Base of the models that PyTorch trains and NumPy answers for.

    A family describes its network and how NumPy computes its stars. Whatever it learned about a
    training user is one row of a table, and a new person gets such a row by fold-in, so that from
    there on both are answered alike. Networks see stars on a scale of 1 to 5 (``_five``), whatever
    that of the data, so that rates and decays mean the same. Films are similar by the cosine of
    their embeddings, shrunk as if ten more people had found no likeness.
    """

    predicts_stars = True
    has_movie_vectors = True
    uses_user_vectors = True
    resumable = True

    _user_table: NDArray[np.float32]
    _prior: NDArray[np.float32]
    _penalty: NDArray[np.float32]
    _nearest: NearestUsers | None
    stars_range: list[float] | None

    # -- what a family writes ----------------------------------------------------------------

    @abstractmethod
    def _network(
        self, ratings: Ratings, catalog: Catalog, random: torch.Generator, device: torch.device
    ) -> Network:
        """The network with its first weights."""

    @abstractmethod
    def _columns(self, ratings: Ratings) -> dict[str, NDArray[Any]]:
        """What the network is given of each rating."""

    @abstractmethod
    def _take_weights(
        self, weights: Mapping[str, NDArray[np.float32]], ratings: Ratings, catalog: Catalog
    ) -> None:
        """Set ``_user_table`` and whatever else answering needs from trained weights."""

    @abstractmethod
    def _solve(self, batch: ProfileBatch, penalty: NDArray[np.float32]) -> NDArray[np.float32]:
        """User vectors of profiles, shape (n_profiles, d), from their stars."""

    @abstractmethod
    def _stars_of_all(self, vector: NDArray[np.float32], now: float) -> NDArray[np.float32]:
        """Unclipped stars of all films for one user vector, shape (n_movies,)."""

    @abstractmethod
    def _stars_of_pairs(
        self, vectors: NDArray[np.float32], movies: Codes, now: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Unclipped stars of ``movies[i]`` for the user vector ``vectors[i]``, shape (n,)."""

    @abstractmethod
    def _embeddings(self) -> NDArray[np.float32]:
        """What similar films are similar by, shape (n_movies, d)."""

    @abstractmethod
    def _weight_count(self, ratings: Ratings, catalog: Catalog) -> int:
        """Number of weights of the network."""

    # -- hyper-parameters --------------------------------------------------------------------

    epochs: int
    batch_size: int | None
    learning_rate: float
    weight_decay: float
    optimizer: str
    schedule: str
    validation_share: float
    patience: int | None
    device: str
    random_state: int
    fold_in: str
    neighbors: int

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        if self.patience is not None and self.validation_share == 0:
            raise ParameterError(
                f"patience={self.patience} needs a validation part to look at: "
                "set validation_share, such as 0.1"
            )

    @property
    def _settings(self) -> TrainingSettings:
        names = (field.name for field in fields(TrainingSettings))
        return TrainingSettings(**{name: getattr(self, name) for name in names})

    # -- scale -------------------------------------------------------------------------------

    def _five(self, stars: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stars as on a scale of 1 to 5."""
        width = self.scale.maximum - self.scale.minimum
        if width <= 0:
            return np.ones_like(stars)
        return (stars - np.float32(self.scale.minimum)) * np.float32(4 / width) + np.float32(1)

    def _from_five(self, stars: NDArray[np.float32]) -> NDArray[np.float32]:
        """Back to the data's own scale; in place."""
        stars -= np.float32(1)
        stars *= np.float32((self.scale.maximum - self.scale.minimum) / 4)
        stars += np.float32(self.scale.minimum)
        return stars

    def _range_of_network(self) -> tuple[float, float]:
        """The ends of the sigmoid on a scale of 1 to 5: 0 and 5.5, unless a range was set.

        Raises
        ------
        ParameterError
            If ratings lie outside a range that was set.
        """
        if self.stars_range is None:
            return 0.0, 5.5
        low, high = self.stars_range
        scale = self.scale
        if scale.minimum < low or scale.maximum > high:
            raise ParameterError(
                f"the stars go from {scale.minimum:g} to {scale.maximum:g}, outside "
                f"stars_range={self.stars_range}: widen it, or leave it out to have it follow "
                f"the scale"
            )
        ends = self._five(np.array([low, high]))
        return float(ends[0]), float(ends[1])

    # -- fit ---------------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        try:
            from matinee.models.neural import training
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingExtraError(f"training {self.name}", "neural") from None
        settings = self._settings
        ratings = Ratings(
            *(ratings.users, ratings.movies, self._five(ratings.stars), ratings.timestamps),
            user_ids=ratings.user_ids,
            movie_ids=ratings.movie_ids,
            scale=RatingScale(1.0, 5.0),
        )
        device = training.pick_device(settings.device)
        learned, held_out = _hold_out(ratings, settings)
        folder = None
        if self._checkpoint is not None:
            params = {name: value for name, value in self.params.items() if name != "device"}
            identity = {"model": self.name, **params, "ratings": ratings.fingerprint}
            folder = CheckpointFolder(self._checkpoint, identity)
        trained = training.train(
            self._network(learned, catalog, training.seeded(settings.random_state, 0), device),
            self._columns(learned),
            learned.stars,
            None if held_out is None else (self._columns(held_out), held_out.stars),
            settings,
            device,
            checkpoints=folder,
            progress=progress,
        )
        self.history = trained.history
        self._take_weights(trained.weights, learned, catalog)
        self._set_prior(learned)
        self._nearest = None
        if self.fold_in == "nearest":
            self._nearest = NearestUsers.of(ratings, self.neighbors)
        report(progress, "fold-in", note="choosing how strongly new people are drawn to the mean")
        self._penalty = self._prior_penalty * np.float32(self._best_penalty(ratings))

    def _set_prior(self, ratings: Ratings) -> None:
        """The mean user and how people differ from it; also stands in for people never trained."""
        trained = ratings.user_counts > 0
        rows = self._user_table[trained]
        self._prior = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._user_table[~trained] = self._prior
        variance = rows.var(axis=0, dtype=np.float64)
        floor = max(float(variance.max()) * 1e-3, 1e-8)
        self._prior_penalty = (1.0 / np.maximum(variance, floor)).astype(np.float32)

    def _best_penalty(self, ratings: Ratings) -> float:
        rng = np.random.default_rng(self.random_state)
        people = np.flatnonzero(ratings.user_counts > 0)
        few = rng.permutation(people)[:_PEOPLE_TO_TRY].astype(np.int32)
        rated = np.flatnonzero(ratings.movie_stats.counts > 0)
        films = rng.permutation(rated)[:_FILMS_TO_TRY]
        batch = ProfileBatch.from_ratings(ratings, few)
        now = self._now(batch)

        def stars(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
            rows = [
                self._stars_of_all(vector, time)[films]
                for vector, time in zip(vectors, now.tolist(), strict=True)
            ]
            return np.stack(rows)

        def folded(scale: float) -> NDArray[np.float32]:
            return stars(self._solve(batch, self._prior_penalty * np.float32(scale)))

        with one_blas_thread():
            return best_penalty(folded, stars(self._user_table[few]))

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        # Weights, gradients, two moments, the best weights; columns and their permutation.
        weights = 5 * 4 * self._weight_count(ratings, catalog)
        neighbors = 16 * len(ratings) if self.fold_in == "nearest" else 0
        return _TORCH_BYTES + weights + 48 * len(ratings) + neighbors

    # -- answer ------------------------------------------------------------------------------

    def _now(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """The time input of each profile, shape (n_profiles,); 0 in models without one."""
        return np.zeros(len(batch), dtype=np.float32)

    def _vectors(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """The user vector of each profile: as learned, or folded in."""
        batch = replace(batch, stars=self._five(batch.stars))
        vectors = np.empty((len(batch), self._prior.size), dtype=np.float32)
        known = batch.users >= 0
        vectors[known] = self._user_table[batch.users[known]]
        for row in np.flatnonzero(~known).tolist():
            one = batch.rows(row, row + 1)
            if self._nearest is None:
                vectors[row] = self._solve(one, self._penalty)[0]
            else:
                vectors[row] = self._nearest.vectors(one, self._user_table, self._prior)[0]
        return vectors

    def _all_stars(self, batch: ProfileBatch) -> NDArray[np.float32]:
        scores = np.empty((len(batch), len(self.catalog)), dtype=np.float32)
        with one_blas_thread():
            # One person at a time: a product with all vectors at once rounds differently with the
            # number of people, and a batch would not quite equal single calls.
            pairs = zip(self._vectors(batch), self._now(batch).tolist(), strict=True)
            for row, (vector, now) in enumerate(pairs):
                scores[row] = self._stars_of_all(vector, now)
        return self._from_five(scores)

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        now, stars = self._now(batch), np.empty(len(movies), dtype=np.float32)
        with one_blas_thread():
            vectors = self._vectors(batch)
            for start in range(0, len(movies), _PAIRS_AT_ONCE):
                part = slice(start, start + _PAIRS_AT_ONCE)
                people = rows[part]
                stars[part] = self._stars_of_pairs(vectors[people], movies[part], now[people])
        return self._from_five(stars)

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        asked = self._unit_movies[movies].mean(axis=0)
        length = float(np.linalg.norm(asked))
        cosine = self._unit_movies @ (asked / length if length > 0 else asked)
        # Embeddings of rarely rated films point anywhere; among thousands, some into this way.
        counts = self.stats.counts
        shrunk = cosine * (counts / (counts + _SIMILARITY_SHRINKAGE))
        return np.where(counts > 0, shrunk, -np.inf).astype(np.float32)

    def _movie_vectors(self) -> NDArray[np.float32]:
        # An embedding that no rating moved is still the random one of the beginning.
        rated = self.stats.counts[:, None] > 0
        return np.where(rated, self._embeddings(), np.float32(0))

    def _prepare(self) -> None:
        super()._prepare()
        vectors = self._embeddings()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._unit_movies = vectors / np.maximum(lengths, 1e-12)

    # -- store -------------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {
            "users": self._user_table,
            "prior": self._prior,
            "penalty": self._penalty,
        }
        return arrays if self._nearest is None else arrays | self._nearest.arrays()

    def _array_specs(self, stored: Collection[str]) -> Specs:
        specs = {
            "users": floats("users", "inputs"),
            "prior": floats("inputs"),
            "penalty": floats("inputs", low=1e-9),
        }
        return specs | NearestUsers.specs() if self.fold_in == "nearest" else specs

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._user_table = arrays["users"]
        self._prior, self._penalty = arrays["prior"], arrays["penalty"]
        self._nearest = None
        if self.fold_in == "nearest":
            n_movies = len(self.catalog)
            self._nearest = NearestUsers.from_arrays(arrays, n_movies, self.neighbors)


def check_range(name: str, stars_range: Any) -> list[float] | None:
    """``stars_range`` as two ascending numbers, or None."""
    if stars_range is None:
        return None
    try:
        low, high = stars_range
    except (TypeError, ValueError):
        low = high = None
    if low is None or isinstance(low, str) or isinstance(high, str) or not low < high:
        raise ParameterError(
            f"{name} must be two numbers, the lower one first, such as (0, 5.5), "
            f"got {stars_range!r}"
        )
    return [check_float(name, low, -1e9), check_float(name, high, -1e9)]


def _hold_out(ratings: Ratings, settings: TrainingSettings) -> tuple[Ratings, Ratings | None]:
    """A training and a validation part, drawn at random; at least one rating in each."""
    share = settings.validation_share
    if share == 0 or len(ratings) < 2:
        return ratings, None
    rng = np.random.default_rng(settings.random_state)
    n = min(max(round(share * len(ratings)), 1), len(ratings) - 1)
    held_out = np.zeros(len(ratings), dtype=np.bool_)
    held_out[rng.permutation(len(ratings))[:n]] = True
    return ratings.take(~held_out), ratings.take(held_out)
