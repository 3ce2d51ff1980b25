"""Neighborhood models: films that the same people rate alike, and people who rate alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from matinee.arrays import Specs, csr, floats, integers
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.bias import Biases, fit_biases
from matinee.models.parameters import choice, real, whole
from matinee.models.preference import preferences
from matinee.models.vectors import spectral_rows
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts

__all__ = [
    "SIMILARITIES",
    "ItemKNN",
    "Similarity",
    "UserKNN",
    "nearest_rows",
    "rating_values",
    "residuals",
]


Similarity: TypeAlias = Literal["adjusted-cosine", "pearson", "cosine", "jaccard"]
SIMILARITIES: tuple[Similarity, ...] = ("adjusted-cosine", "pearson", "cosine", "jaccard")

_BLOCK = 2048  # rows between two signs of life


def residuals(ratings: Ratings, biases: Biases) -> NDArray[np.float32]:
    """Stars that remain once the overall mean, the user and the movie are accounted for.

    Returns
    -------
    ndarray, shape (n_ratings,), dtype float32
    """
    rest = ratings.stars - np.float32(biases.mean)
    rest -= biases.users[ratings.users]
    rest -= biases.movies[ratings.movies]
    return rest


def rating_values(
    stars: NDArray[np.float32], rest: NDArray[np.float32], similarity: Similarity
) -> NDArray[np.float32]:
    """What two rows are compared by, rating by rating.

    Parameters
    ----------
    stars, rest : ndarray, shape (n_ratings,), dtype float32
        Ratings, and what remains of them (:func:`residuals`).
    similarity : Similarity
    """
    if similarity == "jaccard":
        return np.ones_like(stars)
    return stars if similarity == "cosine" else rest


def nearest_rows(
    matrix: csr_array,
    similarity: Similarity,
    k: int,
    *,
    shrinkage: float = 0.0,
    amplification: float = 1.0,
    norm_exponent: float = 0.5,
    progress: Progress | None = None,
    stage: str = "neighbors",
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The `k` most similar rows of each row, as :func:`matinee.kernels.neighbors.top_neighbors`.

    Parameters
    ----------
    matrix : csr_array, shape (n_rows, n_columns), dtype float32
    similarity : Similarity
    k : int
    shrinkage, amplification : float
        See :class:`~matinee.models.knn.ItemKNN`.
    norm_exponent : float
        The sum of squares of a row is raised to this power, and that of its neighbour to 1 less
        this power, before the dot product is divided by both. 0.5 gives the cosine; less favours
        rows with many entries.

    Returns
    -------
    neighbors : ndarray, shape (n_rows, k), dtype int32
        Most similar first; filled up with -1.
    similarities : ndarray, shape (n_rows, k), dtype float32
        All at least 0.
    """
    from matinee.kernels.neighbors import NORMED, OVERLAP, PEARSON, top_neighbors

    kind = {"jaccard": OVERLAP, "pearson": PEARSON}.get(similarity, NORMED)
    n = matrix.shape[0]
    k = max(1, min(k, n - 1))
    columns = matrix.tocsc()
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel()
    squares[squares == 0] = 1.0
    as_row = (squares**norm_exponent).astype(np.float32)
    as_neighbor = (squares ** (1.0 - norm_exponent)).astype(np.float32)
    neighbors = np.empty((n, k), dtype=np.int32)
    similarities = np.empty((n, k), dtype=np.float32)
    report(progress, stage, 0, n, unit="rows")
    for first in range(0, n, _BLOCK):
        last = min(first + _BLOCK, n)
        neighbors[first:last], similarities[first:last] = top_neighbors(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32, copy=False),
            matrix.data,
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32, copy=False),
            columns.data,
            as_row,
            as_neighbor,
            kind,
            float(shrinkage),
            float(amplification),
            k,
            first,
            last,
        )
        report(progress, stage, last, n, unit="rows")
    return neighbors, similarities


_CELLS = 2**21  # numbers in a block of pairs × neighbours, or of profiles × films


