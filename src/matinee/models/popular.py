"""The films that everybody likes, watches, or watches now: the baseline that others must beat."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs, floats
from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.parameters import choice, real
from matinee.progress import Progress
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind

__all__ = ["Popular"]

_SECONDS_A_DAY = 86_400.0


class Popular(Recommender):
    """The same list for everybody, less what they have seen.

    Notes
    -----
    The damped mean is the posterior mean of a film's quality under a normal prior around the
    overall mean; see Ricci, Rokach, Shapira, "Recommender Systems Handbook" (2022), chapter 3.

    Examples
    --------
    >>> import matinee
    >>> model = Popular().fit(matinee.load("sample"))
    >>> model.recommend({}, n=2).titles
    ['The Shawshank Redemption', 'The Godfather']
    """

    name = "popular"
    summary = "damped mean, count or trend: the same for everybody, the baseline to beat"
    predicts_stars = True
    finds_similar = False
    explains = True

    by: str = choice(
        "mean",
        ("mean", "count", "trending"),
        doc=(
            "What counts: the damped mean of the stars; the number of ratings; or the number "
            "of ratings with each one fading, so that what is watched now comes first."
        ),
        search=("choice", "mean", "count", "trending"),
    )
    damping: float = real(
        25.0,
        doc=(
            "How many average ratings each film is given beforehand, so that one enthusiast "
            "does not make a best film."
        ),
        search=(1.0, 200.0, "log"),
    )
    half_life_days: float = real(
        365.0,
        open_low=True,
        doc=(
            "For ``trending``: after how many days a rating counts half. Time is taken from "
            "the newest rating in the data, not from the clock, so that the same data give "
            "the same list."
        ),
    )

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        self._means = ratings.movie_stats.damped_means(self.damping)
        if self.by == "mean":
            self._scores = self._means
        elif self.by == "count":
            self._scores = ratings.movie_stats.counts.astype(np.float32)
        else:
            age_days = (ratings.timestamps.max() - ratings.timestamps) / _SECONDS_A_DAY
            weights = np.exp2(-age_days / self.half_life_days)
            trend = np.bincount(ratings.movies, weights=weights, minlength=ratings.n_movies)
            self._scores = trend.astype(np.float32)

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        return 24 * len(ratings) + 32 * len(catalog)

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        return np.repeat(self._scores[None, :], len(batch), axis=0)

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        return self._means[movies]

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        features = [[self._standing(movie)] for movie in movies.tolist()]
        return Parts.listed(np.zeros(len(movies)), features)

    def _standing(self, movie: int) -> tuple[ReasonKind, str, float]:
        count, mean = int(self.stats.counts[movie]), float(self.stats.means[movie])
        people = "1 person" if count == 1 else f"{count:,} people"
        text = f"{people} gave it {mean:.1f} stars on average" if count else "nobody rated it yet"
        return "popularity", text, float(self._scores[movie])

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"scores": self._scores, "means": self._means}

    def _array_specs(self, stored: Collection[str]) -> Specs:
        return {"scores": floats("movies"), "means": floats("movies")}

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._scores = arrays["scores"]
        self._means = arrays["means"]
