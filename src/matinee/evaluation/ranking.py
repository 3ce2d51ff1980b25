"""From a fitted model to its answers for the test people, in blocks, and to their figures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matinee.datasets.splits import Split
from matinee.errors import EvaluationError
from matinee.evaluation import metrics as m
from matinee.evaluation.metrics import Metric, UserValues
from matinee.evaluation.protocols import Relevance, relevant_films
from matinee.ids import Codes
from matinee.progress import Progress, report
from matinee.recommend.answer import choose, score
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.scorer import Promises
from matinee.threads import one_blas_thread

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Answers", "answer", "joined", "measure", "rank_block"]

BLOCK_BYTES = 32 * 2**20
"""The scores of one block of people take at most this much memory."""
_PEOPLE_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model said for each test person.

    Parameters
    ----------
    users : ndarray, shape (n_users,), dtype int32
        User codes of ``split.test``, ascending.
    lists : mapping of int to ndarray, shape (n_users, depth), dtype int32
        By their depth: movie codes, best first; -1 where a list is shorter.
    candidates : ndarray, shape (n_users,), dtype int64
        Number of films that each list was chosen from.
    unseen : ndarray, shape (n_users,), dtype int64
        Number of films that the person has not seen in training.
    promised : Promises
        Of the test ratings, in their order: stars, their interval, and the probability to like;
        each None where the model knows none.
    seconds : float
        Time to score and rank all people and to predict all stars; measuring is not in it.
    """

    users: Codes
    lists: Mapping[int, NDArray[np.int32]]
    candidates: NDArray[np.int64]
    unseen: NDArray[np.int64]
    promised: Promises
    seconds: float

    @property
    def stars(self) -> NDArray[np.float32] | None:
        """The predicted stars."""
        return self.promised.stars

    def ranked(self, k: int) -> NDArray[np.int32]:
        """Lists of ``k`` films, or of fewer where the longest are shorter: the first of longer."""
        depth = min((depth for depth in self.lists if depth >= k), default=max(self.lists))
        return self.lists[depth][:, :k]