class ItemKNN(Recommender):
    """Item-based collaborative filtering: a film is judged by its neighbours among one's own films.

    Two questions are answered by two lists of neighbours, because they have different answers.

    *How many stars?* Of the films that a person rated, the `neighbors` most similar to the film in
    question are averaged, weighted by similarity: what is averaged is how far the person's stars
    lie from the baseline (overall mean + user + movie). Similarity is high where the same people
    lie above and below that baseline together.

    *Which films come first?* Each of the person's films adds its similarity to the film in question
    times what its stars say of liking (:func:`~matinee.models.preference.preferences`), low stars
    less than nothing. Here the similarity is high where the same people love both films; a person
    who rates very many says less about each pair, and films with many ratings gain a little. The
    reasons are the terms of this sum. Films are :meth:`similar` as far as both likenesses agree.

    References
    ----------
    Sarwar, Karypis, Konstan, Riedl, "Item-based Collaborative Filtering Recommendation Algorithms"
    (2001); Breese, Heckerman, Kadie, "Empirical Analysis of Predictive Algorithms for Collaborative
    Filtering" (1998) for case amplification; Bell, Koren, "Scalable Collaborative Filtering with
    Jointly Derived Neighborhood Interpolation Weights" (2007) for baselines and shrinkage;
    Deshpande, Karypis, "Item-based Top-N Recommendation Algorithms" (2004) for asymmetric norms and
    the weights of people.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = ItemKNN().fit(data)
    >>> toy_story = data.catalog.find("Toy Story")
    >>> model.similar(toy_story, n=1).titles
    ['Toy Story 2']
    >>> print(model.recommend({toy_story: 5.0}, n=1, explain=True)[0].reasons[0])
    because you gave Toy Story 5
    """

    name = "item-knn"
    summary = "films that the same people rate alike"
    predicts_stars = True
    explains = True
    has_movie_vectors = True

    neighbors: int = whole(
        40,
        doc="How many of the person's own films a prediction of stars rests on, at most.",
        search=(10, 100),
    )
    similarity: Similarity = choice(
        "adjusted-cosine",
        SIMILARITIES,
        doc=(
            "For stars. The adjusted cosine compares residuals from the baseline, with 0 for "
            "people who rated only one of the films; Pearson compares them over the people "
            "who rated both; cosine compares plain stars; Jaccard only who rated what."
        ),
    )
    shrinkage: float = real(
        15.0,
        doc="A similarity that rests on c common people is multiplied by ``c / (c + shrinkage)``.",
        search=(1.0, 100.0, "log"),
    )
    amplification: float = real(
        2.0,
        open_low=True,
        doc="The power that similarities for stars are raised to; more than 1 favours the nearest.",
        search=(1.0, 3.0, "float"),
    )
    damping: float = real(
        0.004,
        doc=(
            "A prediction is drawn to the baseline as if by neighbours of this much "
            "similarity in all."
        ),
        search=(0.0005, 0.1, "log"),
    )
    keep: int = whole(
        500, doc="How many neighbours of each film are stored for stars. Memory grows with it."
    )
    ranking: Literal["overlap", "similarity"] = choice(
        "overlap",
        ("overlap", "similarity"),
        doc='``"overlap"`` as described above; ``"similarity"`` ranks by the similarity for stars.',
    )
    ranking_neighbors: int = whole(
        100,
        doc=(
            "How many neighbours of each film are stored for ranking. More serve people with "
            "few films, fewer those with hundreds."
        ),
        search=(20, 200),
    )
    popularity: float = real(
        0.3,
        0.0,
        1.0,
        doc=(
            "From 0 (a film's own number of ratings does not matter, so that the popular come "
            "first) to 0.5 (cosine)."
        ),
        search=(0.1, 0.5, "float"),
    )
    activity: float = real(
        0.75,
        doc="In the overlap, a person with n ratings has the weight ``n ** -activity``.",
        search=(0.0, 1.0, "float"),
    )
    dislike: float = real(
        0.5,
        doc="How much the lowest stars count against, as compared with the highest counting for.",
    )
    movie_damping: float = real(5.0, doc="As in :class:`~matinee.models.bias.Bias`.")
    user_damping: float = real(10.0, doc="As in :class:`~matinee.models.bias.Bias`.")

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._biases = fit_biases(
            ratings,
            movie_damping=self.movie_damping,
            user_damping=self.user_damping,
            progress=progress,
        )
        rest = residuals(ratings, self._biases)
        values = rating_values(ratings.stars, rest, self.similarity)
        self._near, self._near_weights = nearest_rows(
            _by_movie(ratings, values),
            self.similarity,
            self.keep,
            shrinkage=self.shrinkage,
            amplification=self.amplification,
            progress=progress,
            stage="neighbors for stars",
        )
        if self.ranking == "overlap":
            liking = preferences(ratings.stars, self.scale, self.dislike)
            weight = np.maximum(ratings.user_counts, 1).astype(np.float32)
            weight **= np.float32(-self.activity / 2)
            lists = nearest_rows(
                _by_movie(ratings, liking * weight[ratings.users]),
                "cosine",
                self.ranking_neighbors,
                norm_exponent=self.popularity,
                progress=progress,
                stage="neighbors for ranking",
            )
        else:
            shown = slice(0, self.ranking_neighbors)
            lists = self._near[:, shown], self._near_weights[:, shown]
        self._adders, self._added = lists
        self._adds = _by_neighbor(*lists)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        lists = 8 * len(catalog) * (min(self.keep, len(catalog)) + 3 * self.ranking_neighbors)
        return 60 * len(ratings) + lists + 1_000 * len(catalog)

    def _fit_advice(self) -> str:
        return "store fewer neighbours (keep=…), or keep only films with more ratings"

    # -- answering -------------------------------------------------------------------------

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        return batch.sums(preferences(batch.stars, self.scale, self.dislike), self._adds)

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        weights = np.zeros((len(movies), batch.movies.size), dtype=np.float32)
        if batch.movies.size:
            adders = self._adders[movies]
            places = np.searchsorted(batch.movies, adders)
            places[places == batch.movies.size] = 0
            rows, columns = np.nonzero(batch.movies[places] == adders)
            weights[rows, places[rows, columns]] = self._added[movies[rows], columns]
            weights *= preferences(batch.stars, self.scale, self.dislike)
        return Parts(np.zeros(len(movies)), batch.movies, weights)

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        """Geometric mean of both similarities: films rated alike, and liked by the same people."""
        total = np.zeros(self.stats.counts.size, dtype=np.float32)
        for movie in movies.tolist():
            if self.ranking == "overlap":
                overlap = self._overlap(movie)
                others = np.flatnonzero(overlap)
                total[others] += np.sqrt(self._alike(movie, others) * overlap[others])
            else:
                total += self._alike(movie, np.arange(total.size))
        total /= np.float32(len(movies))
        np.putmask(total, self.stats.counts == 0, np.float32(-np.inf))
        return total

    def _alike(self, movie: int, others: NDArray[np.intp]) -> NDArray[np.float32]:
        """The similarity for stars of one film to others, as in either one's list."""
        similarity = np.zeros(self._near.shape[0], dtype=np.float32)
        own = self._near[movie] >= 0
        similarity[self._near[movie, own]] = self._near_weights[movie, own]
        # It is the same both ways; lists differ only in how far down they reach.
        rest = others.compress(similarity.take(others) == 0)
        within = np.flatnonzero(self._near.take(rest, axis=0) == movie)
        rows, places = np.divmod(within, self._near.shape[1])
        similarity[rest[rows]] = self._near_weights[rest[rows], places]
        plain: NDArray[np.float32] = similarity.take(others) ** np.float32(1 / self.amplification)
        return plain

    def _overlap(self, movie: int) -> NDArray[np.float32]:
        """What a film adds to others, and others to it, with the favour for popular ones undone."""
        adds = self._adds
        cells = slice(adds.indptr[movie], adds.indptr[movie + 1])
        outward = np.zeros(adds.shape[1], dtype=np.float32)
        others = adds.indices[cells]
        outward[others] = adds.data[cells] * (self._tilt(others) / self._tilt(movie))
        mine = self._adders[movie] >= 0
        others = self._adders[movie, mine]
        inward = self._added[movie, mine] * (self._tilt(movie) / self._tilt(others))
        outward[others] = np.maximum(outward[others], inward)
        return outward

    def _tilt(self, movies: Any) -> Any:
        """How much the popular among films are favoured as neighbours."""
        counts = np.maximum(self.stats.counts[movies], 1).astype(np.float32)
        return counts ** np.float32(self.popularity - 0.5)

    def _movie_vectors(self) -> NDArray[np.float32]:
        """From the similarities of :meth:`similar`, of all films at once."""
        alike = _by_neighbor(self._near, self._near_weights ** np.float32(1 / self.amplification))
        alike = alike.maximum(alike.T).tocsr()
        if self.ranking == "overlap":
            counts = np.maximum(self.stats.counts, 1).astype(np.float32)
            tilt = diags_array(counts ** np.float32(self.popularity - 0.5))
            untilted = diags_array(1 / tilt.diagonal()) @ self._adds @ tilt
            alike = (alike * untilted.maximum(untilted.T)).sqrt()
        return spectral_rows(csr_array(alike))

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        people = np.float32(self._biases.mean) + self._biases.of_profiles(batch)
        rest = batch.stars - people[batch.row_of_entry] - self._biases.movies[batch.movies]
        stars: NDArray[np.float32] = people[rows] + self._biases.movies[movies]
        for block, pairs in _pair_blocks(rows, len(batch), batch.n_movies, self._near.shape[1]):
            first, last = int(batch.indptr[block.start]), int(batch.indptr[block.stop])
            width = batch.n_movies + 1
            entries = np.zeros((block.stop - block.start) * width, dtype=np.int32)
            own = (batch.row_of_entry[first:last] - block.start) * width + batch.movies[first:last]
            entries[own] = np.arange(first + 1, last + 1)
            films = movies[pairs]
            near = self._near.take(films, axis=0)
            # -1 finds the end of the row before, or of all rows: a film that nobody rated.
            if len(batch) > 1:
                near = near + ((rows[pairs] - block.start) * width).astype(np.int32)[:, None]
            found = entries.take(near.ravel())
            hits = np.flatnonzero(found != 0)
            whose, place = np.divmod(hits, near.shape[1])
            if batch.longest > self.neighbors:
                # Only the nearest count, and each list has the nearest first.
                nearest = np.arange(hits.size) - np.searchsorted(whose, whose) < self.neighbors
                hits, whose, place = (each.compress(nearest) for each in (hits, whose, place))
            weights = self._near_weights[films.take(whose), place]
            values = weights * rest.take(found.take(hits) - 1)
            total = np.bincount(whose, weights, minlength=len(films)) + self.damping
            sums = np.bincount(whose, values, minlength=len(films))
            shares = np.divide(sums, total, out=np.zeros(len(films)), where=total > 0)
            stars[pairs] += shares.astype(np.float32)
        return stars

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "mean": np.asarray(self._biases.mean),
            "movie_biases": self._biases.movies,
            "near": self._near,
            "near_weights": self._near_weights,
            "adders": self._adders,
            "added": self._added,
            "adds_indptr": self._adds.indptr,
            "adds_indices": self._adds.indices,
            "adds_data": self._adds.data,
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {
            "mean": floats(bits=64),
            "movie_biases": floats("movies"),
            "near": integers("movies", "near", low=-1, below="movies"),
            "near_weights": floats("movies", "near"),
            "adders": integers("movies", "adders", low=-1, below="movies"),
            "added": floats("movies", "adders"),
            **csr("adds_indptr", "adds_indices", "adds_data", "movies", "movies"),
        }

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        no_users = np.empty(0, dtype=np.float32)
        self._biases = Biases(
            float(arrays["mean"]), no_users, arrays["movie_biases"], self.user_damping
        )
        self._near, self._near_weights = arrays["near"], arrays["near_weights"]
        self._adders, self._added = arrays["adders"], arrays["added"]
        n = self._near.shape[0]
        self._adds = csr_array(
            (arrays["adds_data"], arrays["adds_indices"], arrays["adds_indptr"]), shape=(n, n)
        )


