"""Why: the parts of a score, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes
from matinee.models.batch import ProfileBatch
from matinee.results import Reason, ReasonKind

__all__ = ["Contributions", "strongest_reasons"]


@dataclass(frozen=True)
class Contributions:
    """What a score is made of: ``base + sum(weights) + sum of features' weights == score``.

    Parameters
    ----------
    base : float
        The part that does not depend on the person's films.
    movies : ndarray, shape (n,), dtype int32
        The person's own films.
    weights : ndarray, shape (n,), dtype float
        What each of them adds to the score.
    features : sequence of (kind, name, weight)
        Other parts: shared genres and tags, similar people.
    """

    base: float = 0.0
    movies: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    weights: NDArray[np.floating[Any]] = field(default_factory=lambda: np.empty(0))
    features: Sequence[tuple[ReasonKind, str, float]] = ()

    @property
    def total(self) -> float:
        """The score that the parts add up to."""
        return self.base + float(np.sum(self.weights)) + sum(part[2] for part in self.features)


def strongest_reasons(
    parts: Contributions, one: ProfileBatch, catalog: Catalog, most: int
) -> tuple[Reason, ...]:
    """The largest parts of a score in words, for a batch of one profile.

    Returns
    -------
    tuple of Reason
        At most ``most``, strongest first, whether they speak for the film or against it.
    """
    weights = [*np.asarray(parts.weights).tolist(), *(weight for *_, weight in parts.features)]
    sizes = sorted(map(abs, weights), reverse=True)
    # Only what can be among the strongest is put into words.
    least = sizes[most - 1] if most <= len(sizes) else 0.0
    reasons, stars = [], one.stars_by_movie
    for code, weight in zip(parts.movies.tolist(), weights, strict=False):
        if weight != 0 and abs(weight) >= least:
            film = catalog.movie(code, tags=0)
            text = f"you gave {film.title} {stars[code]:g}"
            reasons.append(Reason("movie", text, weight, film.movie_id))
    reasons += [
        Reason(kind, name, float(weight))
        for kind, name, weight in parts.features
        if abs(weight) >= least
    ]
    reasons.sort(key=lambda reason: (-abs(reason.contribution), reason.text))
    return tuple(reasons[:most])
