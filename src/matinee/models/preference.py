"""What stars say of liking: the signed values that ranking models learn from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matinee.scale import RatingScale

__all__ = ["preferences"]


def preferences(
    stars: NDArray[np.float32], scale: RatingScale, dislike: float = 0.5
) -> NDArray[np.float32]:
    """Stars as values from ``-dislike`` (hated) to 1 (loved).

    People choose the films that they watch, so that even a middling rating says more for a film's
    kind than no rating at all: on the 1-to-5 scale, 3, 4 and 5 stars count as 0.6, 0.9 and 1.
    Two stars and fewer speak against it: 1 star counts ``-dislike``, 2 stars a fifth of that.
    Values between are interpolated, and other scales are stretched to this one.

    Parameters
    ----------
    stars : ndarray, dtype float32
        On ``scale``.
    scale : RatingScale
    dislike : float
        How much the lowest rating counts against, as compared with the highest counting for.
        0 takes no notice of low stars.

    Returns
    -------
    ndarray, same shape, dtype float32

    Examples
    --------
    >>> from matinee.scale import RatingScale
    >>> stars = np.array([1, 2, 3, 4, 5], dtype=np.float32)
    >>> preferences(stars, RatingScale(1.0, 5.0, 1.0)).tolist()
    [-0.5, -0.10000000149011612, 0.6000000238418579, 0.8999999761581421, 1.0]
    """
    if scale.maximum <= scale.minimum:  # a table of "likes": all stars are the same
        return np.ones_like(stars, dtype=np.float32)
    position = (stars - np.float32(scale.minimum)) / np.float32(scale.maximum - scale.minimum)
    knots = (-dislike, -dislike / 5, 0.6, 0.9, 1)
    values: NDArray[np.float32] = np.interp(position, (0, 0.25, 0.5, 0.75, 1), knots).astype(
        np.float32
    )
    return values
