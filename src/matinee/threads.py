"""Linear algebra on one thread, where products are too small to gain from more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

__all__ = ["one_blas_thread", "stay_on_one_blas_thread"]

_lock = threading.Lock()
_inside = 0
_before: list[int] = []
_caller = threading.local()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep NumPy's BLAS to one thread for a while.

    The threads of a BLAS wait for each other by spinning. For the small products of an answer that
    costs more than it gains, and on a busy machine many times more. Besides, results then do not
    depend on the number of threads. May be entered from several threads at once.

    Examples
    --------
    >>> with one_blas_thread():
    ...     pass
    """
    global _inside, _before  # noqa: PLW0603
    if getattr(_caller, "is_inside", False):
        yield
        return
    libraries = _blas_libraries()
    with _lock:
        # Some builds count threads for the whole process, others for each calling thread. So each
        # caller sets its own, and all restore what the first one found: never another's 1.
        if _inside == 0:
            _before = [library.num_threads for library in libraries]
        _inside += 1
        for library in libraries:
            library.set_num_threads(1)
    _caller.is_inside = True
    try:
        yield
    finally:
        _caller.is_inside = False
        with _lock:
            _inside -= 1
            for library, number in zip(libraries, _before, strict=True):
                library.set_num_threads(number)
                # Since threadpoolctl 3.8 the first thread to set a number is the only one that can,
                # until it gives that up.
                give_up = getattr(library, "clear_controlling_thread", None)
                if give_up is not None and _inside == 0:
                    give_up()


def stay_on_one_blas_thread() -> None:
    """Keep the calling thread to one thread of linear algebra from now on.

    For threads that do nothing but answer: :func:`one_blas_thread` then has nothing to do in them.
    """
    for library in _blas_libraries():
        library.set_num_threads(1)
    _caller.is_inside = True


@cache
def _blas_libraries() -> list[Any]:
    """The BLAS that NumPy loaded; looking through a process's libraries takes a millisecond."""
    from threadpoolctl import ThreadpoolController

    assert np.linalg.norm(np.ones(2)) > 0
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)
