"""From a fitted model to its answers for the test people, in blocks of bounded memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matinee.datasets.splits import Split
from matinee.errors import EvaluationError
from matinee.ids import Codes
from matinee.progress import Progress, report
from matinee.recommend.batch import ProfileBatch

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Answers", "answer", "rank_block", "tie_keys"]

BLOCK_BYTES = 32 * 2**20
"""The scores of one block of people take at most this much memory."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model said for each test person.

    Parameters
    ----------
    users : ndarray, shape (n_users,), dtype int32
        User codes of ``split.test``, ascending.
    ranked : ndarray, shape (n_users, depth), dtype int32
        Movie codes, best first; -1 where a list is shorter. Empty (depth 0) if not asked for.
    candidates : ndarray, shape (n_users,), dtype int64
        Number of films that each list was chosen from.
    unseen : ndarray, shape (n_users,), dtype int64
        Number of films that the person has not seen in training.
    stars : ndarray, shape (n_test_ratings,), dtype float32, or None
        Predicted stars of the test ratings, in their order; None if the model predicts none.
    seconds : float
        Time to score and rank all people and to predict all stars; measuring is not in it.
    """

    users: Codes
    ranked: NDArray[np.int32]
    candidates: NDArray[np.int64]
    unseen: NDArray[np.int64]
    stars: NDArray[np.float32] | None
    seconds: float


def answer(
    model: Recommender,
    split: Split,
    *,
    depth: int,
    stars: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> Answers:
    """Ask a fitted model for the lists and stars of all test people.

    Each list is ranked over *all* films of the catalogue that the person has not rated in the
    part that the model was told, never over a sample. Films with equal scores are put in an order
    drawn from ``seed`` for each person: neither index nor popularity decides.

    Parameters
    ----------
    model : Recommender
        Fitted on ``split.train``.
    split : Split
    depth : int
        Length of the lists; 0 for none.
    stars : bool
        Whether to predict the stars of the test ratings, if the model can.
    seed : int
    progress : callable, optional

    Raises
    ------
    EvaluationError
        If the model was fitted on another catalogue, or scores are NaN.
    """
    if model.catalog.movie_ids != split.train.catalog.movie_ids:
        raise EvaluationError(
            f"this {model.name} model knows {len(model.catalog):,} films, and the split's "
            f"training part {len(split.train.catalog):,}: fit it on split.train"
        )
    users, given, test = split.test_users, split.given, split.test
    n_movies = given.n_movies
    depth = min(depth, n_movies)
    predicts = stars and model.predicts_stars
    ranked = np.full((users.size, depth), -1, dtype=np.int32)
    candidates = np.zeros(users.size, dtype=np.int64)
    predicted = np.empty(len(test), dtype=np.float32) if predicts else None
    seconds = 0.0
    size = max(1, BLOCK_BYTES // (4 * max(n_movies, 1)))
    for start in range(0, users.size, size):
        people = users[start : start + size]
        started = time.perf_counter()
        batch = ProfileBatch.from_ratings(given, people)
        if not split.holds_out_people and model.user_ids is not None:
            batch = model._recognise(batch, model.user_ids.encode(given.user_ids.decode(people)))
        if depth:
            scores = np.array(model._score(batch), dtype=np.float32)
            _refuse_nan(scores, model.name)
            scores[batch.row_of_entry, batch.movies] = -np.inf
            found, left = rank_block(scores, depth, people, seed)
            ranked[start : start + size], candidates[start : start + size] = found, left
        if predicted is not None:
            rows = _test_rows(split, people)
            owner = np.searchsorted(people, test.users[rows])
            predicted[rows] = model._stars(batch, owner, test.movies[rows])
        seconds += time.perf_counter() - started
        report(progress, "answer", min(start + size, users.size), users.size, unit="people")
    if predicted is not None and not bool(np.isfinite(predicted).all()):
        raise EvaluationError(f"{model.name} predicted stars that are not finite")
    unseen = n_movies - given.user_counts[users].astype(np.int64)
    return Answers(users, ranked, candidates, unseen, predicted, seconds)


def _refuse_nan(scores: NDArray[np.float32], name: str) -> None:
    if bool(np.isnan(scores.sum(dtype=np.float64))) and bool(np.isnan(scores).any()):
        raise EvaluationError(f"{name} gave {int(np.isnan(scores).sum()):,} scores that are NaN")


def _test_rows(split: Split, people: Codes) -> slice:
    """The test ratings of a run of people, who are ascending and without gaps among the tested."""
    indptr = split.test.indptr
    return slice(int(indptr[people[0]]), int(indptr[people[-1] + 1]))


def rank_block(
    scores: NDArray[np.float32], depth: int, people: Codes, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The best films of several people.

    Parameters
    ----------
    scores : ndarray, shape (n_people, n_movies), dtype float32
        ``-inf`` marks films that must not be in the list.
    depth : int
        At most ``n_movies``.
    people : ndarray, shape (n_people,), dtype int32
        Who they are; with ``seed``, decides the order of equal scores.
    seed : int

    Returns
    -------
    ranked : ndarray, shape (n_people, depth), dtype int32
        -1 where fewer are left.
    candidates : ndarray, shape (n_people,), dtype int64
        Number of films with a score.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9, -np.inf, 0.5]], dtype=np.float32)
    >>> rank_block(scores, 4, np.array([7]), seed=0)
    (array([[ 1,  3,  0, -1]], dtype=int32), array([3]))
    """
    n_people, n_movies = scores.shape
    candidates = np.count_nonzero(scores > -np.inf, axis=1).astype(np.int64)
    if depth < n_movies:
        top = np.argpartition(scores, n_movies - depth, axis=1)[:, n_movies - depth :]
    else:
        top = np.broadcast_to(np.arange(n_movies), (n_people, n_movies))
    values = np.take_along_axis(scores, top, axis=1)
    keys = tie_keys(people[:, None], top, seed)
    order = np.lexsort((keys, -values), axis=1)
    ranked = np.take_along_axis(top, order, axis=1).astype(np.int32)
    bound = values.min(axis=1)
    # Where equal scores stand on both sides of the last place, all of them compete for it.
    torn = np.count_nonzero(scores >= bound[:, None], axis=1) > depth
    for row in np.flatnonzero(torn & (candidates > depth)):
        rivals = np.flatnonzero(scores[row] >= bound[row])
        key = tie_keys(people[row], rivals, seed)
        best = np.lexsort((key, -scores[row, rivals]))[:depth]
        ranked[row] = rivals[best]
    ranked[np.arange(depth) >= candidates[:, None]] = -1
    return ranked, candidates


def tie_keys(people: Codes, movies: NDArray[np.integer], seed: int) -> NDArray[np.uint64]:
    """Pseudo-random numbers for pairs of person and film: equal pairs and seed, equal number.

    They do not depend on how people are put into blocks.
    """
    stream = np.uint64((seed & 0xFFFFFFFF) << 32)
    person = _mix(stream + np.asarray(people).astype(np.uint64))
    return _mix(person ^ (np.asarray(movies).astype(np.uint64) << np.uint64(20)))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is meant
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))