def _by_movie(ratings: Ratings, values: NDArray[np.float32]) -> csr_array:
    """Movies × users with other values in place of the stars."""
    stars = ratings.csr()
    by_user = csr_array((values, stars.indices, stars.indptr), shape=stars.shape)
    return by_user.T.tocsr()


def _by_neighbor(neighbors: NDArray[np.int32], weights: NDArray[np.float32]) -> csr_array:
    """Lists of neighbours turned round: row j holds what film j adds to others."""
    n = neighbors.shape[0]
    kept = neighbors >= 0
    targets = np.repeat(np.arange(n, dtype=np.int32), kept.sum(axis=1))
    return csr_array((weights[kept], (neighbors[kept], targets)), shape=(n, n))


def _pair_blocks(
    rows: NDArray[np.intp], n_profiles: int, n_movies: int, width: int
) -> Iterator[tuple[slice, NDArray[np.intp]]]:
    """Runs of profiles, and the pairs that belong to them, such that neither grows too large."""
    if n_profiles == 1 and rows.size * width <= _CELLS:
        if rows.size:
            yield slice(0, 1), np.arange(rows.size)
        return
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(n_profiles + 1))
    most_profiles = max(1, _CELLS // (n_movies + 1))
    most_pairs = max(1, _CELLS // width)
    for start in range(0, n_profiles, most_profiles):
        stop = min(start + most_profiles, n_profiles)
        for first in range(int(ends[start]), int(ends[stop]), most_pairs):
            yield slice(start, stop), order[first : min(first + most_pairs, int(ends[stop]))]


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
