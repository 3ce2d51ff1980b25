"""Films predicted from films by one matrix, in closed form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.arrays import Specs, csr, floats, integers
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.parameters import real, whole
from matinee.models.preference import preferences
from matinee.models.vectors import spectral_rows
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts

__all__ = ["EASE"]

_ROWS = 256  # rows of the weights that are written at once
_FEW = 256  # films of one person whose rows of the weights are copied
_ALIKE = 30  # similar films of each that its vector is made from


class EASE(Recommender):
    """Item-item linear autoencoder: each film in a person's taste, predicted from the others.

    One matrix of weights B with an empty diagonal is fitted so that X B comes near X, where X holds
    what each person's stars say of liking (:func:`~matinee.models.preference.preferences`): loved
    films near 1, hated ones below 0, unrated ones 0. The ridge regression has a closed form, one
    inverse of a film × film matrix. A score is a plain sum over the person's own films, which is
    also the reason for it; films with low stars enter it with the opposite sign.

    Two refinements of the original are on by default. *Dropout* penalises each film's weights in
    proportion to its ratings, as if films were left out of the input at random, which keeps the
    model from leaning on a film to predict itself. *Activity* gives a person with n ratings the
    weight ``n ** -activity``: those who rated a thousand films otherwise make up most of the data.

    The weights take ``4 * n_movies ** 2`` bytes and are computed in place. Catalogues that are too
    large for that model only their `max_movies` most rated films; the others are neither
    recommended nor counted as evidence. `density` keeps only the largest weights, for small models
    that answer fast.

    There is no randomness. The inverse is LAPACK's: with another number of threads, weights may
    differ in their last bit.

    References
    ----------
    Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019); Steck, "Autoencoders that
    don't overfit towards the Identity" (2020) for dropout.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = EASE(max_movies=1000).fit(data)
    >>> toy_story, heat = data.catalog.find("Toy Story"), data.catalog.find("Heat")
    >>> parts = model.contributions({toy_story: 5.0, heat: 1.0}, data.catalog.find("Finding Nemo"))
    >>> parts.weights.size
    2
    """

    name = "ease"
    summary = "item-item linear autoencoder in closed form: strong lists, exact reasons"
    explains = True
    has_movie_vectors = True

    regularization: float = real(
        200.0, open_low=True, doc="The ridge penalty on weights, λ.", search=(20.0, 2000.0, "log")
    )
    dropout: float = real(
        0.5,
        0.0,
        0.99,
        doc="Share of the input that is thought away, 0 to below 1. 0 gives the original EASE.",
        search=(0.0, 0.8, "float"),
    )
    activity: float = real(
        0.5,
        doc="How much less each rating of people with many ratings counts; 0 for the original.",
        search=(0.0, 1.0, "float"),
    )
    dislike: float = real(
        0.5,
        doc="How much the lowest stars count against, as compared with the highest counting for.",
        search=(0.0, 1.0, "float"),
    )
    max_movies: int | None = whole(
        None,
        2,
        doc="How many films are modelled at most, the most rated first; None for all with ratings.",
    )
    density: float = real(
        1.0,
        0.0,
        1.0,
        open_low=True,
        doc="Share of the weights that is stored, the largest of each told film first; 1 for all.",
    )

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        counts = ratings.movie_stats.counts
        chosen = np.flatnonzero(counts > 0).astype(np.int32)
        if self.max_movies is not None and chosen.size > self.max_movies:
            order = np.lexsort((chosen, -counts[chosen]))
            chosen = np.sort(chosen[order[: self.max_movies]])
        self._set_codes(chosen)
        report(progress, "co-ratings", 0, chosen.size, unit="films")
        weights = ratings.user_counts.astype(np.float64)
        # An average person has the weight 1, so that λ means the same whatever `activity` is.
        typical = weights.mean()
        weights = (np.maximum(weights, 1) / typical) ** -self.activity
        gram = self._gram(ratings, np.sqrt(weights).astype(np.float32), progress)
        report(progress, "inverse", 0, 1, unit="matrices")
        diagonal = np.arange(chosen.size)
        lost = self.dropout / (1.0 - self.dropout)
        gram[diagonal, diagonal] *= np.float32(1.0 + lost)
        gram[diagonal, diagonal] += np.float32(self.regularization)
        inverse = _inverse(gram)
        del gram
        report(progress, "inverse", 1, 1, unit="matrices")
        inverse /= -inverse[diagonal, diagonal]
        inverse[diagonal, diagonal] = 0.0
        self._set_weights(inverse)

    def _gram(
        self, ratings: Ratings, weights: NDArray[np.float32], progress: Progress | None
    ) -> NDArray[np.float32]:
        """Sums over people of the products of their likings of two films, dense."""
        from matinee.kernels.gram import add_products

        n = self._codes.size
        place = np.full(ratings.n_movies, -1, dtype=np.int32)
        place[self._codes] = np.arange(n, dtype=np.int32)
        liking = preferences(ratings.stars, self.scale, self.dislike) * weights[ratings.users]
        stars = ratings.csr()
        columns = csr_array((liking, stars.indices, stars.indptr), shape=stars.shape).tocsc()
        gram = np.zeros((n, n), dtype=np.float32)
        for first in range(0, n, _ROWS):
            last = min(first + _ROWS, n)
            add_products(
                columns.indptr.astype(np.int64),
                columns.indices,
                columns.data,
                ratings.indptr,
                ratings.movies,
                liking,
                place,
                self._codes[first:last],
                gram[first:last],
            )
            report(progress, "co-ratings", last, n, unit="films")
        return gram

    def _set_weights(self, dense: NDArray[np.float32]) -> None:
        """Store weights densely, or the largest of each told film as a sparse matrix."""
        n = dense.shape[0]
        kept = max(1, round(self.density * n))
        self._sparse: csr_array | None = None
        if kept >= n:
            self._weights = dense
            return
        for first in range(0, n, _ROWS):
            block = dense[first : first + _ROWS]
            size = np.abs(block)
            bound = np.partition(size, n - kept, axis=1)[:, n - kept]
            block[size < bound[:, None]] = 0.0
        self._sparse = csr_array(dense)
        self._weights = np.empty((0, 0), dtype=np.float32)

    def _set_codes(self, codes: Codes) -> None:
        self._codes = codes
        # NumPy turns any other type of index into its own, each time.
        self._positions = codes.astype(np.intp)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        rated = int(np.count_nonzero(ratings.movie_stats.counts))
        n = rated if self.max_movies is None else min(rated, self.max_movies)
        return 32 * len(ratings) + 2 * 4 * n * n

    def _fit_advice(self) -> str:
        return (
            "model only the most rated films (max_movies=5000, say), or leave out rarely rated "
            "films before (curate)"
        )

    # -- answering -------------------------------------------------------------------------

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        known = self._modelled_scores(batch)
        if self._modelled() is None:
            return known
        scores = np.full((len(batch), batch.n_movies), -np.inf, dtype=np.float32)
        for row, own in zip(scores, known, strict=True):
            row[self._positions] = own
        return scores

    def _modelled_scores(self, batch: ProfileBatch) -> NDArray[np.float32]:
        liking = preferences(batch.stars, self.scale, self.dislike)
        if self._sparse is None and batch.may_keep and batch.longest <= _FEW:
            places, known = self._places(batch.movies)
            liking[~known] = 0.0
            scores = np.empty((len(batch), self._codes.size), dtype=np.float32)
            for row, own in enumerate(scores):
                own_films = slice(*batch.indptr[row : row + 2].tolist())
                np.matmul(liking[own_films], self._weights.take(places[own_films], axis=0), out=own)
            return scores
        mine = batch.matrix(liking)[:, self._codes]
        product: NDArray[np.float32]
        product = mine @ self._weights if self._sparse is None else (mine @ self._sparse).toarray()
        return product

    def _modelled(self) -> NDArray[np.intp] | None:
        return None if self._codes.size == len(self.catalog) else self._positions

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        own, knows_own = self._places(batch.movies)
        places, knows = self._places(movies)
        if self._sparse is None:
            block = self._weights[np.ix_(own, places)]
        else:
            block = self._sparse[own][:, places].toarray()
        liking = preferences(batch.stars, self.scale, self.dislike)
        weights = np.where(knows_own, liking, np.float32(0))[:, None] * block
        weights[:, ~knows] = 0.0
        return Parts(np.zeros(len(movies)), batch.movies, weights.T)

    def _places(self, movies: Codes) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Rows of films in the weights, and which of the films are modelled at all."""
        places = np.searchsorted(self._codes, movies)
        places[places == self._codes.size] = 0
        return places, self._codes[places] == movies

    def _column(self, place: int) -> NDArray[np.float32]:
        if self._sparse is not None:
            column: NDArray[np.float32] = self._sparse[:, [place]].toarray().ravel()
            return column
        return self._weights[:, place]

    def _row(self, place: int) -> NDArray[np.float32]:
        if self._sparse is not None:
            row: NDArray[np.float32] = self._sparse[[place]].toarray().ravel()
            return row
        dense: NDArray[np.float32] = self._weights[place]
        return dense

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        """Geometric mean of the weights both ways: what predicts a film, and is predicted by it."""
        similarity = np.full(len(self.catalog), -np.inf, dtype=np.float32)
        total = np.zeros(self._codes.size, dtype=np.float32)
        for movie in movies.tolist():
            place = int(np.searchsorted(self._codes, movie))
            if place < self._codes.size and self._codes[place] == movie:
                there, back = np.maximum(self._row(place), 0), np.maximum(self._column(place), 0)
                total += np.sqrt(there * back)
        similarity[self._positions] = total / np.float32(len(movies))
        return similarity

    def _movie_vectors(self) -> NDArray[np.float32]:
        known = spectral_rows(self._most_alike())
        vectors = np.zeros((len(self.catalog), known.shape[1]), dtype=np.float32)
        vectors[self._codes] = known
        return vectors

    def _most_alike(self) -> csr_array:
        """Each modelled film's largest similarities, in blocks of films."""
        n = self._codes.size
        kept = min(_ALIKE, n)
        columns = np.empty((n, kept), dtype=np.int32)
        values = np.empty((n, kept), dtype=np.float32)
        backwards = None if self._sparse is None else self._sparse.T.tocsr()
        for first in range(0, n, _ROWS):
            rows = slice(first, min(first + _ROWS, n))
            if self._sparse is None or backwards is None:
                there, back = self._weights[rows], self._weights[:, rows].T
            else:
                there, back = self._sparse[rows].toarray(), backwards[rows].toarray()
            alike = np.sqrt(np.maximum(there, 0) * np.maximum(back, 0))
            columns[rows] = np.argpartition(alike, n - kept, axis=1)[:, n - kept :]
            values[rows] = np.take_along_axis(alike, columns[rows], axis=1)
        starts = np.arange(0, n * kept + 1, kept, dtype=np.int64)
        return csr_array((values.ravel(), columns.ravel(), starts), shape=(n, n))

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"codes": self._codes}
        if self._sparse is None:
            arrays["weights"] = self._weights
        else:
            arrays["indptr"] = self._sparse.indptr
            arrays["indices"] = self._sparse.indices
            arrays["data"] = self._sparse.data
        return arrays

    def _array_specs(self, stored: Collection[str]) -> Specs:
        codes = {"codes": integers("codes", below="movies", increasing=True)}
        if "weights" in stored:
            return {**codes, "weights": floats("codes", "codes")}
        return {**codes, **csr("indptr", "indices", "data", "codes", "codes")}

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._set_codes(arrays["codes"])
        n = self._codes.size
        self._sparse = None
        self._weights = np.empty((0, 0), dtype=np.float32)
        if "weights" in arrays:
            self._weights = arrays["weights"]
        else:
            parts = (arrays["data"], arrays["indices"], arrays["indptr"])
            self._sparse = csr_array(parts, shape=(n, n))


def _inverse(gram: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inverse of a symmetric positive definite matrix; `gram` is overwritten."""
    from scipy.linalg import lapack

    factor, info = lapack.spotrf(gram.T, lower=1, overwrite_a=1, clean=0)
    if info == 0:
        inverse, info = lapack.spotri(factor, lower=1, overwrite_c=1)
    if info != 0:
        raise np.linalg.LinAlgError(
            "the matrix of co-ratings is singular to float32: raise regularization"
        )
    result: NDArray[np.float32] = (
        inverse.T
    )  # rows in C order; what lies below the diagonal is stale
    for first in range(0, result.shape[0], _ROWS):
        last = first + _ROWS
        result[last:, first:last] = result[first:last, last:].T
        square = result[first:last, first:last]
        square[:] = np.triu(square) + np.triu(square, 1).T
    return result
