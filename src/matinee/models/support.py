"""Lists of models that predict stars, in the order of what they are sure of.

The films with the highest predicted stars are those that a handful of people happened to love. So a
list is ordered by a lower bound that knows a film's support: its stars, less two standard
deviations of what stars do (half of the scale's range) for a film that nobody rated, and less of it
with each rating: half as much at 20 ratings. The rule is the same for all models and data, and does
not touch the stars that are predicted.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts

__all__ = ["SupportRanked"]

_DOUBT = 0.5
"""What an unknown film loses, in ranges of the scale."""
_HALF = 20.0
"""Ratings at which it loses half of that."""


class SupportRanked(Recommender):
    """A model of stars whose lists are ordered by a lower bound.

    A family writes :meth:`_all_stars` in place of ``_score``, and, if it explains, ``_star_parts``
    in place of ``_contributions``.
    """

    @abstractmethod
    def _all_stars(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """Predicted stars of all films, unclipped, in a new array, (n_profiles, n_movies)."""

    def _star_parts(self, batch: ProfileBatch, movies: Codes) -> Parts:
        """The parts of the stars of some films for a batch of one profile."""
        return super()._contributions(batch, movies)

    def _doubt(self) -> NDArray[np.float32]:
        """What each film loses for want of ratings, shape (n_movies,)."""
        counts = self.stats.counts.astype(np.float32)
        most = np.float32(_DOUBT * (self.scale.maximum - self.scale.minimum))
        doubt: NDArray[np.float32] = most * np.float32(_HALF) / (counts + np.float32(_HALF))
        return doubt

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        scores = self._all_stars(batch)
        scores -= self._doubt()
        return scores

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        parts = self._star_parts(batch, movies)
        return replace(parts, bases=parts.bases - self._doubt()[movies])
