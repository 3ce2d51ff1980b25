"""Films that are about the same: TF-IDF of genres, tags and title words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from matinee.arrays import Specs, csr, floats, integers, strings
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.parameters import real
from matinee.models.vectors import leading_rows
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch, cells_of_rows
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind
from matinee.strings import PackedStrings

__all__ = ["Content"]

# Numbers tell the parts of a series apart, which is not what a title is compared for.
_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_COMMON, _COMMON_SHARE = 32, 64  # features that every 64th film has, but not more than 32
_ROWS = 64  # profiles that are compared with all films in one go
_FIELDS: tuple[ReasonKind, ...] = ("genre", "tag", "title")


class Content(Recommender):
    """What films are about, compared field by field.

    Each film has three TF-IDF vectors of length 1: its genres, its tags (with the logarithm of how
    many people gave them) and the words of its title, which find sequels. The similarity of two
    films is the weighted mean of the three cosines, so that a film without tags is not compared
    by tags. A person's taste is the mean of their films, each weighted by its stars above or below
    the person's own level: films like those with low stars are pushed away. Among films that fit
    alike, the better rated come first. Nothing is stored but sparse vectors: there is no film ×
    film matrix, however large the catalogue.

    References
    ----------
    Salton, Buckley, "Term-weighting approaches in automatic text retrieval" (1988); Lops, de
    Gemmis, Semeraro, "Content-based Recommender Systems" (2011).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Content().fit(data)
    >>> model.similar(data.catalog.find("Toy Story"), n=1).titles
    ['Toy Story 2']
    """

    name = "content"
    summary = "films about the same: TF-IDF of genres, tags and title words"
    explains = True
    has_movie_vectors = True

    genre_weight: float = real(
        0.5,
        doc="How much each field counts. Genres count less than tags: they are few and broad.",
        search=(0.05, 1.0, "log"),
    )
    tag_weight: float = real(
        1.0,
        doc="How much each field counts. Genres count less than tags: they are few and broad.",
    )
    title_weight: float = real(
        0.4,
        doc="How much each field counts. Genres count less than tags: they are few and broad.",
        search=(0.02, 1.0, "log"),
    )
    quality_weight: float = real(
        0.25,
        doc=(
            "How much the damped mean of the stars moves a film: a film rated a whole scale "
            "above the average gains this much similarity."
        ),
        search=(0.01, 1.0, "log"),
    )
    level_damping: float = real(
        5.0,
        doc=(
            "A person's own level is the mean of their stars, drawn to the overall mean as if "
            "by this many average ratings."
        ),
    )
    damping: float = real(25.0, doc="The same for a film's mean.")

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        tags = catalog.tags
        title_counts, words = _title_words(catalog)
        shape = (len(catalog), len(tags.names))
        tag_counts = csr_array(
            (np.log1p(tags.counts).astype(np.float32), (tags.movies, tags.tags)), shape=shape
        )
        fields = [
            (csr_array(catalog.genres.astype(np.float32)), self.genre_weight, catalog.genre_names),
            (tag_counts, self.tag_weight, tags.names),
            (title_counts, self.title_weight, words),
        ]
        used = sum(weight for counts, weight, _ in fields if counts.nnz) or 1.0
        blocks: list[csr_array] = []
        names: list[str] = []
        kinds: list[NDArray[np.uint8]] = []
        for kind, (counts, weight, field_names) in enumerate(fields):
            blocks.append(_tfidf(counts) * np.float32(np.sqrt(weight / used)))
            names.extend(field_names)
            kinds.append(np.full(counts.shape[1], kind, dtype=np.uint8))
            report(progress, "features", kind + 1, len(fields), unit="fields")
        self._set_features(csr_array(hstack(blocks, format="csr", dtype=np.float32)))
        self._names: Sequence[str] = PackedStrings.of(names)
        self._kinds = np.concatenate(kinds)
        span = max(ratings.scale.maximum - ratings.scale.minimum, 1e-9)
        means = ratings.movie_stats.damped_means(self.damping)
        self._quality = ((means - ratings.mean) * (self.quality_weight / span)).astype(np.float32)
        self._mean = ratings.mean

    def _set_features(self, features: csr_array) -> None:
        """Keep the features by film and by feature: few of them matter to one person.

        Those that very many films have, such as the large genres, are rows of a dense table.
        """
        self._features = features
        by_feature = features.tocsc()
        films = np.diff(by_feature.indptr)
        order = np.argsort(-films, kind="stable")[:_MOST_COMMON]
        self._common = np.sort(order[films[order] * _COMMON_SHARE >= features.shape[0]])
        self._common_values = np.ascontiguousarray(by_feature[:, self._common].toarray().T)
        is_rare = np.ones(features.shape[1], dtype=np.bool_)
        is_rare[self._common] = False
        self._is_rare = is_rare
        self._by_feature = by_feature

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        entries = int(catalog.genres.sum()) + len(catalog.tags.counts) + 6 * len(catalog)
        return 56 * entries + (64 + 4 * _MOST_COMMON) * len(catalog) + 24 * len(ratings)

    # -- answering -------------------------------------------------------------------------

    def _weights(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """How much each rated film speaks for its kind: stars above one's level, summing to 1."""
        rows = batch.row_of_entry
        sums = np.bincount(rows, weights=batch.stars, minlength=len(batch))
        level = (sums + self.level_damping * self._mean) / np.maximum(
            batch.lengths + self.level_damping, 1e-12
        )
        weights = batch.stars - level[rows]
        total = np.bincount(rows, weights=np.abs(weights), minlength=len(batch))
        scaled: NDArray[np.float32] = (weights / np.maximum(total, 1e-9)[rows]).astype(np.float32)
        return scaled

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        tastes = self._taste(batch)
        scores = np.empty((len(batch), len(self._quality)), dtype=np.float32)
        for first in range(0, len(batch), _ROWS):
            rows = slice(first, first + _ROWS)
            np.add(self._products(tastes[rows]), self._quality, out=scores[rows])
        return scores

    def _products(self, tastes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The dot products of all films with vectors of features, shape (n_vectors, n_movies)."""
        products: NDArray[np.float32] = tastes.take(self._common, axis=1) @ self._common_values
        whose, rare = np.nonzero((tastes != 0) & self._is_rare)
        if rare.size:
            cells, counts = cells_of_rows(self._by_feature.indptr, rare)
            parts = self._by_feature.data.take(cells) * tastes[whose, rare].repeat(counts)
            places = self._by_feature.indices.take(cells)
            if len(tastes) > 1:
                places = places + (whose * products.shape[1]).repeat(counts)
            np.add.at(products.reshape(-1), places, parts)
        return products

    def _taste(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """What profiles are about, shape (n_profiles, n_features)."""
        taste: NDArray[np.float32] | None = batch.kept.get((self, "taste"))
        if taste is None:
            taste = batch.sums(self._weights(batch), self._features)
            if batch.may_keep:
                batch.kept[self, "taste"] = taste
        return taste

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        alike = self._alike(self._queries(movies).mean(axis=0, keepdims=True))
        similarity: NDArray[np.float32] = alike[0]
        return similarity

    def _similarities(self, movies: Codes) -> NDArray[np.float32]:
        return self._alike(self._queries(movies))

    def _queries(self, movies: Codes) -> NDArray[np.float32]:
        """The features of films, shape (len(movies), n_features)."""
        queries = np.zeros((len(movies), self._features.shape[1]), dtype=np.float32)
        cells, counts = cells_of_rows(self._features.indptr, movies)
        rows = np.arange(len(movies)).repeat(counts)
        queries[rows, self._features.indices.take(cells)] = self._features.data.take(cells)
        return queries

    def _alike(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        similarity = self._products(queries)
        strangers = similarity <= 0
        similarity += self._quality
        # Films that share nothing with the query are not like it, however good they are.
        np.putmask(similarity, strangers, np.float32(-np.inf))
        return similarity

    def _movie_vectors(self) -> NDArray[np.float32]:
        return leading_rows(self._features)

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        taste, features = self._taste(batch)[0], self._features
        cells, counts = cells_of_rows(features.indptr, movies)
        columns = features.indices.take(cells)
        parts = taste.take(columns) * features.data.take(cells)
        shared = np.flatnonzero(parts)
        columns, parts = columns.take(shared), parts.take(shared)
        # What others gave is a part of the score as well, of films that somebody has rated.
        quality = self._quality.take(movies)
        rated = self.stats.counts.take(movies) > 0
        known = np.flatnonzero(rated)
        films = np.arange(len(movies))
        owners = np.concatenate((films.repeat(counts).take(shared), known))
        order = owners.argsort(kind="stable")
        values = np.concatenate((parts, quality.take(known))).take(order)

        def words(feature: int) -> tuple[ReasonKind, str]:
            place = int(order[feature])
            if place < shared.size:
                column = int(columns[place])
                return _FIELDS[self._kinds[column]], self._names[column]
            movie = movies[known[place - shared.size]]
            return "popularity", f"others gave it {float(self.stats.means[movie]):.1f} stars"

        return Parts(
            np.where(rated, 0.0, quality),
            batch.movies,
            np.zeros((len(movies), batch.movies.size)),
            owners.take(order),
            values,
            words,
        )

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "feature_values": self._features.data,
            "feature_indices": self._features.indices,
            "feature_indptr": self._features.indptr,
            "feature_kinds": self._kinds,
            "quality": self._quality,
            "mean": np.asarray(self._mean),
            **PackedStrings.of(self._names).arrays("feature_names"),
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {
            **csr("feature_indptr", "feature_indices", "feature_values", "movies", "features"),
            "feature_kinds": integers("features", high=len(_FIELDS) - 1, dtype="uint8"),
            "quality": floats("movies"),
            "mean": floats(bits=64),
            **strings("feature_names", "features"),
        }

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._kinds = arrays["feature_kinds"]
        self._quality = arrays["quality"]
        self._mean = float(arrays["mean"])
        self._names = PackedStrings(arrays["feature_names"], arrays["feature_names_offsets"])
        parts = (arrays["feature_values"], arrays["feature_indices"], arrays["feature_indptr"])
        self._set_features(csr_array(parts, shape=(len(self._quality), len(self._kinds))))


def _tfidf(counts: csr_array) -> csr_array:
    """Rows of length 1; features that are on every film count least."""
    if counts.nnz == 0:
        return counts
    from sklearn.feature_extraction.text import TfidfTransformer

    return csr_array(TfidfTransformer(sublinear_tf=False).fit_transform(counts))


def _title_words(catalog: Catalog) -> tuple[csr_array, list[str]]:
    """Film × rare word or pair of words, for those that at least two titles share."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    vocabulary: dict[str, int] = {}
    rows, columns = [], []
    for code in range(len(catalog)):
        title = _WORD.findall(catalog.display_title(code).casefold())
        words = [word for word in title if word not in ENGLISH_STOP_WORDS]
        # Pairs of neighbours tell "Spider-Man" from any other man.
        pairs = [f"{first} {second}" for first, second in itertools.pairwise(words)]
        for word in dict.fromkeys(words + pairs):
            rows.append(code)
            columns.append(vocabulary.setdefault(word, len(vocabulary)))
    ones = np.ones(len(rows), dtype=np.float32)
    counts = csr_array((ones, (rows, columns)), shape=(len(catalog), len(vocabulary)))
    names = list(vocabulary)
    titles = np.bincount(columns, minlength=len(vocabulary))
    # "Good" and "man" stand in many titles that have nothing else in common.
    rare = titles <= min(max(4, len(catalog) // 750), 25)
    pair = np.asarray([" " in name for name in names], dtype=np.bool_)
    shared = np.flatnonzero((titles >= 2) & (rare | pair))
    return csr_array(counts[:, shared]), [names[int(i)] for i in shared]
