"""Protocols: how ratings are divided, what is to be found, and which metrics are usual."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets import splits
from matinee.datasets.splits import Split
from matinee.errors import EvaluationError, ParameterError
from matinee.evaluation.metrics import DEFAULT_METRICS, Metric, parse_metrics
from matinee.scale import RatingScale

__all__ = [
    "PROTOCOLS",
    "Relevance",
    "default_relevance",
    "few_ratings",
    "liked_from",
    "make_splits",
    "metrics_of",
    "own_folds",
    "relevant_films",
    "usual_metric",
]

_CROSS_VALIDATION = ("u1", "u2", "u3", "u4", "u5")
_FEW_TARGETS = 5  # with fewer films to be found a list says little


# -- people who told few ratings ------------------------------------------------------------------


def few_ratings(
    dataset: Dataset,
    *,
    told: int | Sequence[int] = (1, 3, 5, 10),
    folds: int = 5,
    tested: int = 2,
    min_ratings: int = 30,
    liked: float | None = None,
    seed: int = 0,
    validation: bool = False,
) -> Iterator[Split]:
    """People held out whole, who tell a few of their ratings as they come.

    People are put into ``folds`` at random, and the first ``tested`` folds are held out in turn.
    Of a held-out person with at least ``min_ratings``, the first film that they like and the first
    ``told - 1`` others, hated ones included, are told, in a random order of their ratings. All
    their other ratings are the test part; the liked ones among them are to be found, among all
    films that were not told.

    Parameters
    ----------
    dataset : Dataset
    told : int or sequence of int
        How many ratings are told; one split for each.
    folds, tested : int
    min_ratings : int
    liked : float, optional
        The least stars of a liked film; by default the upper third of the scale (3.5 of 0.5 to 5).
    seed : int
    validation : bool
        Also divide the training part, in the same way.

    Yields
    ------
    Split
        Those of one fold have one training part, so that a model is fitted once for them. Whoever
        has fewer than five films to be found is left out.

    Raises
    ------
    EvaluationError
        If nobody is left to be tested.
    """
    numbers = tuple(told) if isinstance(told, Sequence) else (told,)
    if not numbers or min(numbers) < 1 or len(set(numbers)) < len(numbers):
        raise ParameterError(f"told must be different whole numbers from 1 on, got {numbers}")
    if not 1 <= tested <= folds or folds < 2:
        raise ParameterError(f"tested must lie between 1 and the {folds} folds, got {tested}")
    ratings = dataset.ratings
    bound = liked_from(ratings.scale, 2 / 3) if liked is None else liked
    fold_of = np.random.default_rng(seed).integers(0, folds, ratings.n_users)
    asked = ratings.user_counts >= max(min_ratings, *numbers)
    for fold in range(tested):
        out = fold_of == fold
        train = dataset.replace(ratings.take(~out[ratings.users]).compact_users())
        held = ratings.take((out & asked)[ratings.users]).compact_users()
        people = np.flatnonzero(out & asked & (ratings.user_counts > 0))
        place = _order_of_telling(held.users, held.stars >= np.float32(bound), people, seed)
        for number in numbers:
            given = place < number
            target = ~given & (held.stars >= np.float32(bound))
            enough = np.bincount(held.users[target], minlength=held.n_users) >= _FEW_TARGETS
            enough &= np.bincount(held.users[given], minlength=held.n_users) == number
            kept = enough[held.users]
            if not kept.any():
                raise EvaluationError(
                    f"nobody of fold {fold + 1} has {min_ratings} ratings and, besides the {number}"
                    f" told, {_FEW_TARGETS} films of at least {bound:g} stars: use more data"
                )
            split = Split(
                "few-ratings",
                train,
                held.take(kept & ~given),
                fold_in=held.take(kept & given),
                seed=seed,
                description=f"people held out (fold {fold + 1} of {folds}), {number} of their "
                "ratings told",
                options={"told": number, "fold": fold + 1, "folds": folds, "liked": bound},
            )
            if validation:
                inner = few_ratings(
                    train, told=number, folds=folds, tested=1, min_ratings=min_ratings,
                    liked=bound, seed=seed + 1,
                )  # fmt: skip
                split = replace(split, validation=next(inner))
            yield split


def _order_of_telling(
    users: NDArray[np.int32], liked: NDArray[np.bool_], people: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:
    """When each rating is told: a random order in which the first liked film goes before all.

    People who like nothing tell nothing.
    """
    place = np.full(users.size, users.size, dtype=np.int64)
    ends = np.concatenate(([0], np.cumsum(np.bincount(users, minlength=people.size))))
    for person, start, end in zip(people.tolist(), ends[:-1], ends[1:], strict=True):
        order = np.arange(start, end)
        np.random.default_rng(person + 1_000_003 * seed).shuffle(order)
        first = np.flatnonzero(liked[order])[:1]
        if first.size:
            place[np.concatenate((order[first], np.delete(order, first)))] = np.arange(end - start)
    return place


# -- folds that came with the data ----------------------------------------------------------------


def own_folds(
    dataset: Dataset, *, fold: str | None = None, seed: int = 0, validation: bool = False
) -> Iterator[Split]:
    """The data set's own folds, as its authors divided it: ``u1`` to ``u5`` of ML-100K.

    Parameters
    ----------
    dataset : Dataset
        Read from a folder or zip that has them.
    fold : str, optional
        One fold (``"u1"``, ``"ua"``) instead of the five of cross-validation.
    seed : int
        For the validation part.
    validation : bool
        Also draw a tenth of each training part at random.

    Raises
    ------
    FormatError
        If the data set came without folds.
    ParameterError
        If there is no fold of this name.
    EvaluationError
        If the data set was not read from a file or folder, or a rating is in both parts.
    """
    from matinee.datasets import load_folds

    if not dataset.source:
        raise EvaluationError(
            f"{dataset.name!r} was not read from files, so it has no folds of its own: choose "
            "another protocol, such as k-fold"
        )
    found = {one.name: one for one in load_folds(dataset.source, dataset)}
    if fold is not None and fold not in found:
        raise ParameterError(f"no fold {fold!r}; {dataset.name!r} has: {', '.join(found)}")
    for name in _CROSS_VALIDATION if fold is None else (fold,):
        if name in found:
            yield own_fold(
                dataset,
                found[name].train,
                found[name].test,
                fold=name,
                seed=seed,
                validation=validation,
            )


def own_fold(
    dataset: Dataset,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    *,
    fold: str,
    seed: int = 0,
    validation: bool = False,
) -> Split:
    """A division that somebody else made, as ascending row numbers of ``dataset.ratings``."""
    both = np.intersect1d(train, test).size
    if both:
        raise EvaluationError(f"fold {fold}: {both:,} ratings are in both parts")
    learned = dataset.replace(dataset.ratings.take(train))
    return Split(
        "own-folds",
        learned,
        dataset.ratings.take(test),
        description=f"the data set's own fold {fold}",
        options={"fold": fold},
        validation=splits.random(learned, test_size=0.1, seed=seed) if validation else None,
    )


# -- by name --------------------------------------------------------------------------------------

PROTOCOLS: dict[str, Callable[..., Split | Iterator[Split]]] = {
    "random": splits.random,
    "k-fold": splits.k_fold,
    "own-folds": own_folds,
    "time": splits.time,
    "leave-last-out": splits.leave_last_out,
    "strong-generalization": splits.strong_generalization,
    "few-ratings": few_ratings,
}
"""Name of a protocol → the function that divides."""

_LONG_LISTS = ("ndcg@100", "recall@50")  # which papers report, and nobody is served
_FEW_RATINGS_METRICS = (
    "ndcg@10",
    "ndcg_stratified@10",
    "overlap@10",
    "popularity@10",
    "rare@10",
    "rmse",
    "interval",
    "like_error",
)


def make_splits(
    protocol: str, dataset: Dataset, *, seed: int = 0, validation: bool = False, **options: Any
) -> Iterator[Split]:
    """The splits of a protocol by its name; most have one.

    Parameters
    ----------
    protocol : str
        A key of :data:`PROTOCOLS`.
    dataset : Dataset
    seed : int
        Ignored by protocols that draw nothing.
    validation : bool
        Whether each split also carries a validation part.
    **options
        Passed on; see the functions.

    Raises
    ------
    ParameterError
        If there is no such protocol, or it has no such option.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> data = Dataset.of(Ratings.from_columns([1] * 9, range(9), [3.0] * 9))
    >>> [split] = make_splits("random", data, test_size=1 / 3)
    >>> len(split.test)
    3
    """
    function = PROTOCOLS.get(protocol)
    if function is None:
        near = difflib.get_close_matches(protocol, list(PROTOCOLS), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"no protocol {protocol!r}.{hint} There are: {', '.join(PROTOCOLS)}")
    known = inspect.signature(function).parameters
    for option in options:
        if option not in known:
            own = [name for name in known if name not in ("dataset", "seed", "validation")]
            raise ParameterError(
                f"{protocol} has no option {option!r}; it has: {', '.join(own) or 'none'}"
            )
    if "seed" in known:
        options["seed"] = seed
    found = function(dataset, validation=validation, **options)
    return iter((found,)) if isinstance(found, Split) else found


def metrics_of(
    names: Sequence[str] | None, protocol: str, *, served: bool = True
) -> tuple[Metric, ...]:
    """Metrics by their names; for None a protocol's usual ones, of long lists in raw order only."""
    usual = _FEW_RATINGS_METRICS if protocol == "few-ratings" else DEFAULT_METRICS
    found = parse_metrics((*usual, *(() if served else _LONG_LISTS)) if names is None else names)
    if not found:
        raise ParameterError("no metrics: name at least one, such as ndcg@10")
    return found


