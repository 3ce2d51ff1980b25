"""An epoch of gradient descent, against the same steps one after another in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
import pytest

from matinee.kernels.sgd import sgd_epoch

N_USERS, N_MOVIES, FACTORS, WIDTH, BLOCKS = 23, 17, 6, 8, 4
RATES = np.array([0.05, 0.03, 0.1, 0.02], np.float32)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


@dataclass
class State:
    cells: np.ndarray
    users: np.ndarray
    movies: np.ndarray
    targets: np.ndarray
    user_vectors: np.ndarray
    movie_vectors: np.ndarray
    user_anchor: np.ndarray
    movie_anchor: np.ndarray
    losses: np.ndarray

    def run(self, strata: np.ndarray, rates: np.ndarray = RATES) -> None:
        sgd_epoch(
            self.cells,
            strata,
            self.users,
            self.movies,
            self.targets,
            self.user_vectors,
            self.movie_vectors,
            self.user_anchor,
            self.movie_anchor,
            FACTORS,
            rates,
            self.losses,
        )


def state(seed: int = 0, n: int = 300) -> State:
    rng = np.random.default_rng(seed)
    pairs = rng.choice(N_USERS * N_MOVIES, n, replace=False)
    users, movies = (pairs // N_MOVIES).astype(np.int32), (pairs % N_MOVIES).astype(np.int32)
    cell = (users % BLOCKS) * BLOCKS + movies % BLOCKS
    order = np.argsort(cell, kind="stable")
    sizes = np.bincount(cell, minlength=BLOCKS**2)

    def vectors(rows: int) -> np.ndarray:
        return rng.normal(size=(rows, WIDTH)).astype(np.float32) * np.float32(0.3)

    return State(
        np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        users[order],
        movies[order],
        rng.normal(size=n).astype(np.float32),
        vectors(N_USERS),
        vectors(N_MOVIES),
        vectors(N_USERS),
        vectors(N_MOVIES),
        np.zeros(BLOCKS**2),
    )


def reference(s: State, strata: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same pass in double precision, rating after rating."""
    a, b = s.user_vectors.astype(float), s.movie_vectors.astype(float)
    losses = np.zeros(BLOCKS**2)
    rate, bias_rate, pull, bias_pull = RATES.astype(float)
    steps = np.array([rate] * FACTORS + [bias_rate])
    pulls = np.array([pull] * FACTORS + [bias_pull])
    used = FACTORS + 1
    for shift in strata:
        for block in range(BLOCKS):
            cell = block * BLOCKS + (block + shift) % BLOCKS
            for p in range(s.cells[cell], s.cells[cell + 1]):
                u, i = s.users[p], s.movies[p]
                left, right = a[u].copy(), b[i].copy()
                error = s.targets[p] - left[:FACTORS] @ right[:FACTORS]
                error -= left[FACTORS] + right[FACTORS]
                losses[cell] += error**2
                for vector, other, anchor in (
                    (a[u], right, s.user_anchor[u]),
                    (b[i], left, s.movie_anchor[i]),
                ):
                    slope = np.append(other[:FACTORS], 1.0)
                    away = vector[:used] - anchor[:used]
                    vector[:used] += steps * (error * slope - pulls * away)
    return a, b, losses


def test_an_epoch_is_the_serial_one() -> None:
    s, strata = state(), np.array([2, 0, 3, 1])
    users, movies, losses = reference(s, strata)
    s.run(strata)
    assert s.user_vectors == pytest.approx(users, abs=1e-4)
    assert s.movie_vectors == pytest.approx(movies, abs=1e-4)
    assert s.losses == pytest.approx(losses, rel=1e-4)


def test_padding_is_left_alone() -> None:
    s = state()
    before = s.user_vectors[:, FACTORS + 1 :].copy(), s.movie_vectors[:, FACTORS + 1 :].copy()
    s.run(np.arange(BLOCKS))
    assert np.array_equal(s.user_vectors[:, FACTORS + 1 :], before[0])
    assert np.array_equal(s.movie_vectors[:, FACTORS + 1 :], before[1])


def test_a_rate_of_zero_only_measures() -> None:
    s = state()
    before = s.user_vectors.copy()
    s.run(np.arange(BLOCKS), np.zeros(4, np.float32))
    assert np.array_equal(s.user_vectors, before)
    dots = np.einsum(
        "ij,ij->i", s.user_vectors[s.users, :FACTORS], s.movie_vectors[s.movies, :FACTORS]
    )
    errors = s.targets - dots - s.user_vectors[s.users, FACTORS]
    errors -= s.movie_vectors[s.movies, FACTORS]
    assert s.losses.sum() == pytest.approx(float(errors @ errors), rel=1e-5)


def test_the_same_bits_at_any_number_of_threads() -> None:
    results = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        s = state(seed=3)
        for _ in range(3):
            s.run(np.array([1, 3, 0, 2]))
        results.append((s.user_vectors, s.movie_vectors, s.losses))
    for one, two in zip(*results, strict=True):
        assert np.array_equal(one, two)
