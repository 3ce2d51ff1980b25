"""How sure predicted stars are: an interval and a probability of liking, learned from mistakes.

People of the training are held out whole. A trial of the same model learns from the others, is told
some of their ratings, few or many, and predicts the rest. How wrong it is grows as it knows less of
the person and of the film, and differs with the person and the place on the scale: that is learned,
as a variance (a generalised linear model), with the shape of the errors as it is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.ids import Codes
from matinee.progress import Progress, report
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.scorer import Promises
from matinee.scale import RatingScale

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["INTERVAL", "Spread", "good_from", "good_stars", "learn_spread"]

Float64Array = NDArray[np.float64]

INTERVAL = 0.8
"""Probability that the stars lie between ``low`` and ``high``."""

_TRIAL_RATINGS = 1_000_000  # a trial learns from at most so many
_HELD_SHARE, _HELD_LEAST, _HELD_MOST = 0.2, 60, 1000  # people who are held out
_FEWEST = 20  # with fewer people to hold out there is nothing to learn a spread from
_TURNS = 6  # how often each of them tells some ratings
_TOLD_NOTHING = 0.2  # in so many of these turns, none at all
_ASKED = 40  # and how many films are asked for each time
_DAMPING = 5.0  # a person's mean and deviation begin with so many ratings of everybody's


def good_from(scale: RatingScale) -> float:
    """The least stars in the upper quarter of a scale, on its grid: a good film for anybody.

    Examples
    --------
    >>> good_from(RatingScale(0.5, 5.0, 0.5)), good_from(RatingScale(1, 5, 1))
    (4.0, 4.0)
    """
    bound = scale.minimum + 0.75 * (scale.maximum - scale.minimum)
    if scale.step:
        bound = float(np.ceil(bound / scale.step - 1e-6)) * scale.step
    return round(bound, 6)


@dataclass(frozen=True)
class Spread:
    """What was learned of a model's errors.

    Parameters
    ----------
    centre, deviation : float
        Mean and standard deviation of all stars.
    weights : ndarray, shape (n_features,), dtype float64
        Of the logarithm of an error's variance, in squared deviations; see :meth:`features`.
    ends : ndarray, shape (2, n_ends), dtype float64
        Weights of the ends of the interval, in standard deviations from the stars.
    liking : ndarray, shape (2,), dtype float64
        From standard deviations above a good film's stars to the log-odds of liking.
    """

    centre: float
    deviation: float
    weights: Float64Array
    ends: Float64Array
    liking: Float64Array

    def promises(
        self, model: Recommender, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> Promises:
        """Stars of pairs, with the interval and the probability of liking."""
        stars, own = _told(model, batch, rows, movies)
        person = _Person.of(batch, self.centre, self.deviation)
        counts = model.stats.counts[movies]
        scale = model.scale
        deviation = self.deviation * np.exp(
            0.5 * (_features(person, rows, counts, stars, own, scale, self) @ self.weights)
        )
        places = _evidence(person.counts[rows], counts) @ self.ends.T
        low, high = np.clip(stars + deviation * places.T, *_ends(scale))
        margin = (stars - _good(person, scale)[rows]) / deviation
        like = 1 / (1 + np.exp(-(self.liking[0] + self.liking[1] * margin)))
        return Promises(*(np.asarray(x, np.float32) for x in (stars, low, high, like)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What to store with a model; see :meth:`from_arrays`."""
        return {
            "units": np.asarray([self.centre, self.deviation]),
            "weights": self.weights,
            "ends": self.ends,
            "liking": self.liking,
        }

    @staticmethod
    def specs(model: Recommender) -> Specs:
        """What the arrays of :meth:`arrays` have to be for a model."""
        own = model._star_source().knows_spread
        return {
            "units": floats(2, bits=64, check=_bad_units),
            "weights": floats(_N_FEATURES + own, low=-100, high=100, bits=64),
            "ends": floats(2, _N_EVIDENCE, bits=64),
            "liking": floats(2, bits=64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Spread:
        """The spread of :meth:`arrays`."""
        centre, deviation = (float(x) for x in arrays["units"])
        names = ("weights", "ends", "liking")
        return cls(centre, deviation, *(np.asarray(arrays[name]) for name in names))


@dataclass(frozen=True)
class _Person:
    """Damped mean, damped deviation and number of ratings of each profile."""

    means: Float64Array
    deviations: Float64Array
    counts: NDArray[Any]

    @classmethod
    def of(cls, batch: ProfileBatch, centre: float, deviation: float) -> _Person:
        n = batch.lengths
        sums = np.bincount(batch.row_of_entry, batch.stars - centre, minlength=len(batch))
        means = centre + sums / (n + _DAMPING)
        away = np.square(batch.stars - means[batch.row_of_entry])
        squares = np.bincount(batch.row_of_entry, away, minlength=len(batch))
        variance = (squares + _DAMPING * deviation**2) / (n + _DAMPING)
        return cls(means, np.sqrt(variance), n)


def good_stars(batch: ProfileBatch, spread: Spread, scale: RatingScale) -> Float64Array:
    """Each person's own idea of a good film: at least their mean, and what is good for anybody.

    Half a step below the least stars that they can give to such a film, since what is predicted has
    no grid.

    Parameters
    ----------
    batch : ProfileBatch
    spread : Spread
        Knows the mean of all stars, from which a person's mean begins.
    scale : RatingScale

    Returns
    -------
    ndarray, shape (n_profiles,), dtype float64
    """
    return _good(_Person.of(batch, spread.centre, spread.deviation), scale)


def _good(person: _Person, scale: RatingScale) -> Float64Array:
    good = np.maximum(person.means, good_from(scale))
    if scale.step:
        good = np.minimum(np.ceil(good / scale.step - 1e-6) * scale.step, scale.maximum)
    threshold: Float64Array = good - scale.step / 2
    return threshold


def _ends(scale: RatingScale) -> tuple[float, float]:
    return scale.minimum, scale.maximum


def _told(
    model: Recommender, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
) -> tuple[Float64Array, Float64Array | None]:
    """Predicted stars, and the model's own idea of their deviation if it has one."""
    own = model._spread(batch, rows, movies)
    if own is None:
        return model._stars(batch, rows, movies).astype(np.float64), None
    return np.clip(own[0].astype(np.float64), *_ends(model.scale)), own[1].astype(np.float64)


def _features(
    person: _Person,
    rows: NDArray[np.intp],
    movie_counts: NDArray[Any],
    stars: Float64Array,
    own: Float64Array | None,
    scale: RatingScale,
    units: Any,
) -> Float64Array:
    """What an error's variance depends on, shape (n_pairs, n_features)."""
    place = (stars - scale.minimum) / max(scale.maximum - scale.minimum, 1e-9) - 0.5
    columns = [
        np.ones(len(rows)),
        1 / np.sqrt(1 + person.counts[rows]),
        1 / np.sqrt(1 + movie_counts),
        np.log(person.deviations[rows] / units.deviation),
        place,
        place**2,
    ]
    if own is not None:
        columns.append(np.log(own / units.deviation))
    return np.column_stack(columns)


def _evidence(person_counts: NDArray[Any], movie_counts: NDArray[Any]) -> Float64Array:
    """What the ends of the interval depend on beyond the variance, shape (n_pairs, n_ends)."""
    few, rare = 1 / np.sqrt(1 + person_counts), 1 / np.sqrt(1 + movie_counts)
    nobody = (person_counts == 0).astype(np.float64)
    several = (np.log1p(person_counts), np.log1p(movie_counts))
    return np.column_stack((np.ones_like(few), nobody, few, rare, few * rare, *several))


_EVIDENCE = (1, 2)  # the columns of the two counts: errors never grow with them


_N_FEATURES, _N_EVIDENCE = 6, 7  # columns of the two above, without the model's own deviation


def _bad_units(units: Float64Array) -> str | None:
    return None if units[1] > 0 else "has a deviation that is not positive"


def learn_spread(
    model: Recommender, ratings: Ratings, catalog: Catalog, progress: Progress | None = None
) -> Spread | None:
    """Learn a model's spread from a trial of it; None where there are too few people.

    Parameters
    ----------
    model : Recommender
        Only its class and hyper-parameters count.
    ratings : Ratings
    catalog : Catalog
    progress : callable, optional

    Returns
    -------
    Spread or None
    """
    rng = np.random.default_rng(0)
    able = rng.permutation(np.flatnonzero(ratings.user_counts >= 3))
    held = able[: min(max(int(_HELD_SHARE * len(able)), _HELD_LEAST), _HELD_MOST, len(able) // 3)]
    deviation = float(np.std(ratings.stars, dtype=np.float64))
    if len(held) < _FEWEST or deviation <= 0:
        return None
    chosen = np.ones(ratings.n_users, dtype=np.bool_)
    if len(ratings) > _TRIAL_RATINGS:
        chosen = rng.random(ratings.n_users) < _TRIAL_RATINGS / len(ratings)
    chosen[held] = False
    report(progress, "spread", 0, 1)
    trial = type(model)(**model.params)
    learned = ratings.take(chosen[ratings.users])
    trial.catalog, trial.stats, trial.scale = catalog, learned.movie_stats, ratings.scale
    trial.history, trial.user_ids, trial.user_digests = [], None, None
    try:
        trial._fit(learned, catalog, None)
    except ParameterError:  # too many factors for so few people, say
        return None
    trial._prepare()
    asked = _ask(ratings, np.sort(held), rng)
    batch = ProfileBatch(
        asked.indptr,
        asked.movies,
        asked.stars,
        np.zeros(len(asked.movies), np.int64),
        ratings.n_movies,
        np.full(len(asked.indptr) - 1, -1, np.int32),
    )
    found = _fit_spread(trial, batch, asked, ratings.mean, deviation)
    report(progress, "spread", 1, 1)
    return found


@dataclass(frozen=True)
class _Asked:
    """Profiles with part of a person's ratings, and pairs that are left to predict."""

    indptr: NDArray[np.int64]
    movies: Codes
    stars: NDArray[np.float32]
    rows: NDArray[np.intp]
    wanted: Codes
    given: NDArray[np.float32]


def _ask(ratings: Ratings, people: NDArray[Any], rng: np.random.Generator) -> _Asked:
    lengths, told, rows, left = [0], [], [], []
    for turn in range(_TURNS):
        for place, user in enumerate(people.tolist()):
            own = np.arange(ratings.indptr[user], ratings.indptr[user + 1])
            # Nothing, or up to most of them, each size of a profile as likely as its double.
            most = max(int(0.8 * len(own)), 1)
            number = int(np.exp(rng.uniform(0, np.log(most + 1))))
            if rng.random() < _TOLD_NOTHING:
                number = 0
            mixed = rng.permutation(own)
            told.append(np.sort(mixed[:number]))
            lengths.append(number)
            asked = mixed[number : number + _ASKED]
            left.append(asked)
            rows.append(np.full(len(asked), turn * len(people) + place))
    entries, pairs = np.concatenate(told), np.concatenate(left)
    return _Asked(
        np.cumsum(lengths).astype(np.int64),
        ratings.movies[entries],
        ratings.stars[entries],
        np.concatenate(rows).astype(np.intp),
        ratings.movies[pairs],
        ratings.stars[pairs],
    )


def _fit_spread(
    trial: Recommender, batch: ProfileBatch, asked: _Asked, centre: float, deviation: float
) -> Spread:
    nothing = np.zeros(0)
    units = Spread(centre, deviation, nothing, nothing, nothing)
    stars, own = _told(trial, batch, asked.rows, asked.wanted)
    person = _Person.of(batch, centre, deviation)
    counts = trial.stats.counts[asked.wanted]
    features = _features(person, asked.rows, counts, stars, own, trial.scale, units)
    error = (asked.given - stars) / deviation
    weights = _variance_weights(features, np.square(error))
    standard = error / np.exp(0.5 * (features @ weights))
    evidence = _evidence(person.counts[asked.rows], counts)
    tail = (1 - INTERVAL) / 2
    ends = np.stack([_quantile_weights(evidence, standard, share) for share in (tail, 1 - tail)])
    threshold = _good(person, trial.scale)[asked.rows]
    margin = (stars - threshold) / (deviation * np.exp(0.5 * (features @ weights)))
    liking = _log_odds(margin, asked.given >= threshold)
    return Spread(centre, deviation, weights, ends, liking)


def _variance_weights(features: Float64Array, squares: Float64Array) -> Float64Array:
    """Weights of a Gamma regression with a logarithmic link; evidence never widens."""
    used = np.arange(features.shape[1])
    while True:
        x = features[:, used]
        weights = np.zeros(len(used))
        weights[0] = np.log(max(squares.mean(), 1e-12))
        ridge = 1e-3 * np.eye(len(used))
        for _ in range(25):
            step = np.linalg.solve(
                x.T @ x / len(x) + ridge / len(x),
                x.T @ (squares / np.exp(np.clip(x @ weights, -30, 30)) - 1) / len(x),
            )
            weights += np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-5:
                break
        wrong = [c for c in _EVIDENCE if (weights[used == c] < 0).any()]
        if not wrong:
            whole = np.zeros(features.shape[1])
            whole[used] = weights
            return whole
        used = np.setdiff1d(used, wrong[:1])


def _quantile_weights(x: Float64Array, values: Float64Array, share: float) -> Float64Array:
    """Weights of a quantile regression, by least squares with weights that follow the errors."""
    weights: NDArray[Any] = np.zeros(x.shape[1])
    weights[0] = np.quantile(values, share)
    for _ in range(40):
        error = values - x @ weights
        pull = np.where(error >= 0, share, 1 - share) / np.maximum(np.abs(error), 0.05)
        system = (x * pull[:, None]).T @ x + 1e-6 * len(x) * np.eye(x.shape[1])
        before, weights = weights, np.linalg.solve(system, (x * pull[:, None]).T @ values)
        if np.abs(weights - before).max() < 1e-3:
            break
    # The smoothing at zero moves a quantile a little: put the constant right.
    weights[0] += np.quantile(values - x @ weights, share)
    return weights


def _log_odds(margin: Float64Array, liked: NDArray[np.bool_]) -> NDArray[Any]:
    """Intercept and slope of a logistic regression."""
    x = np.column_stack([np.ones_like(margin), margin])
    weights: NDArray[Any] = np.array([0.0, 1.7])
    for _ in range(25):
        share = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        curvature = (x * (share * (1 - share))[:, None]).T @ x + 1e-3 * np.eye(2)
        step = np.linalg.solve(curvature, x.T @ (liked - share) - 1e-3 * weights)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights
