"""Lists of neighbours, against dense NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.kernels.neighbors import NORMED, OVERLAP, PEARSON, top_neighbors

KINDS = {"normed": NORMED, "overlap": OVERLAP, "pearson": PEARSON}


def random_matrix(rows: int = 60, columns: int = 40, seed: int = 0) -> csr_array:
    rng = np.random.default_rng(seed)
    dense = rng.normal(0, 1, (rows, columns)) * (rng.random((rows, columns)) < 0.3)
    dense[3] = 0  # a row that nobody knows
    return csr_array(dense.astype(np.float32))


def nearest(
    matrix: csr_array,
    kind: int,
    k: int,
    shrinkage: float = 0.0,
    amplification: float = 1.0,
    rows: slice | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    columns = matrix.tocsc()
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()).astype(np.float32)
    norms[norms == 0] = 1
    values = [matrix.data, columns.data]
    if kind == OVERLAP:
        values = [np.ones_like(each) for each in values]
    rows = rows or slice(0, matrix.shape[0])
    return top_neighbors(
        matrix.indptr.astype(np.int64), matrix.indices, values[0],
        columns.indptr.astype(np.int64), columns.indices, values[1],
        norms, norms, kind, shrinkage, amplification, k, rows.start, rows.stop,
    )  # fmt: skip


def reference(
    matrix: csr_array, kind: int, shrinkage: float, amplification: float
) -> NDArray[np.float64]:
    dense = matrix.toarray().astype(np.float64)
    has = (dense != 0).astype(np.float64)
    common = has @ has.T
    if kind == OVERLAP:
        sizes = has.sum(axis=1)
        similarity = common / np.maximum(sizes[:, None] + sizes[None, :] - common, 1)
    else:
        squares = (dense**2).sum(axis=1)
        below = np.sqrt(np.outer(squares, squares))
        if kind == PEARSON:
            below = np.sqrt((dense**2 @ has.T) * (has @ (dense**2).T))
        dot = dense @ dense.T
        similarity = np.divide(dot, below, out=np.zeros_like(dot), where=below > 0)
    similarity *= np.divide(common, common + shrinkage, out=np.zeros_like(common), where=common > 0)
    np.fill_diagonal(similarity, 0)
    similarity = np.maximum(similarity, 0) ** amplification
    similarity[common == 0] = 0
    return similarity


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(("shrinkage", "amplification"), [(0.0, 1.0), (5.0, 2.5)])
def test_it_is_the_dense_answer(kind: int, shrinkage: float, amplification: float) -> None:
    matrix = random_matrix()
    expected = reference(matrix, kind, shrinkage, amplification)
    neighbors, similarities = nearest(matrix, kind, 7, shrinkage, amplification)
    for row in range(matrix.shape[0]):
        best = np.sort(expected[row])[::-1][:7]
        assert similarities[row] == pytest.approx(best, abs=1e-5)
        for neighbor, similarity in zip(neighbors[row], similarities[row], strict=True):
            if neighbor >= 0:
                assert similarity == pytest.approx(expected[row, neighbor], abs=1e-5)
            else:
                assert similarity == 0


def test_a_list_is_sorted_without_the_row_itself_and_filled_up() -> None:
    neighbors, similarities = nearest(random_matrix(), NORMED, 100)
    for row, (found, weights) in enumerate(zip(neighbors, similarities, strict=True)):
        kept = found[found >= 0]
        assert row not in kept
        assert len(set(kept.tolist())) == len(kept)
        assert np.all(np.diff(weights) <= 0)
        assert np.all(found[len(kept) :] == -1)
    assert np.all(neighbors[3] == -1)


def test_ties_go_to_the_smaller_row() -> None:
    matrix = csr_array(np.ones((6, 2), dtype=np.float32))
    neighbors, _ = nearest(matrix, OVERLAP, 3)
    assert neighbors[0].tolist() == [1, 2, 3]
    assert neighbors[2].tolist() == [0, 1, 3]


def test_a_part_of_the_rows_is_the_part_of_the_answer() -> None:
    matrix = random_matrix()
    whole, part = nearest(matrix, PEARSON, 5), nearest(matrix, PEARSON, 5, rows=slice(20, 45))
    assert np.array_equal(part[0], whole[0][20:45])
    assert np.array_equal(part[1], whole[1][20:45])


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_threads_do_not_change_a_bit(kind: int, request: pytest.FixtureRequest) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("needs two threads")
    matrix = random_matrix(200, 90)
    many = nearest(matrix, kind, 9, 3.0, 2.0)
    request.getfixturevalue("one_thread")
    one = nearest(matrix, kind, 9, 3.0, 2.0)
    assert np.array_equal(many[0], one[0])
    assert np.array_equal(many[1], one[1])
