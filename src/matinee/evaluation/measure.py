"""From answers to metrics: what counts as found, and the figures of every test person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matinee.datasets.splits import Split
from matinee.errors import EvaluationError
from matinee.evaluation.metrics import (
    Metric,
    UserValues,
    average_precision,
    coverage,
    genre_calibration,
    gini,
    hit_rate,
    hits_of,
    intra_list_diversity,
    mae,
    ndcg,
    novelty,
    popularity_lift,
    precision,
    recall,
    recall_all,
    reciprocal_rank,
    rmse,
)
from matinee.evaluation.ranking import Answers
from matinee.recommend.batch import ProfileBatch
from matinee.scale import RatingScale

__all__ = ["ACCURACY", "Relevance", "default_relevance", "list_depth", "measure"]

ACCURACY = {
    "ndcg": ndcg,
    "recall": recall,
    "recall_all": recall_all,
    "precision": precision,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "hit": hit_rate,
}
_PEOPLE_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Relevance:
    """Which test ratings are films to be found.

    Attributes
    ----------
    min_stars : float or None
        Those of at least this many stars; None: all of them.
    stars : bool
        Whether errors in stars are measured.
    """

    min_stars: float | None
    stars: bool

    def __str__(self) -> str:
        if self.min_stars is None:
            return "all test films are to be found"
        return f"test films of at least {self.min_stars:g} stars are to be found"


def default_relevance(split: Split) -> Relevance:
    """What is to be found under a protocol.

    ``leave-last-out`` and ``strong-generalization`` ask for all test films. The others hold out
    liked and disliked films alike, and ask for those that the person liked: the upper quarter of
    the scale, which is four stars and more on both of MovieLens' scales.

    Errors in stars are not measured where ``strong-generalization`` kept only high ratings: there
    is little left to predict.
    """
    scale = split.train.ratings.scale
    if split.name == "strong-generalization":
        return Relevance(None, stars=split.options.get("min_stars") is None)
    if split.name == "leave-last-out":
        return Relevance(None, stars=True)
    return Relevance(liked_from(scale), stars=True)


def liked_from(scale: RatingScale) -> float:
    """The least stars in the upper quarter of a scale, on its grid.

    Examples
    --------
    >>> liked_from(RatingScale(0.5, 5.0, 0.5)), liked_from(RatingScale(1, 5, 1))
    (4.0, 4.0)
    """
    bound = scale.minimum + 0.75 * (scale.maximum - scale.minimum)
    if scale.step:
        bound = float(np.ceil(bound / scale.step - 1e-6)) * scale.step
    return round(bound, 6)


def list_depth(metrics: Iterable[Metric]) -> int:
    """How long lists must be for some metrics."""
    return max((metric.k for metric in metrics), default=0)


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
    wanted = list(metrics)
    found: dict[str, UserValues] = {}
    if relevance.stars and answers.stars is not None:
        owner = np.searchsorted(answers.users, split.test.users)
        for metric in wanted:
            if metric.kind.kind == "stars":
                function = {"rmse": rmse, "mae": mae}[metric.kind.name]
                found[metric.name] = function(
                    answers.stars, split.test.stars, owner.astype(np.int32), answers.users.size
                )
    if answers.ranked.shape[1]:
        found |= _accuracy(split, answers, wanted, relevance)
        found |= _beyond(split, answers, wanted)
    return {metric.name: found[metric.name] for metric in wanted if metric.name in found}


def relevant_films(
    split: Split, relevance: Relevance
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Pointers and codes of the films to be found, over all user codes of the test part."""
    test = split.test
    if relevance.min_stars is None:
        return test.indptr, test.movies
    liked = test.stars >= np.float32(relevance.min_stars)
    kept = np.concatenate(([0], np.cumsum(liked)))
    return kept[test.indptr].astype(np.int64), test.movies[liked]


def _accuracy(
    split: Split, answers: Answers, metrics: list[Metric], relevance: Relevance
) -> dict[str, UserValues]:
    asked = [metric for metric in metrics if metric.kind.kind == "accuracy"]
    if not asked:
        return {}
    indptr, movies = relevant_films(split, relevance)
    if not movies.size:
        raise EvaluationError(
            f"no test rating has at least {relevance.min_stars:g} stars: choose a lower threshold "
            f"(--relevant, relevant=)"
        )
    # Users without test ratings have no films either, so that pointers of the others suffice.
    ends = np.concatenate(([0], indptr[answers.users + 1]))
    hits = hits_of(answers.ranked, ends, movies)
    counts = np.diff(ends)
    depth = hits.shape[1]
    return {
        # A k beyond the catalogue's length asks for no more than the whole catalogue.
        metric.name: UserValues(_padded(metric, hits, counts, depth))
        for metric in asked
    }


def _padded(
    metric: Metric, hits: NDArray[np.bool_], counts: NDArray[np.int64], depth: int
) -> NDArray[np.float64]:
    if metric.k > depth:
        hits = np.pad(hits, ((0, 0), (0, metric.k - depth)))
    return ACCURACY[metric.kind.name](hits, counts, metric.k)


def _beyond(split: Split, answers: Answers, metrics: list[Metric]) -> dict[str, UserValues]:
    train = split.train
    counts, genres = train.ratings.movie_stats.counts, train.catalog.genres
    n_users = int(np.count_nonzero(train.ratings.user_counts))
    found: dict[str, UserValues] = {}
    for metric in metrics:
        name = metric.kind.name
        if metric.kind.kind != "beyond":
            continue
        ranked = answers.ranked[:, : metric.k]
        if name == "coverage":
            found[metric.name] = UserValues(coverage(ranked, len(train.catalog)))
        elif name == "gini":
            found[metric.name] = UserValues(gini(ranked, len(train.catalog)))
        elif name == "novelty":
            found[metric.name] = UserValues(novelty(ranked, counts, n_users))
        elif genres.shape[1] or name == "popularity_lift":
            values = np.empty(len(ranked))
            for start in range(0, len(ranked), _PEOPLE_AT_ONCE):
                part = slice(start, start + _PEOPLE_AT_ONCE)
                batch = ProfileBatch.from_ratings(split.given, answers.users[part])
                own = (batch.indptr, batch.movies)
                if name == "diversity":
                    values[part] = intra_list_diversity(ranked[part], genres)
                elif name == "calibration":
                    values[part] = genre_calibration(ranked[part], *own, genres)
                else:
                    values[part] = popularity_lift(ranked[part], *own, counts)
            found[metric.name] = UserValues(values)
    return found


def values_of(found: Mapping[str, UserValues]) -> dict[str, float | None]:
    """Plain figures, None where nobody could be measured."""
    return {name: None if np.isnan(v.value) else v.value for name, v in found.items()}
