"""What the path to an answer needs of a model."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.ratings import MovieStats
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.scale import RatingScale

__all__ = ["Promises", "Scorer"]


class Promises(NamedTuple):
    """What is promised of films to a person; each of shape (n_pairs,), dtype float32, or None.

    Attributes
    ----------
    stars : ndarray or None
        Expected stars on the data set's scale.
    low, high : ndarray or None
        Ends of the interval that holds the person's stars with 80 % probability.
    like : ndarray or None
        Probability (0 to 1) that the person will like the film.
    """

    stars: NDArray[np.float32] | None = None
    low: NDArray[np.float32] | None = None
    high: NDArray[np.float32] | None = None
    like: NDArray[np.float32] | None = None

    def of(self, place: int) -> dict[str, float | None]:
        """The promises for one pair, by name."""
        return {
            name: None if values is None else float(values[place])
            for name, values in self._asdict().items()
        }


class Scorer(Protocol):
    """A fitted model, as :mod:`matinee.recommend` sees it; every ``Recommender`` is one."""

    catalog: Catalog
    stats: MovieStats
    scale: RatingScale
    fit_top: float
    _tie_break: NDArray[np.int64]

    # What the class says of itself.
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def predicts_stars(self) -> bool: ...  # noqa: D102
    @property
    def explains(self) -> bool: ...  # noqa: D102
    @property
    def finds_similar(self) -> bool: ...  # noqa: D102
    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]: ...
    def _similarity(self, movies: Codes) -> NDArray[np.float32]: ...
    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts: ...
    def _promises(self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes) -> Promises: ...
