"""Which film to ask a new person about, and when to stop asking.

An answer is worth something only if the person has seen the film, and most people have seen few of
a catalogue's films. So the film is asked about that the person has most likely seen *and* that says
most about what will be in the list: its popularity, times what the model makes of the answers so
far, less what resembles films that the person has not seen. Popularity alone asks good first
questions, but goes on to ask lovers of musicals about the next action film; entropy of the ratings
asks about films that divide people, and that few have seen. ``benchmarks/asking.py`` compares them.

References
----------
Rashid et al., "Getting to know you: learning new user preferences in recommender systems" (2002),
and "Learning preferences of new users in recommender systems: an information theoretic approach"
(2008); Elahi, Ricci, Rubens, "A survey of active learning in collaborative filtering recommender
systems" (2016); Webber, Moffat, Zobel, "A similarity measure for indefinite rankings" (2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.recommend.answer import answer
from matinee.recommend.rerank import standardised
from matinee.results import Recommendations

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["SETTLED", "Asker", "Interview", "Question", "interview", "overlap", "steadiness"]

_CANDIDATES = 1500
"""The most rated films: what fewer have seen is not worth a question."""
_TASTE, _UNSEEN = 0.3, 0.05
"""Weights of the person's scores and of films not seen; chosen on people who are in no figure."""
_DEPTH, _PERSISTENCE = 20, 0.9
_LOOK_BACK = 3  # answers whose effect says how settled a list is
_SHOWN = 6  # films of the list as it stands
SETTLED = 0.9
"""Lists that overlap so much from answer to answer change little any more."""


class Asker:
    """Chooses questions for one model.

    Parameters
    ----------
    model : Recommender
        A fitted model.

    Attributes
    ----------
    candidates : ndarray, shape (n,), dtype int32
        Codes of the films that may be asked about, the most rated first.

    Examples
    --------
    >>> import matinee
    >>> model = matinee.create_model("popular").fit(matinee.load("sample"))
    >>> nobody = np.zeros(len(model.catalog), dtype=np.float32)
    >>> model.catalog.display_title(int(Asker(model).best(nobody, [], [], 1)[0]))
    'Forrest Gump'
    """

    def __init__(self, model: Recommender) -> None:
        counts = np.asarray(model.stats.counts, dtype=np.int64)
        order = np.argsort(-counts, kind="stable")[:_CANDIDATES]
        self.candidates: Codes = order[counts[order] > 0].astype(np.int32)
        people = max(int(model.trained_on["users"]), 1)
        self._seen_by = np.log(np.clip(counts[self.candidates] / people, 1e-6, 1.0))
        self._place = np.full(len(counts), -1, dtype=np.int32)
        self._place[self.candidates] = np.arange(len(self.candidates))
        self._vectors: NDArray[np.float32] | None = None
        if model.has_movie_vectors:
            vectors = model.movie_vectors()[self.candidates]
            norms = np.linalg.norm(vectors, axis=1, keepdims=True)
            self._vectors = vectors / np.maximum(norms, np.float32(1e-9))

    def best(
        self,
        scores: NDArray[np.float32],
        known: Sequence[int],
        unseen: Sequence[int],
        n: int,
    ) -> Codes:
        """The best questions, best first.

        Parameters
        ----------
        scores : ndarray, shape (n_movies,), dtype float32
            What the model makes of the answers so far.
        known : sequence of int
            Codes of films that were answered or are not to be asked about.
        unseen : sequence of int
            Codes of films that the person has not seen.
        n : int
            How many at most.

        Returns
        -------
        ndarray, shape (at most n,), dtype int32
        """
        taste = np.nan_to_num(standardised(scores)[self.candidates], neginf=-3.0)
        worth = self._seen_by + _TASTE * taste
        away = self._alike(unseen)
        if away is not None:
            worth -= _UNSEEN * away
        out = self._place[np.asarray([*known, *unseen], dtype=np.int64)]
        worth[out[out >= 0]] = -np.inf
        best = np.argsort(-worth, kind="stable")[:n]
        chosen: Codes = self.candidates[best[np.isfinite(worth[best])]]
        return chosen

    def nearest(self, code: int, among: Sequence[int]) -> int | None:
        """Which of some films is most like a film; None where nothing is known of it."""
        places = self._place[np.asarray([code, *among], dtype=np.int64)]
        if self._vectors is None or not among or places[0] < 0:
            return None
        alike = np.where(
            places[1:] >= 0, self._vectors[np.maximum(places[1:], 0)] @ self._vectors[places[0]], -1
        )
        best = int(np.argmax(alike))
        return among[best] if alike[best] > 0.2 else None

    def _alike(self, codes: Sequence[int]) -> NDArray[np.float32] | None:
        """How much each candidate resembles some films, summed over them."""
        places = self._place[np.asarray(codes, dtype=np.int64)]
        places = places[places >= 0]
        if self._vectors is None or not len(places):
            return None
        alike = np.clip(self._vectors @ self._vectors[places].T, 0, 1)
        summed: NDArray[np.float32] = alike.sum(axis=1)
        return summed


def overlap(one: Sequence[int], other: Sequence[int], persistence: float = _PERSISTENCE) -> float:
    """Rank-biased overlap of two lists of one length, extrapolated from what is seen of them.

    Parameters
    ----------
    one, other : sequence of int
        Best first, without repeats.
    persistence : float
        How likely a reader is to look at the next film.

    Returns
    -------
    float
        From 0 (nothing in common) to 1 (the same).

    Examples
    --------
    >>> overlap([1, 2, 3], [1, 2, 3]), overlap([1, 2], [3, 4])
    (1.0, 0.0)
    >>> overlap([1, 2, 3], [2, 1, 3]) > overlap([1, 2, 3], [1, 3, 4])
    True
    """
    depth = min(len(one), len(other))
    if depth == 0:
        return 1.0 if len(one) == len(other) else 0.0
    total, shared = 0.0, 0
    first, second = set[int](), set[int]()
    for k in range(depth):
        first.add(one[k])
        second.add(other[k])
        shared = len(first & second)
        total += shared / (k + 1) * persistence ** (k + 1)
    found = shared / depth * persistence**depth + (1 - persistence) / persistence * total
    return round(found, 6)


def steadiness(lists: Sequence[Sequence[int]]) -> float:
    """The mean overlap of each list with the one before it; 0 where there is only one.

    Examples
    --------
    >>> steadiness([[1, 2], [1, 2], [1, 2]]), steadiness([[1, 2]])
    (1.0, 0.0)
    """
    pairs = [overlap(before, after) for before, after in pairwise(lists)]
    return sum(pairs) / len(pairs) if pairs else 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """A film to ask about.

    Attributes
    ----------
    movie_id : int or str
    why : str
        Why this one, for people.
    """

    movie_id: Id
    why: str


@dataclass(frozen=True, slots=True)
class Interview:
    """How far the questions to a new person have come.

    Attributes
    ----------
    questions : tuple of Question
        The best first.
    stability : float
        How much of the list stayed with the last answers, 0 to 1.
    films : Recommendations
        The list as it stands.
    """

    questions: tuple[Question, ...]
    stability: float
    films: Recommendations

    @property
    def is_settled(self) -> bool:
        """Whether further answers change little."""
        return self.stability >= SETTLED


def interview(
    model: Recommender, asker: Asker, profile: Profile, unseen: Sequence[Id] = (), n: int = 1
) -> Interview:
    """What to ask a person next, and how settled their list is.

    Parameters
    ----------
    model : Recommender
    asker : Asker
        Of that model.
    profile : Profile
        The answers so far, the latest last.
    unseen : sequence of movie ids
        Films that were answered with "haven't seen it".
    n : int
        How many questions.

    Examples
    --------
    >>> import matinee
    >>> model = matinee.create_model("popular").fit(matinee.load("sample"))
    >>> found = interview(model, Asker(model), matinee.Profile({}))
    >>> len(found.questions), found.is_settled
    (1, False)
    """
    scored = model.scored(profile)
    # Dictionaries keep their order: the latest answer is the last one.
    ratings = list(profile.ratings.items())
    before = [
        model.scored(Profile(dict(ratings[: len(ratings) - back])))
        for back in range(1, min(_LOOK_BACK, len(ratings)) + 1)
    ]
    hidden = model.catalog.codes_of(list(profile.not_to_return))
    lists = []
    for one in (*reversed(before), scored):
        # What has been rated since would have left the list by that alone.
        scores = one.open.copy()
        scores[hidden] = -np.inf
        lists.append(one.best(scores, _DEPTH).tolist())
    stability = steadiness(lists) if len(lists) > _LOOK_BACK else 0.0
    liked = [movie for movie, stars in ratings if stars >= model.scale.middle]
    liked_codes = model.catalog.codes_of(liked).tolist()
    unseen_codes = model.catalog.codes_of(list(unseen)).tolist()
    questions = []
    for code in asker.best(scored.scores, hidden.tolist(), unseen_codes, n).tolist():
        near = asker.nearest(code, liked_codes)
        why = "many people have seen it"
        if near is not None:
            why = f"close to {model.catalog.display_title(near)}, which you like"
        questions.append(Question(model.catalog.movie_ids.id_of(code), why))
    return Interview(tuple(questions), stability, answer(scored, _SHOWN))
