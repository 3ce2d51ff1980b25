"""The stars that people can give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIVE_STARS", "HUNDRED_POINTS", "TEN_POINTS", "RatingScale"]


@dataclass(frozen=True, slots=True)
class RatingScale:
    """The stars that people can give: from ``minimum`` to ``maximum`` in steps of ``step``.

    ``step`` is 0 where ratings are not on a grid.

    Examples
    --------
    >>> scale = RatingScale.of(np.array([0.5, 3.0, 5.0], dtype=np.float32))
    >>> scale
    RatingScale(minimum=0.5, maximum=5.0, step=0.5)
    >>> 6 in scale
    False
    >>> print(scale)
    0.5 to 5 in steps of 0.5
    """

    minimum: float
    maximum: float
    step: float = 0.0

    @classmethod
    def of(cls, stars: NDArray[np.float32]) -> RatingScale:
        """Read the scale from the data; an empty table has the scale 0.5 to 5."""
        if stars.size == 0:
            return cls(0.5, 5.0, 0.5)
        low, high = float(stars.min()), float(stars.max())
        step = 0.0
        for candidate in (1.0, 0.5, 0.25, 0.1):
            multiples = stars / np.float32(candidate)
            if bool(np.all(np.abs(multiples - np.rint(multiples)) < 1e-4)):
                step = candidate
                break
        return cls(round(low, 6), round(high, 6), step)

    def __contains__(self, stars: object) -> bool:
        if not isinstance(stars, int | float | np.floating | np.integer):
            return False
        return bool(self.holds(np.asarray(float(stars))))

    def holds(self, stars: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
        """Which of several values lie within the scale, same shape, dtype bool."""
        inside: NDArray[np.bool_] = stars >= self.minimum - 1e-6
        return inside & (stars <= self.maximum + 1e-6)

    def __str__(self) -> str:
        steps = f" in steps of {self.step:g}" if self.step else ""
        return f"{self.minimum:g} to {self.maximum:g}{steps}"

    def to_five(self, value: float) -> float:
        """A rating of this scale as stars from 0.5 to 5, in proportion to the highest rating.

        Half stars stay as they are, and of ten points each is half a star: nothing is rounded, and
        no two ratings become one.

        Examples
        --------
        >>> FIVE_STARS.to_five(3.5), TEN_POINTS.to_five(1), TEN_POINTS.to_five(9)
        (3.5, 0.5, 4.5)
        """
        if self.maximum == 5.0:
            return float(value)
        return min(max(value * 5.0 / self.maximum, 0.5), 5.0)

    def from_five(self, stars: float) -> float:
        """Stars out of five on this scale, in the same proportion.

        Examples
        --------
        >>> RatingScale(1.0, 10.0).from_five(3.5), RatingScale(1.0, 5.0).from_five(0.5)
        (7.0, 1.0)
        """
        value = stars if self.maximum == 5.0 else stars / 5.0 * self.maximum
        return min(max(value, self.minimum), self.maximum)

    @property
    def middle(self) -> float:
        """The star value half-way between the ends."""
        return (self.minimum + self.maximum) / 2


FIVE_STARS = RatingScale(0.5, 5.0, 0.5)
TEN_POINTS = RatingScale(1.0, 10.0, 1.0)
HUNDRED_POINTS = RatingScale(0.0, 100.0, 1.0)
