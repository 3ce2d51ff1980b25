"""Films in the plane so that neighbours stay neighbours: t-SNE, made for a hundred thousand points.

The repulsion between all pairs is found by interpolation on a grid and a convolution by FFT, so
that an iteration takes time in proportion to the number of films. The first places are those of a
principal component analysis, which keeps the broad arrangement and leaves nothing to chance.

References
----------
Van der Maaten, Hinton, "Visualizing Data using t-SNE" (2008); Linderman, Rachh, Hoskins,
Steinerberger, Kluger, "Fast interpolation-based t-SNE for improved visualization of single-cell
RNA-seq data" (2019); Kobak, Berens, "The art of using t-SNE for single-cell transcriptomics"
(2019) for the beginning; Belkina et al., "Automated optimized parameters for t-distributed
stochastic neighbor embedding" (2019) for the learning rate.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.explore.map.neighbors import nearest, unit_rows
from matinee.progress import Progress, report

__all__ = ["PERPLEXITY", "neighbor_graph", "neighbor_layout"]

PERPLEXITY = 15.0
"""How many neighbours each film is held by, in effect."""

_EARLY, _EARLY_ITERATIONS, _ITERATIONS = 12.0, 250, 750
_LONGEST = 5.0  # step of a film in one iteration
_POINTS_FOR_A_THREAD = 4_000
_STEP = 1 / 3  # of the grid
_MIN_NODES, _MAX_NODES = 64, 1280

Float64Array = NDArray[np.float64]


def neighbor_layout(
    vectors: NDArray[np.float32],
    start: Float64Array,
    *,
    perplexity: float = PERPLEXITY,
    random_state: int = 0,
    progress: Progress | None = None,
) -> Float64Array:
    """Places for films such that those near each other by cosine stand near each other.

    The same for the same seed, whatever the number of threads.

    Parameters
    ----------
    vectors : ndarray, shape (n, d), dtype float32
        At least 8 films.
    start : ndarray, shape (n, 2), dtype float64
        First places, in any unit: usually two principal components.
    perplexity : float
        The effective number of neighbours that hold a film; lowered where there are few films.
    random_state : int
        Sets apart films with the same vector, by hardly anything.
    progress : callable, optional

    Returns
    -------
    ndarray, shape (n, 2), dtype float64
        In units of the layout itself.
    """
    rng = np.random.default_rng(random_state)
    units = unit_rows(vectors)
    # Thousands of films may have the very same vector (one genre, no tags). Set apart by a hair,
    # each has some of the others as neighbours, rather than all the same few.
    units = units + np.float32(1e-4) * rng.standard_normal(units.shape, dtype=np.float32)
    graph = neighbor_graph(units, perplexity, progress)
    points = start - start.mean(axis=0)
    points *= 1e-4 / max(float(points[:, 0].std()), 1e-300)
    points += 1e-6 * rng.standard_normal(points.shape)
    return _descend(graph, points, progress)


def neighbor_graph(
    units: NDArray[np.float32], perplexity: float = PERPLEXITY, progress: Progress | None = None
) -> csr_array:
    """How much each pair of films belongs together: symmetric, positive, adding up to 1.

    Parameters
    ----------
    units : ndarray, shape (n, d), dtype float32
        Rows of length 1.
    perplexity : float
    progress : callable, optional

    Returns
    -------
    sparse array, shape (n, n), dtype float32
    """
    from matinee.kernels.layout import neighbor_weights

    n = len(units)
    perplexity = min(perplexity, (n - 1) / 3)
    k = min(n - 1, math.ceil(3 * perplexity))
    films, cosines = nearest(units, k, progress)
    distances = np.maximum(np.float32(1) - cosines, np.float32(0))
    weights = neighbor_weights(distances**2, perplexity, 60)
    starts = np.arange(0, n * k + 1, k, dtype=np.int64)
    one_way = csr_array((weights.ravel(), films.ravel(), starts), shape=(n, n))
    graph = csr_array(one_way + one_way.T)
    graph.sort_indices()
    graph.data /= np.float32(2 * n)
    return graph


def _descend(graph: csr_array, points: Float64Array, progress: Progress | None) -> Float64Array:
    """Gradient descent with momentum and a gain for each coordinate, as usual for t-SNE."""
    import numba

    # A loop over few points is shorter than the wait for other threads.
    before = numba.get_num_threads()
    numba.set_num_threads(min(max(len(points) // _POINTS_FOR_A_THREAD, 1), before))
    try:
        return _steps(graph, points, progress)
    finally:
        numba.set_num_threads(before)


def _steps(graph: csr_array, points: Float64Array, progress: Progress | None) -> Float64Array:
    from matinee.kernels.layout import attraction

    n = len(points)
    indptr, indices, weights = graph.indptr.astype(np.int64), graph.indices, graph.data
    repulsion = _Repulsion()
    pull, velocity, gains = np.empty_like(points), np.zeros_like(points), np.ones_like(points)
    report(progress, "layout", 0, _ITERATIONS, unit="iterations")
    for iteration in range(1, _ITERATIONS + 1):
        early = iteration <= _EARLY_ITERATIONS
        exaggeration = _EARLY if early else 1.0
        attraction(indptr, indices, weights, points, pull)
        gradient = exaggeration * pull - repulsion(points)
        flipped = np.signbit(gradient) != np.signbit(velocity)
        gains = np.maximum(np.where(flipped, gains + 0.2, gains * 0.8), 0.01)
        rate = n / exaggeration
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        # Where there are few films, some pull on each other hard enough to fly off.
        length = np.hypot(velocity[:, 0], velocity[:, 1])
        velocity *= np.minimum(1, _LONGEST / np.maximum(length, _LONGEST))[:, None]
        points = points + velocity
        points -= points.mean(axis=0)
        report(progress, "layout", iteration, _ITERATIONS, unit="iterations")
    return points


class _Repulsion:
    """How strongly all points push each one away, by way of a grid.

    Points are charges on the grid, spread by cubic B-splines; a convolution by FFT makes fields of
    them, which are read off by B-splines again. What the splines smooth away twice is put back in
    the kernels' transforms. The grid's step and its size change in jumps, so that these transforms
    serve for many iterations. The result is right to about half a per cent.
    """

    def __init__(self) -> None:
        self._made_for: tuple[int, float] = (0, 0.0)

    def __call__(self, points: Float64Array) -> Float64Array:
        from scipy.fft import irfft2, rfft2

        from matinee.kernels.layout import gather, spread_ones

        low = float(points.min())
        span = max(float(points.max()) - low, 1e-12)
        step = _STEP
        if span < _STEP * _MIN_NODES:
            step = 2.0 ** math.ceil(math.log2(span / _MIN_NODES))
        elif span > _STEP * _MAX_NODES:
            step *= 2.0 ** (math.ceil(4 * math.log2(span / (_STEP * _MAX_NODES))) / 4)
        nodes = _MIN_NODES + 4
        while nodes < span / step + 4:
            nodes = math.ceil(1.1 * nodes)
        if self._made_for != (nodes, step):
            self._transform_kernels(nodes, step)
            self._made_for = (nodes, step)
        low -= 1.5 * step
        charges = np.zeros((nodes, nodes), dtype=np.float32)
        spread_ones(points, low, step, charges)
        shape = (self._padded, self._padded)
        transformed = rfft2(charges, shape)
        fields = np.stack(
            [irfft2(transformed * kernel, shape)[:nodes, :nodes] for kernel in self._kernels]
        )
        felt = np.empty((len(points), 3))
        gather(points, low, step, fields, felt)
        total = float(felt[:, 0].sum()) - len(points)
        return felt[:, 1:] / max(total, 1e-300)

    def _transform_kernels(self, nodes: int, step: float) -> None:
        from scipy.fft import fftfreq, next_fast_len, rfft2

        self._padded = next_fast_len(2 * nodes, real=True)
        offset = fftfreq(self._padded, 1 / (self._padded * step))
        near = 1 / (1 + offset[:, None] ** 2 + offset[None, :] ** 2)
        push = near**2 * offset[:, None]
        smoothed = (2 + np.cos(2 * np.pi * fftfreq(self._padded))) / 3
        # Once where charges are spread and once where fields are read off.
        both = (smoothed[:, None] * smoothed[None, : self._padded // 2 + 1]) ** 2
        self._kernels = [(rfft2(each) / both).astype(np.complex64) for each in (near, push, push.T)]
