"""A person's track record: what was promised of each film before they rated it, and what came."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import EvaluationError, NotSupportedError
from matinee.evaluation.protocols import liked_from
from matinee.evaluation.ranking import joined
from matinee.evaluation.significance import wilson
from matinee.ids import Id
from matinee.profile import Profile

if TYPE_CHECKING:
    import polars as pl

    from matinee.models.base import Recommender

__all__ = ["Share", "TrackRecord", "track_record"]

_BLOCK = 64  # profiles that are answered together
_RESAMPLES = 2000
_FEW = 20


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's 95 % interval of the probability behind it.

    Examples
    --------
    >>> print(Share(7, 10))
    7 of 10 (70 %, 40 to 89 %)
    """

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; NaN of none."""
        return self.hits / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Where the probability lies with 95 % confidence."""
        return wilson(self.hits, self.of)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"hits": self.hits, "of": self.of, "interval": list(self.interval)}

    def __str__(self) -> str:
        low, high = self.interval
        ends = f"{100 * low:.0f} to {100 * high:.0f} %"
        return f"{self.hits} of {self.of} ({100 * self.value:.0f} %, {ends})"


@dataclass(frozen=True, eq=False, repr=False)
class TrackRecord:
    """What was promised of films, in the order in which a person rated them.

    Attributes
    ----------
    movie_ids : list of movie ids
    timestamps : ndarray, shape (n,), dtype int64
        Unix seconds.
    given, promised : ndarray, shape (n,)
        The person's stars, and those predicted from the ratings before.
    low, high, like : ndarray, shape (n,), or None
        The promised interval (80 %) and probability to like; None where the model knows neither.
    everybody : ndarray, shape (n,)
        The film's damped mean in the training data.
    ratings : ndarray, shape (n,)
        Its number of ratings there.
    good : float
        The least stars of a film that the person likes.
    """

    movie_ids: list[Id]
    timestamps: NDArray[np.int64]
    given: NDArray[Any]
    promised: NDArray[Any]
    low: NDArray[Any] | None
    high: NDArray[Any] | None
    like: NDArray[Any] | None
    everybody: NDArray[Any]
    ratings: NDArray[Any]
    good: float

    def __len__(self) -> int:
        return len(self.movie_ids)

    @cached_property
    def kept(self) -> Share:
        """Of the films promised ``good`` stars or more, those that got them."""
        return self._liked(np.flatnonzero(self.promised >= self.good))

    @cached_property
    def kept_by_mean(self) -> Share:
        """The same for as many films with the highest means among everybody."""
        return self._liked(np.argsort(-self.everybody, kind="stable")[: self.kept.of])

    @cached_property
    def kept_by_most_rated(self) -> Share:
        """The same for as many films with the most ratings."""
        return self._liked(np.argsort(-self.ratings, kind="stable")[: self.kept.of])

    @cached_property
    def within(self) -> Share | None:
        """Stars that lay within the promised interval; None where none was promised."""
        if self.low is None or self.high is None:
            return None
        inside = (self.given >= self.low - 1e-6) & (self.given <= self.high + 1e-6)
        return Share(int(inside.sum()), len(self))

    @cached_property
    def error(self) -> tuple[float, float, float]:
        """Mean absolute error of the promised stars, with its 95 % bootstrap interval."""
        return _mean_with_interval(np.abs(self.promised - self.given))

    @cached_property
    def nearer(self) -> tuple[float, float, float]:
        """How much nearer the promise was than everybody's mean, in stars, with its interval."""
        gain = np.abs(self.everybody - self.given) - np.abs(self.promised - self.given)
        return _mean_with_interval(gain)

    def _liked(self, rows: NDArray[np.intp]) -> Share:
        return Share(int((self.given[rows] >= self.good).sum()), len(rows))

    def to_polars(self) -> pl.DataFrame:
        """A frame with a row a rating, in order of time."""
        import polars as pl

        names = ("movie_ids", "timestamps", "given", "promised", "low", "high", "like")
        columns = {name: getattr(self, name) for name in (*names, "everybody", "ratings")}
        return pl.DataFrame({k.replace("_ids", "_id"): v for k, v in columns.items()})

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain values, for JSON."""
        return {
            "ratings": len(self),
            "good": self.good,
            "kept": self.kept.to_dict(),
            "kept_by_mean": self.kept_by_mean.to_dict(),
            "kept_by_most_rated": self.kept_by_most_rated.to_dict(),
            "within": None if self.within is None else self.within.to_dict(),
            "error": list(self.error),
            "nearer_than_everybody": list(self.nearer),
        }

    def __str__(self) -> str:
        first, last = (
            dt.datetime.fromtimestamp(int(when), dt.UTC).date() for when in self.timestamps[[0, -1]]
        )
        lines = [
            f"{len(self)} ratings, {first} to {last}, each predicted from those before it.",
        ]
        if self.kept.of:
            lines += [
                f"Promised {self.good:g} stars or more, and got them: {self.kept}.",
                f"The {self.kept.of} films with the highest means: {self.kept_by_mean}.",
                f"The {self.kept.of} most-rated films: {self.kept_by_most_rated}.",
            ]
        else:
            lines.append(f"No film was promised {self.good:g} stars or more.")
        gain, low, high = self.nearer
        lines.append(
            "Promised stars were off by {:.2f} on average ({:.2f} to {:.2f}); ".format(*self.error)
            + f"everybody's mean by {gain:+.2f} more ({low:+.2f} to {high:+.2f})."
        )
        if self.within is not None:
            lines.append(f"Within the promised interval, meant to hold 80 %: {self.within}.")
        if len(self) < _FEW:
            lines.append("So few ratings say little: see how wide the ranges are.")
        return "\n".join(lines)

    __repr__ = __str__


def track_record(model: Recommender, profile: Profile) -> TrackRecord:
    """Predict each rating of a person from those before it.

    Ratings of the same second cannot be put in an order; each is predicted from those of earlier
    seconds. The first ones, with none before, are left out, as are ratings without a time and
    films that the model does not know.

    Parameters
    ----------
    model : Recommender
        Fitted, and able to predict stars. If it was trained on the person's own ratings, it has
        seen what it predicts, and the record flatters it.
    profile : Profile
        With ``timestamps``.

    Returns
    -------
    TrackRecord

    Raises
    ------
    NotSupportedError
        If the model predicts no stars.
    EvaluationError
        If no rating has an earlier one.

    Examples
    --------
    >>> import matinee
    >>> from matinee.datasets.splits import strong_generalization
    >>> split = strong_generalization(matinee.load("sample"), min_stars=None)
    >>> model = matinee.create_model("bias").fit(split.train)
    >>> person = split.fold_in.profile(split.fold_in.user_ids.id_of(3))
    >>> record = track_record(model, person)
    >>> record.kept.of <= len(record) < len(person)
    True
    """
    if not model.predicts_stars:
        raise NotSupportedError(
            f"{model.name} predicts no stars, so it has no track record: use a model that does"
        )
    known = profile.known_to(model.catalog)
    timed = sorted(
        (known.timestamps[film], film, stars)
        for film, stars in known.ratings.items()
        if known.timestamps.get(film, 0) > 0
    )
    times = np.array([when for when, _, _ in timed], dtype=np.int64)
    before = np.searchsorted(times, times, side="left")
    asked = np.flatnonzero(before > 0)
    if not asked.size:
        raise EvaluationError(
            "a track record needs at least two ratings of different times, and of films that the "
            f"model knows; this profile has {len(timed)} with a time"
        )
    codes = model.catalog.codes_of([film for _, film, _ in timed])
    parts = []
    moments = np.unique(before[asked])
    for start in range(0, moments.size, _BLOCK):
        block = moments[start : start + _BLOCK]
        batch = model._batch([Profile({f: s for _, f, s in timed[:n]}) for n in block.tolist()])
        rows = asked[(before[asked] >= block[0]) & (before[asked] <= block[-1])]
        owner = np.searchsorted(block, before[rows])
        parts.append(model._promises(batch, owner, codes[rows]))
    promised = joined(parts)
    assert promised.stars is not None
    films = codes[asked]
    return TrackRecord(
        movie_ids=[timed[row][1] for row in asked.tolist()],
        timestamps=times[asked],
        given=np.array([timed[row][2] for row in asked.tolist()], dtype=np.float32),
        promised=promised.stars,
        low=promised.low,
        high=promised.high,
        like=promised.like,
        everybody=model.stats.damped_means()[films],
        ratings=model.stats.counts[films],
        good=liked_from(model.scale),
    )


def _mean_with_interval(values: NDArray[Any]) -> tuple[float, float, float]:
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, values.size, (_RESAMPLES, values.size))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
