"""One BLAS thread for a while, also when several threads ask for it at once."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from matinee import threads
from matinee.threads import one_blas_thread, stay_on_one_blas_thread


def blas_threads() -> set[int]:
    assert np.linalg.norm(np.ones(2)) > 0  # NumPy's BLAS is loaded
    pools = (pool for pool in threadpool_info() if "numpy" in pool["filepath"])
    return {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"}


def test_it_holds_inside_and_is_restored_after() -> None:
    with threadpool_limits(2, "blas"):
        before = blas_threads()
        with one_blas_thread():
            assert blas_threads() == {1}
            with one_blas_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == before


def test_it_is_restored_after_an_error() -> None:
    before = blas_threads()
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas_threads() == before


def test_two_threads_at_once_leave_both_as_they_were() -> None:
    seen: list[set[int]] = []
    other_is_ready, main_is_in, other_is_in, main_is_out = (threading.Event() for _ in range(4))

    def other() -> None:
        with threadpool_limits(2, "blas"):
            other_is_ready.set()
            main_is_in.wait(10)
            with one_blas_thread():
                seen.append(blas_threads())
                other_is_in.set()
                main_is_out.wait(10)
            seen.append(blas_threads())

    with threadpool_limits(2, "blas"):
        thread = threading.Thread(target=other)
        thread.start()
        assert other_is_ready.wait(10)
        with one_blas_thread():
            main_is_in.set()
            assert other_is_in.wait(10)
            assert blas_threads() == {1}
        main_is_out.set()
        thread.join(10)
        assert blas_threads() == {2}
    assert seen == [{1}, {2}]


def test_other_threads_may_set_a_number_afterwards() -> None:
    with one_blas_thread():
        pass
    seen: list[set[int]] = []

    def other() -> None:
        with one_blas_thread():
            seen.append(blas_threads())

    before = blas_threads()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join(10)
    assert seen == [{1}]
    assert blas_threads() == before


class _Library:
    """A BLAS that only counts."""

    def __init__(self) -> None:
        self.num_threads, self.sets = 4, 0

    def set_num_threads(self, number: int) -> None:
        self.num_threads, self.sets = number, self.sets + 1


def test_a_thread_that_stays_with_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    library = _Library()
    monkeypatch.setattr(threads, "_blas_libraries", lambda: [library])

    def answering() -> None:
        stay_on_one_blas_thread()
        with one_blas_thread():
            pass

    thread = threading.Thread(target=answering)
    thread.start()
    thread.join(10)
    assert (library.num_threads, library.sets) == (1, 1)
    library.num_threads = 4
    with one_blas_thread():
        assert library.num_threads == 1
    assert (library.num_threads, library.sets) == (4, 3)
