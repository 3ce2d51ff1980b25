"""Why: the parts of a score, and the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.ids import Codes, Id
from matinee.models.batch import ProfileBatch
from matinee.results import Reason, ReasonKind

__all__ = ["Contributions", "Part", "strongest_parts", "strongest_reasons"]

_BY_SIZE = itemgetter(0, 1)

Part: TypeAlias = tuple[float, str, ReasonKind, float, Id | None]
"""Minus the size, text, kind, weight and movie id of a part of a score."""


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
    return tuple(
        Reason(kind, text, weight, movie_id)
        for _, text, kind, weight, movie_id in strongest_parts(parts, one, catalog, most)
    )


def strongest_parts(
    parts: Contributions, one: ProfileBatch, catalog: Catalog, most: int
) -> list[Part]:
    """What :func:`strongest_reasons` is made of."""
    weights = parts.weights.tolist()
    sizes = sorted(map(abs, [*weights, *(part[2] for part in parts.features)]), reverse=True)
    # Only what can be among the strongest is put into words.
    least = sizes[most - 1] if most <= len(sizes) else 0.0
    found: list[Part] = []
    for code, weight in zip(parts.movies.tolist(), weights, strict=False):
        if weight != 0 and (weight >= least or -weight >= least):
            text, movie_id = _said(one, catalog, code)
            found.append((-abs(weight), text, "movie", weight, movie_id))
    for kind, text, part in parts.features:
        if part >= least or -part >= least:
            weight = float(part)
            found.append((-abs(weight), text, kind, weight, None))
    found.sort(key=_BY_SIZE)
    return found[:most]


def _said(one: ProfileBatch, catalog: Catalog, code: int) -> tuple[str, Id]:
    """What a person said of a film, in words."""
    said = one.words.get(code)
    if said is None:
        film = catalog.movie(code, tags=0)
        said = f"you gave {film.title} {one.stars_by_movie[code]:g}", film.movie_id
        one.words[code] = said
    return said