def usual_metric(protocol: str, *, stars: bool, served: bool = True) -> Metric:
    """What a protocol is usually about; ``stars`` says whether they are predicted."""
    if protocol == "strong-generalization" and not served:
        return Metric("ndcg", 100)
    lists = protocol in ("strong-generalization", "leave-last-out", "few-ratings")
    return Metric("ndcg", 10) if lists or not stars else Metric("rmse")


# -- what is to be found --------------------------------------------------------------------------


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


def default_relevance(split: Split, relevant: float | None = None) -> Relevance:
    """What is to be found under a protocol, or the films of at least ``relevant`` stars.

    ``leave-last-out`` and ``strong-generalization`` ask for all test films. The others hold out
    liked and disliked films alike, and ask for those that the person liked: the upper quarter of
    the scale, which is four stars and more on both of MovieLens' scales; ``few-ratings`` has its
    own bound.

    Errors in stars are not measured where ``strong-generalization`` kept only high ratings: there
    is little left to predict.
    """
    stars = split.name != "strong-generalization" or split.options.get("min_stars") is None
    if relevant is None and split.name not in ("leave-last-out", "strong-generalization"):
        relevant = split.options.get("liked", liked_from(split.train.ratings.scale))
    return Relevance(relevant, stars)


def liked_from(scale: RatingScale, share: float = 0.75) -> float:
    """The least stars above a share of a scale, on its grid.

    Examples
    --------
    >>> liked_from(RatingScale(0.5, 5.0, 0.5)), liked_from(RatingScale(1, 5, 1))
    (4.0, 4.0)
    """
    bound = scale.minimum + share * (scale.maximum - scale.minimum)
    if scale.step:
        bound = float(np.ceil(bound / scale.step - 1e-6)) * scale.step
    return round(bound, 6)


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