def answer(
    model: Recommender,
    split: Split,
    *,
    depth: int | Iterable[int],
    stars: bool = True,
    seed: int = 0,
    served: bool = True,
    progress: Progress | None = None,
) -> Answers:
    """Ask a fitted model for the lists and stars of all test people.

    Each list is chosen from *all* films of the catalogue that the person has not rated in the
    part that the model was told, never from a sample.

    Parameters
    ----------
    model : Recommender
        Fitted on ``split.train``.
    split : Split
    depth : int or iterable of int
        How many films are asked for, once or several times: what is served as a list of ten need
        not be the head of a list of a hundred. 0 or nothing for no lists.
    stars : bool
        Whether to predict the stars of the test ratings, if the model can.
    seed : int
    served : bool
        Whether lists are what :meth:`~matinee.Recommender.recommend` returns, or the raw order of
        the scores. In the raw order films with equal scores are put in an order drawn from ``seed``
        for each person: neither index nor popularity decides.
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
    asked = [depth] if isinstance(depth, int) else list(depth)
    depths = sorted({min(each, n_movies) for each in asked if each})
    depths = depths if served else depths[-1:]
    lists = {each: np.full((users.size, each), -1, dtype=np.int32) for each in depths}
    candidates = np.zeros(users.size, dtype=np.int64)
    promised: list[Promises] = []
    seconds = 0.0
    size = max(1, BLOCK_BYTES // (4 * max(n_movies, 1)))
    for start in range(0, users.size, size):
        people = users[start : start + size]
        started = time.perf_counter()
        batch = ProfileBatch.from_ratings(given, people)
        if not split.holds_out_people and model.user_ids is not None:
            batch = model._recognise(batch, model.user_ids.encode(given.user_ids.decode(people)))
        block = slice(start, start + people.size)
        if depths and served:
            here = {each: ranked[block] for each, ranked in lists.items()}
            candidates[block] = _serve(model, batch, here)
        elif depths:
            found = _raw_scores(model, batch)
            lists[depths[0]][block], candidates[block] = rank_block(found, depths[0], people, seed)
        if stars and model.predicts_stars:
            # People are ascending and without gaps among the tested, and so are their ratings.
            rows = slice(int(test.indptr[people[0]]), int(test.indptr[people[-1] + 1]))
            owner = np.searchsorted(people, test.users[rows])
            promised.append(model._promises(batch, owner, test.movies[rows]))
        seconds += time.perf_counter() - started
        report(progress, "answer", min(start + size, users.size), users.size, unit="people")
    whole = joined(promised)
    if whole.stars is not None and not bool(np.isfinite(whole.stars).all()):
        raise EvaluationError(f"{model.name} predicted stars that are not finite")
    unseen = n_movies - given.user_counts[users].astype(np.int64)
    return Answers(users, lists, candidates, unseen, whole, seconds)


def joined(parts: Sequence[Promises]) -> Promises:
    """Promises of several blocks one after the other; None where a block has none."""
    whole = []
    for values in zip(*parts, strict=True) if parts else [(None,)] * 4:
        known = [one for one in values if one is not None]
        whole.append(np.concatenate(known) if len(known) == len(values) else None)
    return Promises(*whole)


def _serve(
    model: Recommender, batch: ProfileBatch, lists: Mapping[int, NDArray[np.int32]]
) -> NDArray[np.int64]:
    """Fill in the lists that ``recommend`` returns; from how many films each was chosen."""
    candidates = np.zeros(len(batch), dtype=np.int64)
    people = list(score(model, batch))
    with (
        one_blas_thread()
    ):  # lists are chosen one by one, for which threads cost more than they gain
        for row, scored in enumerate(people):
            _refuse_nan(scored.scores, model.name)
            candidates[row] = np.count_nonzero(np.isfinite(scored.open))
            for depth, ranked in lists.items():
                codes = choose(scored, depth)
                ranked[row, : codes.size] = codes
    return candidates


def _raw_scores(model: Recommender, batch: ProfileBatch) -> NDArray[np.float32]:
    """Scores of all films, ``-inf`` for those that a person has rated."""
    scores = np.array(model._score(batch), dtype=np.float32)
    _refuse_nan(scores, model.name)
    scores[batch.row_of_entry, batch.movies] = -np.inf
    return scores


def _refuse_nan(scores: NDArray[np.float32], name: str) -> None:
    if bool(np.isnan(scores.sum(dtype=np.float64))) and bool(np.isnan(scores).any()):
        raise EvaluationError(f"{name} gave {int(np.isnan(scores).sum()):,} scores that are NaN")


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


# -- figures --------------------------------------------------------------------------------------


def measure(
    split: Split, answers: Answers, metrics: Iterable[Metric], relevance: Relevance
) -> dict[str, UserValues]:
    """The metrics of one model on one split.

    Parameters
    ----------
    split : Split
    answers : Answers
    metrics : iterable of Metric
        Those that cannot be said of the model (stars that it does not predict) are left out.
    relevance : Relevance

    Returns
    -------
    dict of str to UserValues
        By metric name; values in the order of ``answers.users``.

    Raises
    ------
    EvaluationError
        If accuracy is asked for and no test rating is to be found.
    """
    found: dict[str, UserValues | None] = {}
    for metric in metrics:
        if metric.kind == "stars":
            found[metric.name] = _stars(split, answers, metric, relevance)
        elif answers.lists and metric.kind == "accuracy":
            found[metric.name] = UserValues(_accuracy(split, answers, metric, relevance))
        elif answers.lists:
            found[metric.name] = _beyond(split, answers, metric)
    return {name: values for name, values in found.items() if values is not None}


def _stars(
    split: Split, answers: Answers, metric: Metric, relevance: Relevance
) -> UserValues | None:
    if not relevance.stars:
        return None
    test, n = split.test, answers.users.size
    owner = np.searchsorted(answers.users, test.users).astype(np.int32)
    stars, low, high, like = answers.promised
    match metric.base:
        case "interval" if low is not None and high is not None:
            return m.interval_share(low, high, test.stars, owner, n)
        case "like_error" if like is not None and relevance.min_stars is not None:
            liked = test.stars >= np.float32(relevance.min_stars)
            return m.like_error(like, liked, owner, n)
        case "rmse" if stars is not None:
            return m.rmse(stars, test.stars, owner, n)
        case "mae" if stars is not None:
            return m.mae(stars, test.stars, owner, n)
    return None


def _accuracy(
    split: Split, answers: Answers, metric: Metric, relevance: Relevance
) -> NDArray[np.float64]:
    indptr, movies = relevant_films(split, relevance)
    if not movies.size:
        raise EvaluationError(
            f"no test rating has at least {relevance.min_stars:g} stars: choose a lower threshold "
            f"(--relevant, relevant=)"
        )
    # Users without test ratings have no films either, so that pointers of the others suffice.
    ends = np.concatenate(([0], indptr[answers.users + 1]))
    ranked = answers.ranked(metric.k)
    if metric.base == "ndcg_stratified":
        train = split.train.ratings
        liked = train.stars >= np.float32(relevance.min_stars or 0)
        likes = np.bincount(train.movies[liked], minlength=train.n_movies)
        return m.ndcg_stratified(ranked, ends, movies, likes, metric.k)
    hits = m.hits_of(ranked, ends, movies)
    return m.ACCURACY[metric.base](hits, np.diff(ends), metric.k)


def _beyond(split: Split, answers: Answers, metric: Metric) -> UserValues | None:
    train, ranked, name = split.train, answers.ranked(metric.k), metric.base
    counts, genres, n_movies = (
        train.ratings.movie_stats.counts,
        train.catalog.genres,
        len(train.catalog),
    )
    n_users = int(np.count_nonzero(train.ratings.user_counts))
    match name:
        case "coverage":
            return UserValues(m.coverage(ranked, n_movies))
        case "gini":
            return UserValues(m.gini(ranked, n_movies))
        case "overlap":
            return UserValues(m.overlap(ranked, n_movies))
        case "novelty":
            return UserValues(m.novelty(ranked, counts, n_users))
        case "popularity":
            return UserValues(m.median_popularity(ranked, counts))
        case "rare":
            return UserValues(m.rare_share(ranked, counts))
    if not genres.shape[1] and name != "popularity_lift":
        return None
    values = np.empty(len(ranked))
    for start in range(0, len(ranked), _PEOPLE_AT_ONCE):
        part = slice(start, start + _PEOPLE_AT_ONCE)
        batch = ProfileBatch.from_ratings(split.given, answers.users[part])
        own = (batch.indptr, batch.movies)
        if name == "diversity":
            values[part] = m.intra_list_diversity(ranked[part], genres)
        elif name == "calibration":
            values[part] = m.genre_calibration(ranked[part], *own, genres)
        else:
            values[part] = m.popularity_lift(ranked[part], *own, counts)
    return UserValues(values)
