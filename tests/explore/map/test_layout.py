"""The layout: its forces are those of t-SNE, it repeats, and neighbours stay neighbours."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from matinee.explore.map.build import principal_components
from matinee.explore.map.layout import _Repulsion, neighbor_graph, neighbor_layout
from matinee.explore.map.neighbors import nearest, trustworthiness, unit_rows
from matinee.progress import ProgressEvent


def groups(n: int = 240, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors around six directions, and which is whose."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 6
    centres = rng.standard_normal((6, 12)) * 2
    vectors = centres[group] + 0.6 * rng.standard_normal((n, 12))
    return vectors.astype(np.float32), group


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the iterations is enough for few films."""
    monkeypatch.setattr("matinee.explore.map.layout._EARLY_ITERATIONS", 80)
    monkeypatch.setattr("matinee.explore.map.layout._ITERATIONS", 250)


def laid_out(vectors: NDArray[np.float32], seed: int = 0) -> NDArray[np.float64]:
    start, _ = principal_components(unit_rows(vectors))
    return neighbor_layout(vectors, start, random_state=seed)


@pytest.mark.parametrize("spread", [1e-4, 0.3, 5.0, 40.0])
def test_the_repulsion_is_that_of_all_pairs(spread: float) -> None:
    points = np.random.default_rng(1).standard_normal((300, 2)) * spread
    apart = points[:, None] - points[None, :]
    near = 1 / (1 + (apart**2).sum(axis=2))
    total = near.sum() - len(points)
    exact = (near[:, :, None] ** 2 * apart).sum(axis=1) / total
    error = np.linalg.norm(_Repulsion()(points) - exact) / np.linalg.norm(exact)
    assert error < 0.02


def test_the_grid_serves_again_after_the_points_have_moved() -> None:
    rng = np.random.default_rng(2)
    repulsion = _Repulsion()
    for spread in (0.01, 1.0, 30.0, 1.0, 0.01):
        points = rng.standard_normal((100, 2)) * spread
        np.testing.assert_array_equal(repulsion(points), _Repulsion()(points))


def test_the_graph_is_symmetric_and_adds_up_to_one() -> None:
    vectors, _ = groups()
    graph = neighbor_graph(unit_rows(vectors), 10.0)
    assert graph.sum() == pytest.approx(1, rel=1e-4)
    assert abs(graph - graph.T).max() < 1e-9
    assert not graph.diagonal().any()
    assert graph.data.min() >= 0


def test_groups_stand_together() -> None:
    vectors, group = groups()
    places = laid_out(vectors)
    assert places.shape == (240, 2)
    distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :5]
    assert (group[near] == group[:, None]).mean() > 0.95
    start, _ = principal_components(unit_rows(vectors))
    assert trustworthiness(vectors, places) > trustworthiness(vectors, start)


def test_it_repeats_at_any_number_of_threads() -> None:
    vectors, _ = groups(90)
    before = numba.get_num_threads()
    first = laid_out(vectors)
    try:
        numba.set_num_threads(1)
        assert np.array_equal(laid_out(vectors), first)
    finally:
        numba.set_num_threads(before)
    assert not np.array_equal(laid_out(vectors, seed=1), first)


def test_films_with_one_vector_stand_apart_but_together() -> None:
    """Many films have the same genres and no tags: they must not fall onto one point."""
    vectors, _ = groups(120)
    vectors[40:] = vectors[40]
    places = laid_out(vectors)
    assert np.isfinite(places).all()
    assert len(np.unique(places[40:].round(6), axis=0)) == 80


@pytest.mark.parametrize("n", [8, 20])
def test_few_films_are_enough(n: int) -> None:
    vectors, _ = groups(n)
    places = laid_out(vectors)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()


def test_progress_is_told_to_its_end() -> None:
    vectors, _ = groups(30)
    events: list[ProgressEvent] = []
    start, _ = principal_components(unit_rows(vectors))
    neighbor_layout(vectors, start, progress=events.append)
    for stage in ("neighbours", "layout"):
        last = [event for event in events if event.stage == stage][-1]
        assert last.fraction == 1


def test_it_can_be_stopped() -> None:
    vectors, _ = groups(30)
    start, _ = principal_components(unit_rows(vectors))

    def stop(event: ProgressEvent) -> None:
        if event.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        neighbor_layout(vectors, start, progress=stop)


def test_nearest_are_exact_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups(50)
    units = unit_rows(vectors)
    films, cosines = nearest(units, 7)
    exact = units @ units.T
    np.fill_diagonal(exact, -np.inf)
    assert np.array_equal(films, np.argsort(-exact, axis=1, kind="stable")[:, :7])
    np.testing.assert_allclose(cosines, -np.sort(-exact, axis=1)[:, :7], rtol=1e-6)
    monkeypatch.setattr("matinee.explore.map.neighbors._BLOCK_BYTES", 1)
    assert np.array_equal(nearest(units, 7)[0], films)
