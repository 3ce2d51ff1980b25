"""The recipe with its mistakes, against the same thing written densely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from matinee import Ratings
from matinee.articles import article3
from matinee.articles.article3 import error_with_ids_as_ratings, errors_of_the_recipe


def some_ratings(seed: int = 0) -> tuple[Ratings, Ratings]:
    rng = np.random.default_rng(seed)
    cells = rng.permutation(30 * 20)[:240]
    ratings = Ratings.from_columns(cells // 20, cells % 20, rng.integers(1, 6, 240).astype(float))
    test = np.zeros(240, dtype=bool)
    test[rng.permutation(240)[:40]] = True
    return ratings.take(~test), ratings.take(test)


def dense(train: Ratings, by: str, *, normalized: bool) -> NDArray[Any]:
    matrix = train.csr().toarray().astype(float)
    if by == "item":
        matrix = matrix.T
    with np.errstate(all="ignore"):
        similarity = np.nan_to_num(np.corrcoef(matrix))
    votes, level = matrix, np.zeros((len(matrix), 1))
    if by == "user":
        rated = matrix > 0
        counts = rated.sum(axis=1, keepdims=True)
        level = np.where(counts, matrix.sum(axis=1, keepdims=True) / np.maximum(counts, 1), 0)
        level[counts == 0] = train.mean
        votes = (matrix - level) * rated
    predicted = similarity @ votes
    if normalized:
        predicted /= np.maximum(np.abs(similarity).sum(axis=1, keepdims=True), 1e-12)
    predicted += level
    return predicted if by == "user" else predicted.T


@pytest.mark.parametrize("by", ["user", "item"])
@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("block", [7, 256])
def test_blocks_equal_the_dense_recipe(
    by: Any, normalized: bool, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(article3, "_ROWS_AT_ONCE", block)
    train, test = some_ratings()
    predicted = dense(train, by, normalized=normalized)
    for part, found in zip(
        (train, test), errors_of_the_recipe(train, test, by, normalized=normalized), strict=True
    ):
        errors = predicted[part.users, part.movies] - part.stars
        assert found == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-6)


def test_chance_ratings_look_predictable_on_the_training_part() -> None:
    # Nothing can be learned from these stars, and the recipe seems to have learned a lot.
    train, test = some_ratings(1)
    seen, unseen = errors_of_the_recipe(train, test, "user", normalized=True)
    assert seen < 0.8 * float(np.std(train.stars))
    assert unseen > 0.95 * float(np.std(test.stars))


def test_without_normalisation_the_error_leaves_the_scale() -> None:
    train, test = some_ratings()
    right = errors_of_the_recipe(train, test, "item", normalized=True)[0]
    wrong = errors_of_the_recipe(train, test, "item", normalized=False)[0]
    assert wrong > right


def test_ids_as_ratings_against_a_hand_computed_case() -> None:
    # User ids and movie ids correlate perfectly, stars with neither: stars are predicted right,
    # and each id is the mean of both.
    ratings = Ratings.from_columns([1, 2, 3, 4], [10, 20, 30, 40], [3.0, 5.0, 5.0, 3.0])
    expected = np.sqrt(sum(2 * (4.5 * k) ** 2 for k in (1, 2, 3, 4)) / 12)
    assert error_with_ids_as_ratings(ratings) == pytest.approx(expected)


def test_ids_that_are_texts_cannot_be_taken_for_ratings() -> None:
    assert error_with_ids_as_ratings(Ratings.from_columns(["a", "b"], [1, 2], [3.0, 4.0])) is None
