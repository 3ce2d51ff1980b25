"""Products of sparse columns, against dense NumPy."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.kernels.gram import add_products


def products(matrix: csr_array, chosen: NDArray[np.int32]) -> NDArray[np.float32]:
    columns = matrix.tocsc()
    place = np.full(matrix.shape[1], -1, dtype=np.int32)
    place[chosen] = np.arange(chosen.size, dtype=np.int32)
    out = np.zeros((chosen.size, chosen.size), dtype=np.float32)
    add_products(
        columns.indptr.astype(np.int64), columns.indices, columns.data,
        matrix.indptr.astype(np.int64), matrix.indices, matrix.data, place, chosen, out,
    )  # fmt: skip
    return out


@pytest.fixture
def matrix() -> csr_array:
    rng = np.random.default_rng(1)
    dense = rng.normal(0, 1, (50, 30)) * (rng.random((50, 30)) < 0.4)
    return csr_array(dense.astype(np.float32))


def test_it_is_the_dense_product_of_the_chosen_columns(matrix: csr_array) -> None:
    chosen = np.array([0, 3, 4, 17, 29], dtype=np.int32)
    dense = matrix.toarray()[:, chosen]
    assert products(matrix, chosen) == pytest.approx(dense.T @ dense, abs=1e-4)


def test_threads_do_not_change_a_bit(matrix: csr_array) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("needs two threads")
    chosen = np.arange(30, dtype=np.int32)
    many = products(matrix, chosen)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert np.array_equal(products(matrix, chosen), many)
    finally:
        numba.set_num_threads(before)
