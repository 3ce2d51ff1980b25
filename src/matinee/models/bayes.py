"""Bayesian factorisation: many possible explanations of the stars, averaged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.factorization import Side, padded_width, two_sides
from matinee.models.parameters import seed, whole
from matinee.models.support import SupportRanked
from matinee.models.vectors import products
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind
from matinee.threads import one_blas_thread

__all__ = ["Bayes"]

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]

_START = 0.1  # standard deviation of the first factors
_FACT_PENALTY = 10.0  # precision of what a genre or decade says, as a number of films
_FIRST_BELIEF = 100.0  # precision of the implicit parts' prior in the first sweep

_BURN_IN = 0.3  # share of the sweeps that are not kept: the chain still moves towards its place
_SUPPORT = 25.0  # ratings at which a film's similarities count half
_MANY = 64  # people for whom compiled loops are worth their start


class Bayes(SupportRanked):
    """Bayesian matrix factorisation by Gibbs sampling, with implicit parts on both sides.

    The model is that of ``explicit-als``: stars are a mean, two biases and the product of two
    vectors, each of which has an own part and a part from what was rated (or by whom). But no best
    vectors are looked for, and no penalty is tuned: the noise, the priors and all vectors are drawn
    again and again from their conditional posteriors, and the predictions of many draws are
    averaged. What the ratings leave open, the draws disagree about; so each prediction also has a
    spread.

    What genres and decades say of a film's vector is drawn as well: it is the prior of the film, so
    that one with few ratings is taken to be like its kind.

    Of the films' side a modest number of draws is kept, evenly spaced after the first third.
    A person, of the training or not, gets the exact conditional posterior given each of these: a
    Gaussian whose prior is how people of the training are. Nobody's own vector is kept.

    The preset ``light`` takes a fifth of the time and a sixth of the space, and errs 1 % more.

    Stars are brought to mean 0 and standard deviation 1 beforehand. The same seed gives bit for bit
    the same model at any number of threads.

    Attributes
    ----------
    history : list of dict
        For each sweep ``loss``, the RMSE on the training ratings in stars.

    References
    ----------
    Salakhutdinov, Mnih, "Bayesian Probabilistic Matrix Factorization using Markov Chain Monte
    Carlo" (ICML 2008); Simm et al., "Macau: Scalable Bayesian Factorization with High-Dimensional
    Side Information Using MCMC" (2015) for the facts; Rendle, Zhang, Koren, "On the Difficulty of
    Evaluating Baselines" (2019) for the implicit parts on both sides.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Bayes(factors=7, iterations=10, samples=4).fit(data)
    >>> stars = model.predict({318: 5.0, 296: 4.5}, [858])
    >>> bool(3.5 < stars[0] <= 5.0)
    True
    """

    name = "bayes"
    summary = "Bayesian factorisation by Gibbs sampling: lowest error on stars, honest spread"
    predicts_stars = True
    explains = True
    has_movie_vectors = True
    presets = {"light": {"factors": 15, "iterations": 24, "samples": 8}}

    factors: int = whole(
        31,
        doc="Length of a vector; 7, 15, 23, … (one less than multiples of 8) run fastest.",
        search=(7, 63),
    )
    iterations: int = whole(40, doc="Sweeps over both sides.", search=(20, 120))
    samples: int = whole(
        24,
        doc=(
            "How many draws of the films' side are kept. The model grows, and answers slow "
            "down, with it."
        ),
    )
    random_state: int = seed()

    # -- learning --------------------------------------------------------------------------

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._mean = float(np.float32(ratings.mean))
        self._unit = float(np.std(ratings.stars, dtype=np.float64)) or 1.0
        rng = np.random.default_rng(self.random_state)
        users, movies = two_sides(ratings, self.factors, implicit=(True, True), unit=self._unit)
        for side in (users, movies):
            start = rng.standard_normal((len(side), self.factors), dtype=np.float32)
            side.vectors[:, : self.factors] = np.float32(_START) * start
        people = ratings.user_counts[ratings.user_counts > 0]
        self._least = int(np.percentile(people, 10))
        facts = _Facts.of(catalog, padded_width(self.factors))
        kept = self._kept_sweeps()
        store = _Samples.empty(len(kept), len(catalog), padded_width(self.factors))
        noise = 1.0
        with one_blas_thread():
            for sweep in range(self.iterations):
                prior, _ = _sweep(users, movies, noise, rng)
                _, left = _sweep(movies, users, noise, rng, facts)
                squares = float(np.sum(np.square(left), dtype=np.float64))
                noise = rng.gamma((len(left) + 1) / 2) / ((squares + 1) / 2)
                loss = self._unit * float(np.sqrt(squares / len(left)))
                self.history.append({"epoch": float(sweep + 1), "loss": loss})
                if sweep in kept:
                    store.keep(kept.index(sweep), users, movies, prior, noise)
                report(
                    progress,
                    "sweeps",
                    sweep + 1,
                    self.iterations,
                    unit="sweeps",
                    note="",
                    loss=loss,
                )
        weights = (ratings.movie_stats.counts / len(ratings)).astype(np.float32)
        store.typical[:] = np.einsum("n,nsw->sw", weights, store.implicit)
        self._samples = store

    def _kept_sweeps(self) -> list[int]:
        first = min(int(_BURN_IN * self.iterations), self.iterations - 1)
        number = min(self.samples, self.iterations - first)
        places = np.linspace(self.iterations - 1, first, number)
        return sorted({round(place) for place in places})

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        width = padded_width(self.factors)
        rows = ratings.n_users + len(catalog)
        return 40 * len(ratings) + 4 * width * (9 * rows + 2 * self.samples * len(catalog))

    def _fit_advice(self) -> str:
        return "use fewer factors or samples, or leave out rare films before (curate)"

    # -- people ----------------------------------------------------------------------------

    def _targets(self, batch: ProfileBatch) -> Float32Array:
        targets: Float32Array = (batch.stars - np.float32(self._mean)) / np.float32(self._unit)
        return targets

    def _people(self, batch: ProfileBatch) -> Float32Array:
        """Posterior means of people's vectors, shape (n_profiles, samples, width)."""
        if len(batch) >= _MANY:
            nobody = np.zeros(len(batch) + 1, np.int64)
            return self._many(batch, nobody, np.empty(0, np.int32))[0]
        people = [self._posterior(batch, row)[0] for row in range(len(batch))]
        return np.stack(people) if people else np.empty((0, *self._samples.shift.shape), np.float32)

    def _many(
        self, batch: ProfileBatch, pairs: NDArray[np.int64], films: Codes
    ) -> tuple[Float32Array, Float32Array]:
        from matinee.kernels.gibbs import fold_in

        kept = self._samples
        vectors = np.empty((len(batch), *kept.shift.shape), np.float32)
        variances = np.empty(films.size, np.float32)
        fold_in(
            np.asarray(batch.indptr, np.int64),
            np.asarray(batch.movies, np.int32),
            self._targets(batch),
            kept.features,
            kept.offsets,
            kept.implicit,
            kept.typical,
            self._least,
            kept.precision,
            kept.shift,
            kept.noise,
            pairs,
            films,
            vectors,
            variances,
        )
        return vectors, variances

    def _base(self, films: Codes) -> Float64Array:
        """What having rated films adds to a person's vector, shape (samples, width).

        People of the training have rated a number of films at least. Of somebody who tells fewer,
        the rest is unknown, not absent: it counts as what people rate on average.
        """
        number = max(films.size, self._least, 1)
        told = self._samples.implicit[films].sum(axis=0, dtype=np.float64)
        told += (number - films.size) * self._samples.typical
        base: Float64Array = told / np.sqrt(number)
        return base

    def _posterior(self, batch: ProfileBatch, row: int) -> tuple[Float32Array, NDArray[Any]]:
        """A person's vector in each sample, and its covariance, (samples, width[, width])."""
        kept = self._samples
        own = slice(int(batch.indptr[row]), int(batch.indptr[row + 1]))
        films = batch.movies[own]
        features = kept.features[films].transpose(1, 0, 2).astype(np.float64)
        base = self._base(films)
        rest = self._targets(batch)[own, None] - kept.offsets[films]
        left = rest.T - (features @ base[:, :, None])[:, :, 0]
        noise = kept.noise.astype(np.float64)[:, None]
        turned = features.transpose(0, 2, 1)
        precision = kept.precision + noise[:, :, None] * (turned @ features)
        right = kept.shift + noise * (turned @ left[:, :, None])[:, :, 0]
        covariance = np.linalg.inv(precision)
        vectors = (covariance @ right[:, :, None])[:, :, 0] + base
        return vectors.astype(np.float32), covariance

    # -- answers ---------------------------------------------------------------------------

    def _all_stars(self, batch: ProfileBatch) -> Float32Array:
        kept = self._samples
        people = self._people(batch)
        number, width = kept.shift.shape
        scores = products(
            people.reshape(len(batch), number * width),
            kept.features.reshape(-1, number * width),
        )
        scores += kept.offsets.sum(axis=1)
        scores *= np.float32(self._unit / number)
        scores += np.float32(self._mean)
        return scores

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        people = self._people(batch)
        stars: Float32Array = self._pair_stars(people, rows, movies).mean(axis=1)
        return stars

    def _pair_stars(
        self, people: Float32Array, rows: NDArray[np.intp], movies: Codes
    ) -> Float32Array:
        """Stars of pairs in each sample, shape (n_pairs, samples), within the scale."""
        kept = self._samples
        stars = np.empty((len(rows), len(kept.noise)), np.float32)
        step = max(1, 2**22 // max(people[:1].size, 1))
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            stars[part] = np.einsum("psw,psw->ps", people[rows[part]], kept.features[movies[part]])
            stars[part] += kept.offsets[movies[part]]
        stars *= np.float32(self._unit)
        stars += np.float32(self._mean)
        return np.clip(stars, self.scale.minimum, self.scale.maximum, out=stars)

    def _spread(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        kept = self._samples
        order = np.argsort(rows, kind="stable")
        counts = np.bincount(rows, minlength=len(batch))
        pairs = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        inside = np.empty(len(rows), np.float32)
        films = np.asarray(movies, np.int32)[order]
        if len(batch) >= _MANY:
            people, inside[order] = self._many(batch, pairs, films)
        else:
            people = np.empty((len(batch), *kept.shift.shape), np.float32)
            for row in range(len(batch)):
                people[row], covariance = self._posterior(batch, row)
                own = slice(int(pairs[row]), int(pairs[row + 1]))
                features = kept.features[films[own]].transpose(1, 0, 2).astype(np.float64)
                inside[order[own]] = ((features @ covariance) * features).sum(axis=2).mean(axis=0)
        stars = self._pair_stars(people, rows, movies)
        variance = inside + np.float32((1 / kept.noise).mean())
        spread = np.sqrt(np.float32(self._unit) ** 2 * variance + stars.var(axis=1))
        return stars.mean(axis=1, dtype=np.float32), spread.astype(np.float32)

    def movie_biases(self) -> Float32Array:
        """What each film adds to the stars of a person of whom nothing is known, by movie code.

        Returns
        -------
        ndarray, shape (n_movies,), dtype float32
            Stars.
        """
        self._need_fit()
        kept = self._samples
        people = np.linalg.solve(
            kept.precision.astype(np.float64), kept.shift.astype(np.float64)[:, :, None]
        )[:, : self.factors, 0]
        taste = np.einsum("nsw,sw->ns", kept.features[:, :, : self.factors], people)
        biases: Float32Array = ((kept.offsets + taste).mean(axis=1) * self._unit).astype(np.float32)
        return biases

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        """Correlation of two films' stars over all people, by the samples' idea of people."""
        vectors = self._movie_vectors()
        lengths = np.maximum(np.linalg.norm(vectors, axis=1), np.float32(1e-12))
        query = (vectors[movies] / lengths[movies, None]).mean(axis=0)
        counts = self.stats.counts.astype(np.float32)
        similarity = (vectors @ query) * (counts / (counts + np.float32(_SUPPORT)) / lengths)
        return np.where(counts > 0, similarity, np.float32(-np.inf))

    def _movie_vectors(self) -> Float32Array:
        if self._vectors is None:
            kept = self._samples
            taste = slice(0, self.factors)
            # In the metric of people's covariance, the product of two films is the covariance of
            # their stars, whatever the rotation of the sample.
            covariance = np.linalg.inv(kept.precision.astype(np.float64))[:, taste, taste]
            root = np.linalg.cholesky(covariance).astype(np.float32)
            vectors = np.einsum("nsw,swv->nsv", kept.features[:, :, taste], root)
            vectors[self.stats.counts == 0] = 0.0
            self._vectors = vectors.reshape(len(vectors), -1)
        return self._vectors

    _vectors: Float32Array | None = None

    def _star_parts(self, batch: ProfileBatch, movies: Codes) -> Parts:
        kept = self._samples
        wanted = kept.features[movies].transpose(1, 0, 2).astype(np.float64)
        films = batch.movies
        _, covariance = self._posterior(batch, 0)
        features = kept.features[films].transpose(1, 0, 2).astype(np.float64)
        base = self._base(films)
        left = (self._targets(batch)[:, None] - kept.offsets[films]).T
        left = left - (features @ base[:, :, None])[:, :, 0]
        turns = wanted.transpose(0, 2, 1)  # (samples, width, wanted)
        turned = covariance @ turns
        shares = kept.noise[:, None, None] * left[:, :, None] * (features @ turned)
        number = max(films.size, self._least, 1)
        shares += kept.implicit[films].transpose(1, 0, 2) / np.sqrt(number) @ turns
        prior = (kept.shift[:, None, :] @ turned)[:, 0, :]
        missing = max(number - films.size, 0) / np.sqrt(number)
        prior = (prior + missing * (kept.typical[:, None, :] @ turns)[:, 0, :]).mean(axis=0)
        listed: list[list[tuple[ReasonKind, str, float]]] = [
            [("popularity", "how people like it, whoever they are", value)]
            for value in (self._unit * (prior + kept.offsets[movies].mean(axis=1))).tolist()
        ]
        weights = self._unit * shares.mean(axis=0)
        return Parts.listed([self._mean] * len(movies), listed, films, weights.T)

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        kept = self._samples
        return {
            "scaling": np.asarray([self._mean, self._unit, self._least]),
            "features": kept.features,
            "offsets": kept.offsets,
            "implicit": kept.implicit,
            "typical": kept.typical,
            "precision": kept.precision,
            "shift": kept.shift,
            "noise": kept.noise,
        }

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {
            "scaling": floats(3, bits=64, check=_bad_scaling),
            "features": floats("movies", "samples", "factors"),
            "offsets": floats("movies", "samples"),
            "implicit": floats("movies", "samples", "factors"),
            "typical": floats("samples", "factors"),
            "precision": floats("samples", "factors", "factors", check=_bad_precision),
            "shift": floats("samples", "factors"),
            "noise": floats("samples", low=1e-9),
        }

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._mean, self._unit = (float(x) for x in arrays["scaling"][:2])
        self._least = int(arrays["scaling"][2])
        names = ("features", "offsets", "implicit", "typical", "precision", "shift", "noise")
        self._samples = _Samples(*(arrays[name] for name in names))
        self._vectors = None


@dataclass(frozen=True)
class _Samples:
    """Kept draws of the films' side; shapes as in :func:`matinee.kernels.gibbs.fold_in`."""

    features: Float32Array
    offsets: Float32Array
    implicit: Float32Array
    typical: Float32Array
    precision: Float32Array
    shift: Float32Array
    noise: Float32Array

    @classmethod
    def empty(cls, number: int, n_movies: int, width: int) -> _Samples:
        shapes = (
            (n_movies, number, width),
            (n_movies, number),
            (n_movies, number, width),
            (number, width),
            (number, width, width),
            (number, width),
            (number,),
        )
        return cls(*(np.empty(shape, np.float32) for shape in shapes))

    def keep(
        self,
        place: int,
        users: Side,
        movies: Side,
        prior: tuple[Float32Array, Float32Array],
        noise: float,
    ) -> None:
        """Copy the state of the chain."""
        features, offsets = movies.as_features()
        assert users.implicit is not None
        self.features[:, place], self.offsets[:, place] = features, offsets
        self.implicit[:, place] = users.implicit
        self.precision[place], self.shift[place] = prior
        self.noise[place] = noise


@dataclass
class _Facts:
    """What genres and decades say of films' vectors before anybody rates them.

    Parameters
    ----------
    table : ndarray, shape (n_movies, n_facts), dtype float64
    root : ndarray, shape (n_facts, n_facts), dtype float64
        Cholesky factor of ``tableᵀ table + penalty``.
    effect : ndarray, shape (n_movies, width), dtype float32
        The part of the vectors that comes from facts, as drawn last.
    """

    table: Float64Array
    root: NDArray[Any]
    effect: Float32Array

    @classmethod
    def of(cls, catalog: Catalog, width: int) -> _Facts:
        decades = np.asarray(catalog.years) // 10
        known = np.unique(decades[decades > 0])
        table = np.hstack([catalog.genres, decades[:, None] == known]).astype(np.float64)
        gram = table.T @ table + _FACT_PENALTY * np.eye(table.shape[1])
        return cls(table, np.linalg.cholesky(gram), np.zeros((len(table), width), dtype=np.float32))

    def draw(self, own: Float64Array, precision: Float64Array, rng: np.random.Generator) -> None:
        """Draw the weights of facts, given rows of vectors less their mean, and their precision."""
        used = own.shape[1]
        noise = rng.standard_normal((self.table.shape[1], used))
        noise = np.linalg.solve(np.linalg.cholesky(precision).T, noise.T).T
        half = np.linalg.solve(self.root, self.table.T @ own) + noise
        self.effect[:, :used] = self.table @ np.linalg.solve(self.root.T, half)


def _sweep(
    side: Side,
    other: Side,
    noise: float,
    rng: np.random.Generator,
    facts: _Facts | None = None,
) -> tuple[tuple[Float32Array, Float32Array], Float32Array]:
    """Draw a side: its prior, its own parts, its implicit parts; also what is left of the stars."""
    from matinee.kernels.gibbs import draw_implicit, draw_rows, residuals, square_sums

    features, offsets = other.as_features()
    width, used = side.vectors.shape[1], side.factors + 1
    own = side.vectors - side.base
    known = np.zeros_like(own) if facts is None else facts.effect
    precision, mean = _normal_wishart((own - known)[:, :used].astype(np.float64), rng)
    if facts is not None:
        facts.draw(own[:, :used].astype(np.float64) - mean, precision, rng)
    wide = np.eye(width, dtype=np.float32)
    wide[:used, :used] = precision
    shift = np.zeros(width, np.float32)
    shift[:used] = precision @ mean
    normals = np.zeros_like(own)
    normals[:, :used] = rng.standard_normal((len(own), used), dtype=np.float32)
    entries = (side.indptr, side.indices)
    fixed = side.base + known
    draw_rows(*entries, side.targets, offsets, features, fixed, wide, shift, noise, normals, own)
    own += known
    side.vectors = own + side.base
    left = np.empty_like(side.targets)
    residuals(*entries, side.targets, offsets, features, side.vectors, left)
    assert side.implicit is not None
    squares = np.empty((width, len(side)), np.float32)
    square_sums(*entries, features, squares)
    implicit = np.ascontiguousarray(side.implicit.T)
    base = np.ascontiguousarray(side.base.T)
    sizes = np.sum(np.square(implicit[:used]), axis=1, dtype=np.float64)
    belief = rng.gamma((len(other) + 2) / 2, size=used) / ((sizes + 0.02) / 2)
    belief[sizes == 0] = _FIRST_BELIEF
    draw_implicit(
        *entries,
        other.indptr,
        other.indices,
        side.weights,
        np.ascontiguousarray(features.T),
        squares,
        belief.astype(np.float32),
        noise,
        rng.standard_normal((used, len(other)), dtype=np.float32),
        implicit,
        base,
        left,
    )
    side.implicit = np.ascontiguousarray(implicit.T)
    side.base = np.ascontiguousarray(base.T)
    side.vectors = own + side.base
    return (wide, shift), left


def _normal_wishart(
    rows: Float64Array, rng: np.random.Generator
) -> tuple[Float64Array, Float64Array]:
    """Draw the precision and mean of a Gaussian from their posterior, given its draws."""
    n, width = rows.shape
    strength = 2.0
    mean = rows.mean(axis=0)
    centred = rows - mean
    scatter = np.eye(width) + centred.T @ centred
    scatter += strength * n / (strength + n) * np.outer(mean, mean)
    root = np.linalg.cholesky(np.linalg.inv(scatter))
    # Bartlett's decomposition of a Wishart matrix.
    bartlett = np.tril(rng.standard_normal((width, width)), -1)
    degrees = width + n - np.arange(width)
    bartlett[np.diag_indices(width)] = np.sqrt(rng.chisquare(degrees))
    factor = root @ bartlett
    precision = factor @ factor.T
    around = n * mean / (strength + n)
    spread = np.linalg.solve(factor.T, rng.standard_normal(width)) / np.sqrt(strength + n)
    return precision, around + spread


def _bad_scaling(scaling: Float64Array) -> str | None:
    positive = scaling[1] > 0 and scaling[2] >= 0
    return None if positive else "has a unit or a number of ratings that is not positive"


def _bad_precision(precision: Float32Array) -> str | None:
    try:
        np.linalg.cholesky(precision.astype(np.float64))
    except np.linalg.LinAlgError:
        return "has matrices that are not positive definite"
    return None
