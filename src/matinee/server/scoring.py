"""The scores of people, from the one path to an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.profile import Profile
from matinee.recommend.answer import Scored
from matinee.recommend.answer import score as score_batch
from matinee.recommend.ranking import top_codes

__all__ = ["Scored", "most_similar", "score", "score_many", "stars_of"]


def score(model: Recommender, profile: Profile) -> Scored:
    """The scores of one person."""
    return score_many(model, [profile])[0]


def score_many(model: Recommender, profiles: Sequence[Profile]) -> list[Scored]:
    """The scores of several people, in one go."""
    return list(score_batch(model, model._batch(profiles)))


def stars_of(several: Sequence[Scored], films: Sequence[Codes]) -> list[list[float | None]]:
    """Predicted stars of several people, each for films of their own."""
    found: list[list[float | None]] = []
    for one, codes in zip(several, films, strict=True):
        stars = one.promises(codes).stars
        found.append([None] * len(codes) if stars is None else list(stars.tolist()))
    return found


def most_similar(
    model: Recommender, codes: Codes, numbers: Sequence[int]
) -> list[tuple[Codes, list[float]]]:
    """The films most similar to each of some, so many for each, and how similar they are."""
    found = []
    for row, (own, n) in enumerate(zip(model._similarities(codes), numbers, strict=True)):
        hidden = own.copy()
        hidden[codes[row]] = -np.inf
        best = top_codes(hidden, n, model._tie_break)
        found.append((best, own.take(best).tolist()))
    return found
