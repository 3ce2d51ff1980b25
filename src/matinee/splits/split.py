"""A split: what a model may learn from, and what it is measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.errors import EvaluationError
from matinee.ids import Codes
from matinee.pages import card
from matinee.ratings import Ratings

__all__ = ["Split"]


@dataclass(frozen=True, eq=False)
class Split:
    """A training part, a test part, and how they came about.

    Parameters
    ----------
    name : str
        The protocol's name: ``"random"``, ``"k-fold"``, ``"own-folds"``, ``"time"``,
        ``"leave-last-out"`` or ``"strong-generalization"``.
    train : Dataset
        What a model is fitted on. Its catalogue holds the films that are ranked.
    test : Ratings
        What is to be predicted or found, over the movie vocabulary of ``train``.
    fold_in : Ratings, optional
        For people who are not in ``train``: the ratings that the model is told of them. Its user
        vocabulary is that of ``test``.
    seed : int, optional
        None where nothing was drawn at random.
    description : str
        How the split was made, in a sentence.
    options : mapping
        The arguments that make it again.
    validation : Split, optional
        A second split for choosing hyper-parameters and the moment to stop. Its training part is
        taken from ``train`` alone, and nothing of ``test`` is in it.

    Raises
    ------
    EvaluationError
        If the training or the test part is empty, or vocabularies do not fit.
    """

    name: str
    train: Dataset
    test: Ratings
    fold_in: Ratings | None = None
    seed: int | None = None
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    validation: Split | None = None

    def __post_init__(self) -> None:
        for part, ratings in (("training", self.train.ratings), ("test", self.test)):
            if not len(ratings):
                raise EvaluationError(
                    f"the {self.name} split leaves no {part} ratings: choose another size, "
                    f"or more data ({self.description})"
                )
        if self.test.movie_ids != self.train.catalog.movie_ids:
            raise EvaluationError("test and training part need the same movie vocabulary")
        if self.given.movie_ids != self.test.movie_ids or self.given.user_ids != self.test.user_ids:
            raise EvaluationError("test part and known ratings need the same vocabularies")

    @property
    def given(self) -> Ratings:
        """What a model is told of the test users: ``fold_in``, or their training ratings."""
        return self.train.ratings if self.fold_in is None else self.fold_in

    @cached_property
    def test_users(self) -> Codes:
        """Codes of the users who have test ratings, ascending, dtype int32."""
        return np.flatnonzero(self.test.user_counts).astype(np.int32)

    @property
    def holds_out_people(self) -> bool:
        """Whether test users are unknown to the model."""
        return self.fold_in is not None

    def __repr__(self) -> str:
        told = "" if self.fold_in is None else f", fold_in={len(self.fold_in):,}"
        return (
            f"Split({self.name!r}, train={len(self.train.ratings):,}{told}, "
            f"test={len(self.test):,} of {self.test_users.size:,} users, seed={self.seed})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "How": self.description,
            "Ratings to learn from": len(self.train.ratings),
            "Ratings told of new people": None if self.fold_in is None else len(self.fold_in),
            "Ratings to predict": len(self.test),
            "People who are tested": int(self.test_users.size),
            "Seed": None if self.seed is None else str(self.seed),
            "Validation": None if self.validation is None else repr(self.validation),
        }
        return card("Split", f"{self.name} of {self.train.name}", facts)


def divided(
    name: str,
    dataset: Dataset,
    in_test: NDArray[np.bool_],
    **about: Any,
) -> Split:
    """A split of a data set's ratings by a mask; both parts keep its vocabularies."""
    ratings = dataset.ratings
    return Split(name, dataset.replace(ratings.take(~in_test)), ratings.take(in_test), **about)


def rank_within_user(users: Codes, *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Place of each row among its user's rows, from 0, in ascending order of ``keys``.

    The first key counts most. ``users`` is ascending.
    """
    order = np.lexsort((*reversed(keys), users))
    counts = np.bincount(users)
    start = np.cumsum(counts) - counts
    place = np.empty(users.size, dtype=np.int64)
    place[order] = np.arange(users.size) - start[users[order]]
    return place


def share_of(share: float, counts: NDArray[Any]) -> NDArray[np.int64]:
    """``floor(share · count)`` for each count, safe against the last bit of the product."""
    return np.floor(share * np.asarray(counts, dtype=np.float64) + 1e-9).astype(np.int64)
