"""The default: what people alike chose, what a film's own kind says, and how many films are told.

Good from the first rating on: each part counts as much as it helped held-out people who had told of
as many films.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.errors import DataError, ParameterError
from matinee.ids import Codes
from matinee.models.als import ALS
from matinee.models.base import Recommender
from matinee.models.ease import EASE
from matinee.models.likeness import likeness
from matinee.models.parameters import real, seed, setting, whole
from matinee.models.preference import preferences
from matinee.models.taste import LIKED, Taste
from matinee.progress import Progress, ProgressEvent, report
from matinee.ratings import MovieStats, Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind
from matinee.threads import one_blas_thread

__all__ = ["Blend"]

Float32Array = NDArray[np.float32]

MEMBERS = ("als", "ease", "ease-short", "taste", "popular")
TOLD = np.array([0, 1, 3, 10, 30, 100, 300])
"""Numbers of ratings told at which weights are learned; between them they are interpolated."""
# What weights are without people to learn from, and where learning begins: a row for each of TOLD.
_WEIGHTS = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 1.0],
        [1.0, 0.02, 0.1, 1.0, 0.3],
        [1.0, 0.02, 0.2, 1.0, 0.3],
        [1.0, 0.1, 0.3, 1.0, 0.05],
        [1.0, 0.5, 0.3, 0.8, 0.02],
        [1.0, 1.3, 0.1, 0.5, 0.01],
        [1.0, 1.5, 0.0, 0.3, 0.01],
    ]
)
# The same for data of likes alone, histories that come whole.
_HISTORIES = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 1.0],
        [1.0, 0.3, 0.1, 0.6, 0.2],
        [1.0, 0.6, 0.1, 0.4, 0.1],
        *[[1.0, 1.5, 0.0, 0.3, 0.01]] * 4,
    ]
)
_STEPS = (0.8, 0.4, 0.2)  # in the logarithm of a weight
_RANKED = 20  # the NDCG that weights are chosen by looks at this many films
_RARITY = 0.25  # there, finding a film that n people liked is worth n ** -_RARITY
_POOL = 200  # films that compete there: so many of the first mix, and a quarter of each member
_WHOLE = 3.0  # what people who tell most of what they have count, beside those of one length
_BLOCK = 32  # people who are scored at once
_TARGETS = 5  # liked films that a person must have left to be found
_FEWEST_PEOPLE = 20  # to learn from; with fewer, the weights above stay
_TRIAL_PEOPLE = 20_000  # from whom the members are fitted to learn the weights, at most
_TRIAL_MOVIES = 2_000  # that `ease` models there, at most
_PENALTY = 0.1  # of a person with a typical number of ratings, for each rating, at most
_FINE = 0.59  # as a liking: 3 stars of five and more
_LEAST_RATINGS = 5  # of a film that `ease` models, and whose scores standardise the others


def _check_stars(name: str, value: Any) -> str:
    from matinee.models import model_class

    if value == Blend.name or not model_class(value).predicts_stars:
        raise ParameterError(f"{name} must name a model that predicts stars, got {value!r}")
    return str(value)


class Blend(Recommender):
    """Factors with a prior, films from films, and a person's taste, mixed by how much is known.

    Five members score each film. `als` starts a new person from what people are like (`prior`).
    `ease` predicts films from films, once as it is best for long profiles, and once for short ones
    (`dropout` .9). These three are brought to mean 0 and standard deviation 1 over films with five
    ratings and more. :class:`~matinee.models.taste.Taste` adds what genres and years say, and
    `popular` the logarithm of how many people like a film. The score is their weighted sum, with
    weights that move with the number of ratings told; without any, the most liked films stay.

    The weights are learned: the members are fitted without some people, who then tell a few of
    their ratings, and what ranks their other liked films best is kept (NDCG@20, in which rarely
    liked films are worth somewhat more). A weight moves only if that helps them by more than a
    standard error. Then the members are fitted again on everybody.

    The score is a sum over the person's films, the film's genres and year, and its standing with
    everybody; reasons are these parts. Predicted stars come from another model (`stars`). The same
    seed gives the same model at any number of threads but for what LAPACK rounds.

    References
    ----------
    Rendle, Krichene, Zhang, Koren, "Revisiting the Performance of iALS" (2022); Steck,
    "Embarrassingly Shallow Autoencoders" (2019) and "Autoencoders that don't overfit towards the
    Identity" (2020); Jahrer, Töscher, Legenstein, "Combining predictions" (2010).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Blend(factors=16, max_movies=500, stars="bias").fit(data)
    >>> model.weights["taste"].shape
    (7,)
    """

    name = "blend"
    summary = "factors, films from films and taste, mixed by how much is told: the default"
    predicts_stars = True
    explains = True
    has_movie_vectors = True

    factors: int = whole(128, doc="Length of the vectors of `als`.", search=(32, 256))
    prior: float = real(
        0.04,
        open_low=True,
        doc="How strongly `als` draws people with few ratings to what people are like.",
        search=(0.01, 0.1, "log"),
    )
    max_movies: int = whole(
        12_000,
        2,
        doc=(
            "How many films `ease` models at most, the most rated first: its cost grows with "
            "the third power, its memory with the square."
        ),
    )
    neighbors: int = whole(
        400,
        doc="How many films each film speaks for in `ease`, those with the largest weights.",
        search=(100, 1000),
    )
    validation_users: int = whole(
        500,
        0,
        doc="How many people at most the weights are learned from; no more than a fifth of all.",
    )
    stars: str = setting(
        "bayes", _check_stars, "str", doc="Short name of the model that predicts stars."
    )
    random_state: int = seed()

    # -- learning --------------------------------------------------------------------------

    @property
    def weights(self) -> dict[str, NDArray[np.float64]]:
        """The weight of each member at 0, 1, 3, 10, 30, 100 and 300 ratings told."""
        self._need_fit()
        return dict(zip(MEMBERS, self._weights.T.copy(), strict=True))

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._weights = self._learn_weights(ratings, catalog, progress)
        self._fit_members(ratings, catalog, "", progress)
        self._star_model = self._new_star_model()
        _adopt(self._star_model, catalog, ratings.movie_stats, self)
        self._star_model.history = []
        self._star_model._fit(ratings, catalog, _named(progress, f"stars: {self.stars}"))
        self.history = [
            {"told": float(told), **dict(zip(MEMBERS, weights, strict=True))}
            for told, weights in zip(TOLD, self._weights.tolist(), strict=True)
        ]

    def _fit_members(
        self, ratings: Ratings, catalog: Catalog, verb: str, progress: Progress | None
    ) -> None:
        counts = ratings.movie_stats.counts
        modelled = int(np.count_nonzero(counts >= _LEAST_RATINGS))
        if modelled < 2:
            modelled = max(int(np.count_nonzero(counts)), 2)
        # Where people rated few of very many films, the usual penalty would leave only popularity.
        typical = len(ratings) / max(int(np.count_nonzero(ratings.user_counts)), 1)
        silence = ALS().unobserved_weight * int(np.count_nonzero(counts))
        penalty = min(ALS().regularization, _PENALTY * typical / (typical + silence))
        self._new_members(min(modelled, self.max_movies), penalty)
        for name, member in self._scorers():
            _adopt(member, catalog, ratings.movie_stats, self)
            member._fit(ratings, catalog, _named(progress, f"{verb}{name}"))
        self._taste = Taste.of(ratings, catalog)
        self._settle()

    def _new_members(self, modelled: int, regularization: float = 0.01) -> None:
        density = min(1.0, self.neighbors / modelled)
        self._als = ALS(
            factors=self.factors,
            prior=self.prior,
            regularization=regularization,
            random_state=self.random_state,
        )
        self._ease = EASE(max_movies=modelled, density=density)
        self._short = EASE(max_movies=modelled, density=density, dropout=0.9, activity=0.0)

    def _new_star_model(self) -> Recommender:
        from matinee.models import create_model, model_class

        # Stars are shown for a list: many ratings need no finer model than fits in the time of one.
        light = "light" if "light" in model_class(self.stars).presets else None
        return create_model(self.stars, preset=light)

    def _scorers(self) -> list[tuple[str, ALS | EASE]]:
        return [("als", self._als), ("ease", self._ease), ("ease-short", self._short)]

    def _settle(self) -> None:
        """Derive what answering needs from the members."""
        self._known = self._ease._codes.astype(np.intp)
        self._mean_film = self._als._movies[self._known].mean(axis=0)

    def _learn_weights(
        self, ratings: Ratings, catalog: Catalog, progress: Progress | None
    ) -> NDArray[np.float64]:
        rng = np.random.default_rng(self.random_state)
        liked = preferences(ratings.stars, ratings.scale) >= LIKED
        able = np.bincount(ratings.users[liked], minlength=ratings.n_users) > _TARGETS
        everybody = rng.permutation(np.flatnonzero(ratings.user_counts))
        people = everybody[able[everybody]][: min(self.validation_users, len(everybody) // 5)]
        # Nobody picks a few films to tell of a history of likes.
        whole = bool(liked.all())
        start = _HISTORIES if whole else _WEIGHTS
        if len(people) < _FEWEST_PEOPLE:
            return start.copy()
        others = np.setdiff1d(everybody, people, assume_unique=True)
        chosen = np.zeros(ratings.n_users, dtype=np.bool_)
        chosen[rng.permutation(others)[:_TRIAL_PEOPLE]] = True
        trial = type(self)(**self.params | {"max_movies": min(self.max_movies, _TRIAL_MOVIES)})
        trial.catalog, trial.scale = catalog, self.scale
        trial._fit_members(ratings.take(chosen[ratings.users]), catalog, "try ", progress)
        lengths = [None] if whole else [*TOLD[1:].tolist(), None]
        cases = []
        for done, told in enumerate(lengths, start=1):
            found = _Cases.of(trial, ratings, liked, np.sort(people), told, rng)
            if found is not None:
                cases.append(found)
            report(progress, "weights", done, len(lengths), unit="lengths")
        return _improved(cases, start)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        rated = int(np.count_nonzero(ratings.movie_stats.counts >= _LEAST_RATINGS))
        n = max(2, min(rated, self.max_movies))
        ease = 32 * len(ratings) + 2 * 4 * n * n
        kept = 2 * 8 * n * min(self.neighbors, n)
        factors = ALS(factors=self.factors)._fit_bytes(ratings, catalog)
        stars = self._new_star_model()._fit_bytes(ratings, catalog)
        people = 4 * 6 * _BLOCK * len(catalog)
        return max(ease, factors, stars) + 2 * kept + people

    def _fit_advice(self) -> str:
        return "lower max_movies or factors, or take stars='bias'"

    # -- answering -------------------------------------------------------------------------

    def _weights_for(self, batch: ProfileBatch) -> Float32Array:
        """The members' weights for profiles, shape (n_profiles, n_members)."""
        weights = _at(self._weights, batch.lengths)
        # Films that somebody did not like say what to leave out; what is left may be unknown.
        fine = preferences(batch.stars, self.scale) >= _FINE
        weights[np.bincount(batch.row_of_entry, fine, minlength=len(batch)) == 0, 4] += 1
        return weights

    def _score(self, batch: ProfileBatch) -> Float32Array:
        weights = self._weights_for(batch)
        total: Float32Array = np.zeros((len(batch), batch.n_movies), dtype=np.float32)
        for weight, said in zip(weights.T, self._said(batch), strict=True):
            total += weight[:, None] * said
        return total

    def _said(self, batch: ProfileBatch) -> list[Float32Array]:
        """What each member says of all films, shape (n_profiles, n_movies), in their order.

        All but taste are standardised; see :class:`Blend`.
        """
        found = []
        moments = np.empty((len(batch), 3, 2), dtype=np.float32)
        for place, (_, member) in enumerate(self._scorers()):
            own = member._modelled_scores(batch)
            known = own if own.shape[1] == self._known.size else own[:, self._known]
            centers, spreads = known.mean(axis=1), known.std(axis=1)
            factors = 1 / np.where(spreads > 1e-9, spreads, np.float32(1))
            moments[:, place] = np.stack((centers, factors), axis=1)
            if own.shape[1] < batch.n_movies:
                # Nothing speaks for a film that is not modelled, and nothing against it.
                scores = np.zeros((len(batch), batch.n_movies), dtype=np.float32)
                scores[:, self._known] = own
                own = scores
            found.append((own - centers[:, None]) * factors[:, None])
        if batch.may_keep:
            batch.kept[self, "moments"] = moments
        popular = np.broadcast_to(self._taste.known, (len(batch), batch.n_movies))
        return [*found, self._taste.score(batch), popular]

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        stars: NDArray[np.float32] = self._star_model._predict(batch, rows, movies)
        return stars

    def _star_source(self) -> Recommender:
        return self._star_model

    def _similarity(self, movies: Codes) -> Float32Array:
        mean: Float32Array = self._similarities(movies).mean(axis=0)
        return mean

    def _similarities(self, movies: Codes) -> Float32Array:
        alike = self._als._similarities(movies)
        return likeness(alike, movies, self.catalog, self.stats)

    def _movie_vectors(self) -> Float32Array:
        return self._als._movie_vectors()

    # -- reasons ---------------------------------------------------------------------------

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        if (self, "moments") not in batch.kept:
            self._said(batch)
        weights = self._weights_for(batch)[0]
        moments = batch.kept[self, "moments"][0].astype(np.float64)
        bases = np.zeros(len(movies))
        films = np.zeros((len(movies), batch.movies.size))
        popularity = np.zeros(len(movies))
        for place, (_, member) in enumerate(self._scorers()):
            center, factor = moments[place] * (1, weights[place])
            parts = member._contributions(batch, movies)
            films += factor * parts.weights
            bases -= factor * center
            if place == 0:  # the standing of a film with everybody, as against the mean film's
                mean = float(self._mean_film @ self._als._start(int(batch.lengths[0]))[0])
                popularity = factor * (parts.bases - mean)
                bases += factor * mean
        taste = self._taste.parts(batch, movies)
        popularity += weights[3] * taste.known + weights[4] * self._taste.known[movies]
        values = np.column_stack((popularity, weights[3] * taste.genres, weights[3] * taste.years))
        owners, columns = np.nonzero(values)
        found = values[owners, columns]

        def words(feature: int) -> tuple[ReasonKind, str]:
            column, movie = int(columns[feature]), int(movies[owners[feature]])
            return self._words(column, movie, speaks_for=bool(found[feature] > 0))

        return Parts(bases, batch.movies, films, owners, found, words)

    def _words(self, column: int, movie: int, *, speaks_for: bool) -> tuple[ReasonKind, str]:
        """Kind and name of a part: the standing with everybody, a genre, or the year."""
        if column == 0:
            return "popularity", f"{'many' if speaks_for else 'few'} people choose it"
        if column <= len(self._taste.names):
            return "genre", self._taste.names[column - 1]
        return "decade", f"{int(self.catalog.years[movie]) // 10 * 10}s"

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {"weights": self._weights}
        parts = [(name, member._arrays()) for name, member in self._scorers()]
        parts += [("taste", self._taste.arrays()), ("stars", self._star_model._arrays())]
        for name, own in parts:
            arrays |= {f"{name}.{key}": array for key, array in own.items()}
        return arrays

    def _array_specs(self, stored: Collection[str]) -> Specs:
        specs: Specs = {"weights": floats(len(TOLD), len(MEMBERS), bits=64)}
        self._new_members(2)
        parts: dict[str, Specs] = {"taste": Taste.specs(self.catalog)}
        for name, member in [*self._scorers(), ("stars", self._new_star_model())]:
            prefix = f"{name}."
            own = [key.removeprefix(prefix) for key in stored if key.startswith(prefix)]
            parts[name] = member._array_specs(own) or {}
        for name, declared in parts.items():
            specs |= {f"{name}.{key}": spec.within(f"{name}.") for key, spec in declared.items()}
        return specs

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        def own(name: str) -> dict[str, NDArray[Any]]:
            prefix = f"{name}."
            return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}

        if not np.array_equal(arrays["ease.codes"], arrays["ease-short.codes"]):
            raise DataError("the two autoencoders of the blend are about other films")
        self._weights = np.asarray(arrays["weights"])
        self._new_members(len(arrays["ease.codes"]))
        self._star_model = self._new_star_model()
        for name, member in [*self._scorers(), ("stars", self._star_model)]:
            _adopt(member, self.catalog, self.stats, self)
            member._from_arrays(own(name))
        self._taste = Taste.from_arrays(own("taste"), self.catalog, self.scale)
        self._settle()


