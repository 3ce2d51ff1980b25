"""Everybody: what a data set's people, or those a model learned from, give to each film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.ids import Codes
from matinee.profile import Profile
from matinee.ratings import Ratings
from matinee.scale import RatingScale

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["DAMPING", "Crowd"]

DAMPING = 5.0
"""Ratings at the mean of all films that a film is given beforehand, as in the model `bias`."""
_MOST_LEVELS = 20


@dataclass(frozen=True, eq=False)
class Crowd:
    """What everybody gives.

    Parameters
    ----------
    name : str
        Of the data set.
    catalog : Catalog
    counts : ndarray, shape (n_movies,), dtype int32
        Ratings of each film.
    means : ndarray, shape (n_movies,), dtype float32
        Mean stars of each film; 0 without ratings.
    scale : RatingScale
    ratings : Ratings, optional
        The ratings themselves, from a data set.
    model : Recommender, optional
        The model that stands for its training data.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 2, 2], [7, 7, 8], [5.0, 3.0, 2.0])
    >>> crowd = Crowd.of(Dataset.of(ratings, name="two people"))
    >>> crowd.means.tolist(), round(crowd.mean, 2)
    ([4.0, 2.0], 3.33)
    """

    name: str
    catalog: Catalog
    counts: NDArray[np.int32]
    means: NDArray[np.float32]
    scale: RatingScale
    ratings: Ratings | None = None
    model: Recommender | None = None

    @classmethod
    def of(cls, source: Dataset | Recommender) -> Crowd:
        """The people of a data set, or those that a fitted model learned from.

        Raises
        ------
        NotFittedError
        """
        if isinstance(source, Dataset):
            ratings, stats = source.ratings, source.ratings.movie_stats
            return cls(
                source.name, source.catalog, stats.counts, stats.means, ratings.scale, ratings
            )
        source._need_fit()
        stats, name = source.stats, str(source.trained_on["dataset"])
        return cls(name, source.catalog, stats.counts, stats.means, source.scale, model=source)

    @property
    def mean(self) -> float:
        """Mean of all stars; the middle of the scale without ratings."""
        n = int(self.counts.sum(dtype=np.int64))
        if not n:
            return self.scale.middle
        return float(np.dot(self.counts.astype(np.float64), self.means) / n)

    @property
    def scale_width(self) -> float:
        """Stars between the ends of the scale."""
        return self.scale.maximum - self.scale.minimum

    def share_of(self, films: NDArray[np.bool_]) -> float:
        """Share of all ratings that went to some films."""
        n = int(self.counts.sum(dtype=np.int64))
        return int(self.counts[films].sum(dtype=np.int64)) / n if n else 0.0

    def without(
        self, person: Profile, codes: Codes, stars: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Number and mean of the ratings that all others gave to a person's films.

        Parameters
        ----------
        person : Profile
            If it stands for somebody of the crowd, their ratings are taken out.
        codes : ndarray, shape (n_films,), dtype int32
        stars : ndarray, shape (n_films,), dtype float64
            What the person gives to them.

        Returns
        -------
        ndarray, shape (n_films,), dtype int64
        ndarray, shape (n_films,), dtype float64
            The mean of all films where nobody else rated one.
        """
        counts = self.counts[codes].astype(np.int64)
        sums = counts * self.means[codes].astype(np.float64)
        own, given = self._own(person, codes, stars)
        counts, sums = counts - own, sums - np.where(own, given, 0.0)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), self.mean)
        return counts, np.clip(means, self.scale.minimum, self.scale.maximum)

    def _own(
        self, person: Profile, codes: Codes, stars: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which of the films the crowd holds a rating of the person for, and its stars."""
        nothing = np.zeros(codes.size, dtype=np.bool_)
        if person.user_id is None:
            return nothing, stars
        if self.ratings is not None:
            user = self.ratings.user_ids.code_of(person.user_id)
            if user < 0:
                return nothing, stars
            rows = slice(int(self.ratings.indptr[user]), int(self.ratings.indptr[user + 1]))
            rated = self.ratings.movies[rows]
            if not rated.size:
                return nothing, stars
            place = np.minimum(np.searchsorted(rated, codes), rated.size - 1)
            return rated[place] == codes, self.ratings.stars[rows][place].astype(np.float64)
        if self.model is not None and int(self.model._batch([person]).users[0]) >= 0:
            return ~nothing, stars
        return nothing, stars

    def expected(
        self, counts: NDArray[np.int64], means: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What everybody gives: a film's mean, drawn to the mean of all while ratings are few."""
        return np.asarray((counts * means + DAMPING * self.mean) / (counts + DAMPING))

    def levels(self, stars: NDArray[np.float64]) -> tuple[tuple[float, float, float | None], ...]:
        """Each level of stars, its share of some stars, and its share of everybody's if known."""
        scale = self.scale
        if not scale.step or self.scale_width <= 0:
            return ()
        n = round(self.scale_width / scale.step) + 1
        if n > _MOST_LEVELS:
            return ()

        def shares(values: NDArray[np.floating]) -> NDArray[np.float64]:
            places = np.rint((values - scale.minimum) / scale.step).astype(np.int64)
            found = np.bincount(np.clip(places, 0, n - 1), minlength=n)
            return np.asarray(found / max(values.size, 1))

        mine = shares(stars)
        theirs = None if self.ratings is None else shares(self.ratings.stars)
        return tuple(
            (
                round(scale.minimum + place * scale.step, 6),
                float(mine[place]),
                None if theirs is None else float(theirs[place]),
            )
            for place in range(n)
        )
