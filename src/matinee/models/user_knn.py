"""People who rate alike, found anew for each profile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.arrays import Specs, csr, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.bias import Biases, fit_biases
from matinee.models.neighborhood import SIMILARITIES, Similarity, rating_values
from matinee.models.parameters import choice, real, whole
from matinee.models.preference import preferences
from matinee.progress import Progress
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch

__all__ = ["UserKNN"]

_CELLS = 2**21  # numbers in a block of profiles × people, or of profiles × films


class UserKNN(Recommender):
    """User-based collaborative filtering: what people of the same taste think of a film.

    Nothing is learned beforehand but biases: the model keeps the training ratings, and compares a
    profile with all people who rated one of its films when it is asked. A person of the training
    and a newcomer with the same ratings get the same answer.

    *How many stars?* The `neighbors` most similar people are found; those of them who rated the
    film say how far its stars lie from the baseline (overall mean + user + movie), and the weighted
    mean of that is added to the person's own baseline.

    *Which films come first?* Neighbours are found by the cosine of what stars say of liking
    (:func:`~matinee.models.preference.preferences`), in which a film that everybody rated says
    less; they add up what they like, and films that they disliked lose. Somebody who hates a set of
    films has neighbours who hate them too.

    References
    ----------
    Resnick, Iacovou, Suchak, Bergstrom, Riedl, "GroupLens: An Open Architecture for Collaborative
    Filtering of Netnews" (1994); Herlocker, Konstan, Borchers, Riedl, "An Algorithmic Framework for
    Performing Collaborative Filtering" (1999) for shrinkage and neighbourhood selection; Breese,
    Heckerman, Kadie, "Empirical Analysis of Predictive Algorithms for Collaborative Filtering"
    (1998) for amplification and the weights of films.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = UserKNN().fit(data)
    >>> len(model.recommend({data.catalog.find("Toy Story"): 5.0}, n=5))
    5
    """

    name = "user-knn"
    summary = "what people of the same taste think of a film"
    predicts_stars = True

    neighbors: int = whole(
        400,
        doc=(
            "How many people a prediction of stars asks, at most (people of equal similarity "
            "beyond)."
        ),
        search=(50, 1000),
    )
    similarity: Similarity = choice(
        "adjusted-cosine",
        SIMILARITIES,
        doc=(
            "For stars. The adjusted cosine compares residuals from the baseline, with 0 for "
            "films that only one of the people rated; Pearson compares them over the films "
            "that both rated; cosine compares plain stars; Jaccard only who rated what."
        ),
    )
    shrinkage: float = real(
        30.0,
        doc="A similarity that rests on c common films is multiplied by ``c / (c + shrinkage)``.",
        search=(1.0, 100.0, "log"),
    )
    amplification: float = real(
        1.5,
        open_low=True,
        doc="The power that similarities for stars are raised to; more than 1 favours the nearest.",
        search=(1.0, 3.0, "float"),
    )
    damping: float = real(
        0.02,
        doc="A prediction is drawn to the baseline as if by people of this much similarity in all.",
        search=(0.001, 1.0, "log"),
    )
    ranking_neighbors: int = whole(50, doc="How many people a ranking asks.", search=(20, 500))
    popularity: float = real(
        0.5,
        doc="In the cosine of likings, a film with n ratings has the weight ``n ** -popularity``.",
        search=(0.0, 1.0, "float"),
    )
    dislike: float = real(
        0.5,
        doc="How much the lowest stars count against, as compared with the highest counting for.",
    )
    movie_damping: float = real(5.0, doc="As in :class:`~matinee.models.bias.Bias`.")
    user_damping: float = real(5.0, doc="As in :class:`~matinee.models.bias.Bias`.")

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._biases = fit_biases(
            ratings,
            movie_damping=self.movie_damping,
            user_damping=self.user_damping,
            progress=progress,
        )
        self._ratings = ratings.csr()

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        return 90 * len(ratings) + 64 * (ratings.n_users + len(catalog))

    def _prepare(self) -> None:
        """Lay the ratings out by film, as a profile meets them, and by user, as they answer."""
        super()._prepare()
        given = self._ratings
        people = np.repeat(np.arange(given.shape[0]), np.diff(given.indptr))
        rest = given.data - np.float32(self._biases.mean)
        rest -= self._biases.users[people]
        rest -= self._biases.movies[given.indices]
        self._rest = _like(given, rest).T.tocsr()
        self._liking = _like(given, preferences(given.data, self.scale, self.dislike))
        rarity = np.maximum(self.stats.counts, 1).astype(np.float32)
        self._rarity = rarity ** np.float32(-self.popularity / 2)
        compared = _like(given, rating_values(given.data, rest, self.similarity))
        liked = _like(given, self._liking.data * self._rarity[given.indices])
        self._compared, self._norms = compared.T.tocsr(), _row_norms(compared)
        self._liked, self._liked_norms = liked.T.tocsr(), _row_norms(liked)

    # -- answering -------------------------------------------------------------------------

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        liking = preferences(batch.stars, self.scale, self.dislike)
        mine = batch.matrix(liking * self._rarity[batch.movies])
        scores = np.empty((len(batch), batch.n_movies), dtype=np.float32)
        size = max(1, _CELLS // max(self._ratings.shape))
        for first in range(0, len(batch), size):
            block = mine[first : first + size]
            cosine = (block @ self._liked).toarray()
            cosine /= np.outer(_row_norms(block), self._liked_norms)
            weights = csr_array(_nearest(cosine, self.ranking_neighbors))
            total = np.maximum(weights.sum(axis=1), 1e-9).astype(np.float32)
            scores[first : first + size] = (weights @ self._liking).toarray() / total[:, None]
        return scores

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        people = np.float32(self._biases.mean) + self._biases.of_profiles(batch)
        rest = batch.stars - people[batch.row_of_entry] - self._biases.movies[batch.movies]
        mine = batch.matrix(rating_values(batch.stars, rest, self.similarity))
        stars: NDArray[np.float32] = people[rows] + self._biases.movies[movies]
        order = np.argsort(rows, kind="stable")
        ends = np.searchsorted(rows[order], np.arange(len(batch) + 1))
        size = max(1, _CELLS // max(self._ratings.shape))
        for first in range(0, len(batch), size):
            last = min(first + size, len(batch))
            pairs = order[ends[first] : ends[last]]
            if not pairs.size:
                continue
            weights = _nearest(self._compare(mine[first:last]), self.neighbors)
            for some in self._by_raters(pairs, movies):
                stars[some] += self._moved(weights, rows[some] - first, movies[some])
        return stars

    def _by_raters(self, pairs: NDArray[np.intp], movies: Codes) -> Iterator[NDArray[np.intp]]:
        """Runs of pairs whose films have a bounded number of ratings in all."""
        raters = np.diff(self._rest.indptr)[movies[pairs]]
        run = (np.cumsum(raters, dtype=np.int64) - 1) // _CELLS
        return iter(np.split(pairs, np.flatnonzero(np.diff(run)) + 1))

    def _moved(
        self, weights: NDArray[np.float32], rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        """How far neighbours move the stars of pairs from the baseline, shape (n_pairs,)."""
        begin = self._rest.indptr[movies].astype(np.int64)
        raters = self._rest.indptr[movies + 1] - begin
        pair = np.repeat(np.arange(rows.size), raters)
        place = np.arange(pair.size) + np.repeat(begin - np.cumsum(raters) + raters, raters)
        weight = weights[rows[pair], self._rest.indices[place]]
        sums = np.bincount(pair, weights=weight * self._rest.data[place], minlength=rows.size)
        total = np.bincount(pair, weights=weight, minlength=rows.size) + self.damping
        moved = np.zeros(rows.size, dtype=np.float64)
        np.divide(sums, total, out=moved, where=total > 0)
        return moved.astype(np.float32)

    def _compare(self, mine: csr_array) -> NDArray[np.float32]:
        """Similarities of profiles to all people of the training, shape (n_profiles, n_users)."""
        ones = _like(self._compared, np.ones_like(self._compared.data))
        here = _like(mine, np.ones_like(mine.data))
        common = (here @ ones).toarray()
        similarity: NDArray[np.float32] = (mine @ self._compared).toarray()
        if self.similarity == "pearson":
            squares = _like(self._compared, self._compared.data**2)
            own = (_like(mine, mine.data**2) @ ones).toarray()
            norms = np.sqrt(own * (here @ squares).toarray())
        elif self.similarity == "jaccard":
            sizes = np.diff(self._ratings.indptr).astype(np.float32)
            norms = np.diff(mine.indptr).astype(np.float32)[:, None] + sizes[None, :] - common
        else:
            norms = np.outer(_row_norms(mine), self._norms)
        similarity /= np.maximum(norms, np.float32(1e-9))
        similarity *= common / np.maximum(common + np.float32(self.shrinkage), np.float32(1e-9))
        np.maximum(similarity, 0, out=similarity)
        np.power(similarity, np.float32(self.amplification), out=similarity)
        return similarity

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        norms = _row_norms(self._liked)
        total = np.zeros(norms.size, dtype=np.float32)
        for movie in movies.tolist():
            total += (self._liked @ self._liked[[movie]].T).toarray().ravel() / norms / norms[movie]
        return np.where(self.stats.counts > 0, total / len(movies), -np.inf).astype(np.float32)

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "mean": np.asarray(self._biases.mean),
            "user_biases": self._biases.users,
            "movie_biases": self._biases.movies,
            "indptr": self._ratings.indptr,
            "movies": self._ratings.indices,
            "stars": self._ratings.data,
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {
            "mean": floats(bits=64),
            "user_biases": floats("users"),
            "movie_biases": floats("movies"),
            **csr("indptr", "movies", "stars", "users", "movies"),
        }

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._biases = Biases(
            float(arrays["mean"]), arrays["user_biases"], arrays["movie_biases"], self.user_damping
        )
        shape = (arrays["user_biases"].size, arrays["movie_biases"].size)
        self._ratings = csr_array(
            (arrays["stars"], arrays["movies"], arrays["indptr"]), shape=shape
        )


def _like(matrix: csr_array, values: NDArray[np.float32]) -> csr_array:
    """A matrix with the same entries and other values; the indices are shared."""
    return csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _row_norms(matrix: csr_array) -> NDArray[np.float32]:
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float32).ravel()
    norms: NDArray[np.float32] = np.sqrt(np.maximum(squares, np.float32(1e-18)))
    return norms


def _nearest(similarity: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """The `k` largest positive entries of each row (and any equal to the last of them), else 0."""
    if k < similarity.shape[1]:
        bound = np.partition(similarity, similarity.shape[1] - k, axis=1)[:, -k]
        similarity = np.where(similarity >= bound[:, None], similarity, np.float32(0))
    return np.maximum(similarity, 0)