def _adopt(member: Recommender, catalog: Catalog, stats: MovieStats, blend: Recommender) -> None:
    """What a member needs from the base class to answer, taken from the blend."""
    member.catalog, member.stats, member.scale = catalog, stats, blend.scale
    member.user_ids, member.user_digests = None, None


def _named(progress: Progress | None, name: str) -> Progress | None:
    """Pass a member's progress on under its name."""
    if progress is None:
        return None

    def passed(event: ProgressEvent) -> None:
        if not event.note:
            stage = f"{name}: {event.stage}"
            progress(ProgressEvent(stage, event.done, event.total, event.unit, event.figures))

    return passed


def _at(table: NDArray[np.float64], lengths: NDArray[Any]) -> Float32Array:
    """The members' weights at some lengths of profiles, from those at TOLD."""
    told = np.log1p(lengths)
    columns = [np.interp(told, np.log1p(TOLD), column) for column in table.T]
    return np.stack(columns, axis=1).astype(np.float32)


class _Cases(NamedTuple):
    """Held-out people who have told some of their films, and what members say of others.

    ``importance`` says what these cases count beside others, ``lengths`` (n_cases,) how many films
    were told. ``said`` has shape (n_cases, pool, members), ``missing`` (n_cases, pool) marks places
    without a film, ``worth`` (n_cases, pool) is above 0 for films that the person likes, and
    ``ideal`` (n_cases,) the best sum there is.
    """

    importance: float
    lengths: NDArray[np.int64]
    said: Float32Array
    missing: NDArray[np.bool_]
    worth: Float32Array
    ideal: Float32Array

    @classmethod
    def of(
        cls,
        trial: Blend,
        ratings: Ratings,
        liked: NDArray[np.bool_],
        people: NDArray[Any],
        told: int | None,
        rng: np.random.Generator,
    ) -> _Cases | None:
        """Let people tell ``told`` films, one that they like among them; None if too few can.

        Without a number, people tell four fifths of what they have.
        """
        rows, targets = [], []
        for user in people.tolist():
            own = rng.permutation(
                np.arange(int(ratings.indptr[user]), int(ratings.indptr[user + 1]))
            )
            first = own[liked[own]][:1]
            rest = own[own != first]
            number = len(own) * 4 // 5 if told is None else told
            given, left = np.concatenate((first, rest[: number - 1])), rest[number - 1 :]
            target = ratings.movies[left[liked[left]]]
            if len(given) == number and len(target) >= (1 if told is None else _TARGETS):
                rows.append(np.sort(given))
                targets.append(target)
        if len(rows) < _FEWEST_PEOPLE:
            return None
        flat, lengths = np.concatenate(rows), np.asarray([len(given) for given in rows])
        batch = ProfileBatch(
            np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            ratings.movies[flat],
            ratings.stars[flat],
            np.zeros(flat.size, dtype=np.int64),
            ratings.n_movies,
            np.full(len(rows), -1, dtype=np.int32),
        )
        weights = _at(_WEIGHTS, lengths)
        likes = np.bincount(ratings.movies[liked], minlength=ratings.n_movies)
        value = (np.maximum(likes, 1) ** -_RARITY).astype(np.float32)
        size = min(2 * _POOL, ratings.n_movies)
        said = np.zeros((len(rows), size, len(MEMBERS)), dtype=np.float32)
        missing = np.ones((len(rows), size), dtype=np.bool_)
        worth = np.zeros((len(rows), size), dtype=np.float32)
        ideal = np.empty(len(rows), dtype=np.float32)
        for case, target in enumerate(targets):
            if case % _BLOCK == 0:
                block = batch.rows(case, min(case + _BLOCK, len(rows)))
                with one_blas_thread():
                    members = np.stack(trial._said(block), axis=2)
            own = members[case % _BLOCK]
            seen = batch.movies[int(batch.indptr[case]) : int(batch.indptr[case + 1])]
            firsts = [_best(own @ weights[case], seen, _POOL)]
            firsts += [_best(column, seen, _POOL // len(MEMBERS)) for column in own.T]
            pool = np.unique(np.concatenate(firsts))
            missing[case, : pool.size] = False
            said[case, : pool.size] = own[pool]
            worth[case, : pool.size] = np.where(np.isin(pool, target), value[pool], 0)
            best = np.sort(value[target])[::-1][:_RANKED]
            ideal[case] = best @ _DISCOUNTS[: best.size]
        return cls(_WHOLE if told is None else 1.0, lengths, said, missing, worth, ideal)

    def quality(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """How well weights rank what each person likes, from 0 to 1, shape (n_cases,)."""
        mixed = (self.said @ _at(table, self.lengths)[:, :, None])[:, :, 0]
        mixed[self.missing] = -np.inf
        n = min(_RANKED, mixed.shape[1])
        top = np.argpartition(-mixed, n - 1, axis=1)[:, :n]
        order = np.argsort(-np.take_along_axis(mixed, top, 1), axis=1, kind="stable")
        found = np.take_along_axis(self.worth, np.take_along_axis(top, order, 1), 1)
        return np.asarray(found @ _DISCOUNTS[:n] / self.ideal, dtype=np.float64)


def _improved(
    cases: Sequence[_Cases], start: NDArray[np.float64] = _WEIGHTS
) -> NDArray[np.float64]:
    """The table of weights, moved as long as people gain more than a standard error.

    A member's column is multiplied by a factor, and by another to the power of how long profiles
    are: two numbers a member, learned from people of all lengths together, are not led astray by
    chance as weights of each length are.
    """
    length = np.linspace(-1, 1, len(TOLD))[:, None]
    moves = np.zeros((2, len(MEMBERS)))  # logarithms of the two factors of each member

    def table() -> NDArray[np.float64]:
        return np.asarray(start * np.exp(moves[0] + length * moves[1]))

    def quality() -> list[NDArray[np.float64]]:
        weights = table()
        return [found.quality(weights) for found in cases]

    best = quality()
    for step in _STEPS:
        moved = bool(cases)
        while moved:
            moved = False
            # What all weights are multiplied by has no effect: the first member's stays.
            for kind, member in itertools.product(range(2), range(1, len(MEMBERS))):
                for change in (step, -step):
                    moves[kind, member] += change
                    now = quality()
                    gains = [
                        found.importance * (new - old)
                        for found, new, old in zip(cases, now, best, strict=True)
                    ]
                    error = np.sqrt(sum(gain.var() / gain.size for gain in gains))
                    if sum(gain.mean() for gain in gains) > error + 1e-9:
                        best, moved = now, True
                    else:
                        moves[kind, member] -= change
    return table()


_DISCOUNTS = 1 / np.log2(np.arange(2, _RANKED + 2))


def _best(scores: Float32Array, seen: Codes, many: int) -> NDArray[np.intp]:
    """The films with the largest scores, but for those that were told."""
    hidden = scores.copy()
    hidden[seen] = -np.inf
    many = min(many, hidden.size - seen.size)
    return np.argpartition(-hidden, max(many - 1, 0))[:many]
