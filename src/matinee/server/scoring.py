"""A person's scores for all films: what every list, dial and question begins with.

The rooms of the library meet here: this file alone looks behind the public methods of a model, for
dials that move scores before the best films are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from matinee.filters import Filter
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.profile import Profile
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.ranking import top_codes
from matinee.recommend.reasons import Part, Parts, strongest_parts

__all__ = ["Scored", "most_similar", "score", "score_many", "similarity", "stars_of"]


@dataclass(eq=False)
class Scored:
    """The scores of a model for one person.

    Parameters
    ----------
    model : Recommender
    people : ProfileBatch
        The person, and those who were scored in the same go.
    row : int
        Which of them.
    scores : ndarray, shape (n_movies,), dtype float32
        ``-inf`` for films that the model never returns.
    """

    model: Recommender
    people: ProfileBatch
    row: int
    scores: NDArray[np.float32]

    @cached_property
    def batch(self) -> ProfileBatch:
        """The person alone."""
        return self.people.rows(self.row, self.row + 1)

    @cached_property
    def open(self) -> NDArray[np.float32]:
        """Scores with ``-inf`` for all that the person knows; a new array."""
        return self.model._hide(self.scores, self.people, self.row, None)

    def within(self, where: Filter) -> NDArray[np.float32]:
        """:attr:`open`, with ``-inf`` also for what does not pass a filter; not to be changed.

        Raises
        ------
        ParameterError
            If the filter names a genre that is not there.
        """
        allowed = self.model._allowed(where)
        if allowed is None:
            return self.open
        return np.where(allowed, self.open, np.float32(-np.inf))

    def best(self, scores: NDArray[np.float32], n: int) -> Codes:
        """The codes of the best films by any scores, best first."""
        return top_codes(scores, n, self.model._tie_break)

    def stars(self, codes: Codes) -> list[float | None]:
        """Predicted stars on the model's scale; None from models that predict none."""
        return stars_of([self], [codes])[0]

    def parts(self, codes: Codes) -> Parts:
        """What the scores of films are made of, from a model that explains."""
        return self.model._contributions(self.batch, codes)

    def reasons(self, codes: Codes, most: int = 5) -> Sequence[Sequence[Part]]:
        """The strongest parts of scores in words, film by film; none where a model cannot say."""
        if not self.model.explains or not len(codes):
            return [()] * len(codes)
        return strongest_parts(self.parts(codes), self.batch, self.model.catalog, most)


def score(model: Recommender, profile: Profile) -> Scored:
    """The scores of one person."""
    return score_many(model, [profile])[0]


def score_many(model: Recommender, profiles: Sequence[Profile]) -> list[Scored]:
    """The scores of several people, in one go."""
    people = model._batch(profiles)
    scores = model._score(people)
    return [Scored(model, people, row, scores[row]) for row in range(len(people))]


def stars_of(several: Sequence[Scored], films: Sequence[Codes]) -> list[list[float | None]]:
    """Predicted stars of several people, each for films of their own.

    Parameters
    ----------
    several : sequence of Scored
        Out of one call of :func:`score_many`.
    films : sequence of ndarray of int32
        The films of each.

    Returns
    -------
    list of list of float or None
        None from models that predict none.
    """
    sizes = [len(codes) for codes in films]
    if not several or not several[0].model.predicts_stars or not any(sizes):
        return [[None] * size for size in sizes]
    model, people = several[0].model, several[0].people
    rows = np.repeat(np.asarray([one.row for one in several], dtype=np.intp), sizes)
    stars: list[float | None] = model._stars(people, rows, np.concatenate(films)).tolist()
    ends = list(accumulate(sizes))
    return [stars[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def most_similar(
    model: Recommender, codes: Codes, numbers: Sequence[int]
) -> list[tuple[Codes, list[float]]]:
    """The films most similar to each of some, so many for each, and how similar they are.

    Raises
    ------
    NotSupportedError
        If the model knows no similarity of films.
    """
    model._need_similarity()
    found = []
    for row, (own, n) in enumerate(zip(model._similarities(codes), numbers, strict=True)):
        best = model._best_alike(own, codes[row : row + 1], n)
        found.append((best, own.take(best).tolist()))
    return found


def similarity(model: Recommender, codes: Codes) -> NDArray[np.float32]:
    """How similar all films are to some taken together; ``-inf`` where the model does not know."""
    return np.asarray(model._similarity(np.unique(codes)), dtype=np.float32)
