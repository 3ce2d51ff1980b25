"""The stars that people can give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RatingScale"]


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

    @property
    def middle(self) -> float:
        """The star value half-way between the ends."""
        return (self.minimum + self.maximum) / 2
