"""Sparse rows in few dimensions: products are kept, and what is alike points the same way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from matinee.models.vectors import leading_rows, products, spectral_rows


def test_leading_rows_are_those_of_the_exact_decomposition() -> None:
    rng = np.random.default_rng(3)
    # Strengths that fall off, as those of real data do.
    dense = rng.standard_normal((80, 40)) * 0.8 ** np.arange(40)
    dense[np.abs(dense) < 0.05] = 0
    left, strength, _ = np.linalg.svd(dense, full_matrices=False)
    exact = left[:, :6] * strength[:6]
    rows = leading_rows(csr_array(dense), 6)
    assert rows.shape == (80, 6)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows @ rows.T, exact @ exact.T, atol=1e-4)
    np.testing.assert_allclose(np.abs(rows), np.abs(exact), atol=1e-4)
    assert np.all(rows[np.argmax(np.abs(rows), axis=0), np.arange(6)] > 0)


@pytest.mark.parametrize("number", [0, 1, 2, 24, 25])
def test_products_are_the_same_for_few_and_for_many(number: int) -> None:
    rng = np.random.default_rng(number)
    people = rng.standard_normal((number, 9), dtype=np.float32)[:, :-1]
    films = rng.standard_normal((50, 9), dtype=np.float32)[:, :-1]
    found = products(people, films)
    assert found.shape == (number, 50)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, people.astype(float) @ films.T.astype(float), atol=1e-5)


@pytest.mark.parametrize("make", [leading_rows, spectral_rows])
def test_vectors_repeat(make: object) -> None:
    matrix = random_array((60, 60), density=0.1, rng=np.random.default_rng(0), format="csr")
    first, second = make(matrix), make(matrix)  # type: ignore[operator]
    assert np.array_equal(first, second)


def test_there_are_no_more_columns_than_the_matrix_has() -> None:
    assert leading_rows(csr_array(np.eye(5, 3)), 64).shape == (5, 3)
    assert spectral_rows(csr_array(np.eye(5)), 64).shape == (5, 5)


def test_what_is_known_of_nothing_is_zero() -> None:
    empty = csr_array((4, 3), dtype=np.float32)
    assert not leading_rows(empty).any()
    assert not spectral_rows(csr_array((4, 4), dtype=np.float32)).any()
    lonely = np.zeros((4, 4), np.float32)
    lonely[0, 1] = 1
    vectors = spectral_rows(csr_array(lonely))
    assert not vectors[2:].any()
    assert np.linalg.norm(vectors[:2], axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_groups_point_apart() -> None:
    """Two groups, alike within and hardly across: the first columns tell them apart."""
    rng = np.random.default_rng(1)
    group = np.arange(40) % 2
    alike = np.where(group[:, None] == group, rng.random((40, 40)), 0.02 * rng.random((40, 40)))
    vectors = spectral_rows(csr_array(alike.astype(np.float32)), 2)
    cosine = vectors @ vectors.T
    same = group[:, None] == group
    assert cosine[same].min() > 0.9
    assert cosine[~same].max() < 0.5


def test_the_larger_direction_counts() -> None:
    oneway = np.zeros((6, 6), np.float32)
    oneway[0, 1] = oneway[1, 2] = oneway[3, 4] = oneway[4, 5] = 1
    bothways = np.maximum(oneway, oneway.T)
    np.testing.assert_array_equal(
        spectral_rows(csr_array(oneway)), spectral_rows(csr_array(bothways))
    )
